//! Mango selectors, as far as a `_changes` filter needs them: every operator of CouchDB's
//! documentation but `$text` and `$keyMapMatch`.

use std::cmp::Ordering;

use regex_lite::Regex;
use serde_json::Value;

use super::answer::Refusal;

/// A condition on a document or on one of its members.
#[derive(Debug, Clone)]
pub enum Selector {
    All(Vec<Selector>),
    Any(Vec<Selector>),
    Not(Box<Selector>),
    Member(Vec<String>, Box<Selector>),
    Compare(&'static [Ordering], Value),
    Exists(bool),
    Type(String),
    In(Vec<Value>),
    HoldsAll(Vec<Value>),
    Size(u64),
    Modulo(i64, i64),
    BeginsWith(String),
    Regex(Regex),
    SomeElement(Box<Selector>),
    EveryElement(Box<Selector>),
}

impl Selector {
    pub fn read(value: &Value) -> Result<Self, Refusal> {
        match value {
            Value::Object(_) => read(value),
            _ => Err(Refusal::bad_request("Selector error: expected a JSON object")),
        }
    }

    pub fn matches(&self, document: &Value) -> bool {
        self.holds(Some(document))
    }

    /// Of an absent member nothing holds but that it does not exist.
    fn holds(&self, found: Option<&Value>) -> bool {
        match self {
            Self::All(all) => return all.iter().all(|one| one.holds(found)),
            Self::Any(any) => return any.iter().any(|one| one.holds(found)),
            Self::Not(one) => return !one.holds(found),
            Self::Member(path, condition) => {
                return match found.map_or(Found::Nowhere, |document| find(document, path)) {
                    Found::Value(member) => condition.holds(Some(member)),
                    Found::Absent => condition.holds_of_absent(),
                    Found::Nowhere => false,
                };
            }
            Self::Exists(wanted) => return *wanted == found.is_some(),
            _ => {}
        }
        let Some(found) = found else { return false };
        let items = found.as_array();
        match self {
            Self::Compare(wanted, other) => wanted.contains(&collate(found, other)),
            Self::Type(wanted) => wanted == type_name(found),
            Self::In(wanted) => wanted.iter().any(|one| {
                same(found, one) || items.is_some_and(|items| items.iter().any(|item| same(item, one)))
            }),
            Self::HoldsAll(wanted) => {
                items.is_some_and(|items| wanted.iter().all(|one| items.iter().any(|item| same(item, one))))
            }
            Self::Size(wanted) => items.is_some_and(|items| items.len() as u64 == *wanted),
            Self::Modulo(divisor, rest) => found.as_i64().is_some_and(|found| found % divisor == *rest),
            Self::Regex(pattern) => found.as_str().is_some_and(|text| pattern.is_match(text)),
            Self::BeginsWith(start) => found.as_str().is_some_and(|text| text.starts_with(start)),
            Self::SomeElement(one) => {
                items.is_some_and(|items| items.iter().any(|item| one.holds(Some(item))))
            }
            Self::EveryElement(one) => {
                items.is_some_and(|items| !items.is_empty() && items.iter().all(|item| one.holds(Some(item))))
            }
            Self::All(_) | Self::Any(_) | Self::Not(_) | Self::Member(..) | Self::Exists(_) => false,
        }
    }

    /// CouchDB moves negations down to the members, so of an absent one they do not hold either.
    fn holds_of_absent(&self) -> bool {
        match self {
            Self::All(all) => all.iter().all(Self::holds_of_absent),
            Self::Any(any) => any.iter().any(Self::holds_of_absent),
            Self::Exists(wanted) => !wanted,
            Self::Not(one) => matches!(**one, Self::Exists(true)),
            _ => false,
        }
    }
}

enum Found<'a> {
    Value(&'a Value),
    /// An object has no such member.
    Absent,
    /// The path leads through a value that has no members, or no such element: not even that
    /// something does not exist holds there.
    Nowhere,
}

fn find<'a>(document: &'a Value, path: &[String]) -> Found<'a> {
    let Some((name, rest)) = path.split_first() else { return Found::Value(document) };
    let (inner, otherwise) = match document {
        Value::Object(members) => (members.get(name), Found::Absent),
        Value::Array(items) => (name.parse().ok().and_then(|n: usize| items.get(n)), Found::Nowhere),
        _ => (None, Found::Nowhere),
    };
    inner.map_or(otherwise, |inner| find(inner, rest))
}

/// `{"a": 1, "b": {"$gt": 2}}`, `{"$or": [...]}`, or a bare value to be equal to.
fn read(value: &Value) -> Result<Selector, Refusal> {
    let Value::Object(members) = value else {
        return Ok(Selector::Compare(&[Ordering::Equal], value.clone()));
    };
    if members.is_empty() {
        return Ok(Selector::All(Vec::new()));
    }
    let mut all = members
        .iter()
        .map(|(name, value)| match name.strip_prefix('$') {
            Some(_) => operator(name, value),
            None => {
                let path = name.split('.').map(str::to_owned).collect();
                let condition = match value {
                    Value::Object(inner) if inner.is_empty() => {
                        Selector::Compare(&[Ordering::Equal], value.clone())
                    }
                    _ => read(value)?,
                };
                Ok(Selector::Member(path, Box::new(condition)))
            }
        })
        .collect::<Result<Vec<_>, _>>()?;
    Ok(match all.len() {
        1 => all.swap_remove(0),
        _ => Selector::All(all),
    })
}

fn operator(name: &str, value: &Value) -> Result<Selector, Refusal> {
    use Ordering::{Equal, Greater, Less};
    let wrong = || Refusal::bad_request(format!("Invalid argument for operator {name}: {value}"));
    let list = || value.as_array().cloned().ok_or_else(wrong);
    let several = || -> Result<Vec<Selector>, Refusal> { list()?.iter().map(read).collect() };
    let compare = |wanted: &'static [Ordering]| Ok(Selector::Compare(wanted, value.clone()));
    match name {
        "$and" => Ok(Selector::All(several()?)),
        "$or" => Ok(Selector::Any(several()?)),
        "$nor" => Ok(Selector::Not(Box::new(Selector::Any(several()?)))),
        "$not" => Ok(Selector::Not(Box::new(read(value)?))),
        "$lt" => compare(&[Less]),
        "$lte" => compare(&[Less, Equal]),
        "$eq" => compare(&[Equal]),
        "$ne" => compare(&[Less, Greater]),
        "$gte" => compare(&[Equal, Greater]),
        "$gt" => compare(&[Greater]),
        "$exists" => value.as_bool().map(Selector::Exists).ok_or_else(wrong),
        "$type" => {
            let wanted = value.as_str().ok_or_else(wrong)?;
            Ok(Selector::Type(wanted.to_owned()))
        }
        "$in" => Ok(Selector::In(list()?)),
        "$nin" => Ok(Selector::Not(Box::new(Selector::In(list()?)))),
        "$all" => Ok(Selector::HoldsAll(list()?)),
        "$size" => value.as_u64().map(Selector::Size).ok_or_else(wrong),
        "$mod" => match (value[0].as_i64(), value[1].as_i64()) {
            (Some(divisor), Some(rest)) if divisor != 0 => Ok(Selector::Modulo(divisor, rest)),
            _ => Err(wrong()),
        },
        "$regex" => {
            let pattern = value.as_str().and_then(|pattern| Regex::new(pattern).ok());
            Ok(Selector::Regex(pattern.ok_or_else(wrong)?))
        }
        "$beginsWith" => {
            let start = value.as_str().ok_or_else(wrong)?;
            Ok(Selector::BeginsWith(start.to_owned()))
        }
        "$elemMatch" => Ok(Selector::SomeElement(Box::new(read(value)?))),
        "$allMatch" => Ok(Selector::EveryElement(Box::new(read(value)?))),
        _ => Err(Refusal::bad_request(format!("Invalid operator: {name}"))),
    }
}

fn same(left: &Value, right: &Value) -> bool {
    collate(left, right) == Ordering::Equal
}

/// CouchDB's order of JSON values: null, false, true, numbers, strings, arrays, objects.
/// Strings compare by code point here, by Unicode collation there.
fn collate(left: &Value, right: &Value) -> Ordering {
    match (left, right) {
        (Value::Number(a), Value::Number(b)) => match (a.as_i64(), b.as_i64()) {
            (Some(a), Some(b)) => a.cmp(&b),
            _ => {
                let (a, b) = (a.as_f64(), b.as_f64());
                a.partial_cmp(&b).unwrap_or(Ordering::Equal)
            }
        },
        (Value::String(a), Value::String(b)) => a.cmp(b),
        (Value::Array(a), Value::Array(b)) => {
            let pairs = a.iter().zip(b).map(|(a, b)| collate(a, b));
            first_difference(pairs).then(a.len().cmp(&b.len()))
        }
        (Value::Object(a), Value::Object(b)) => {
            let pairs =
                a.iter().zip(b).map(|((name, a), (other, b))| name.cmp(other).then_with(|| collate(a, b)));
            first_difference(pairs).then(a.len().cmp(&b.len()))
        }
        _ => rank(left).cmp(&rank(right)),
    }
}

fn first_difference(mut pairs: impl Iterator<Item = Ordering>) -> Ordering {
    pairs.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}

fn rank(value: &Value) -> u8 {
    match value {
        Value::Null => 0,
        Value::Bool(false) => 1,
        Value::Bool(true) => 2,
        Value::Number(_) => 3,
        Value::String(_) => 4,
        Value::Array(_) => 5,
        Value::Object(_) => 6,
    }
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn selectors_choose_as_couchdb_does() {
        let lamp = json!({"ward": 7, "status": "open", "tags": ["x", "y"], "at": {"lat": 1.5}});
        let cases = [
            (json!({}), true),
            (json!({"ward": 7}), true),
            (json!({"ward": "7"}), false),
            (json!({"ward": {"$gt": 6, "$lt": 8}}), true),
            (json!({"ward": {"$gt": null}}), true),
            (json!({"at.lat": {"$gte": 1}}), true),
            (json!({"at": {"lat": 1.5}}), true),
            (json!({"$or": [{"ward": 1}, {"status": "open"}]}), true),
            (json!({"$nor": [{"ward": 1}, {"status": "open"}]}), false),
            (json!({"$not": {"ward": 1}}), true),
            (json!({"gone": {"$exists": false}}), true),
            (json!({"gone": {"$ne": 1}}), false),
            (json!({"tags": {"$all": ["x"]}}), true),
            (json!({"tags": {"$size": 3}}), false),
            (json!({"tags": {"$elemMatch": {"$eq": "y"}}}), true),
            (json!({"status": {"$in": ["open", "resolved"]}}), true),
            (json!({"status": {"$beginsWith": "op"}}), true),
            (json!({"ward": {"$mod": [4, 3]}}), true),
            (json!({"ward": {"$type": "number"}}), true),
            (json!({"tags.1": "y"}), true),
            (json!({"tags.2": {"$exists": false}}), false),
            (json!({"ward.x": {"$exists": false}}), false),
            (json!({"gone": {"$not": {"$size": 2}}}), false),
            (json!({"ward": {"$not": {"$size": 2}}}), true),
            (json!({"status": {"$regex": "^o.en$"}}), true),
            (json!({"at": {"$lt": {}}}), false),
            (json!({"tags": {"$lt": {}}}), true),
        ];
        for (selector, wanted) in cases {
            let read = Selector::read(&selector).unwrap();
            assert_eq!(read.matches(&lamp), wanted, "{selector}");
        }
        assert!(Selector::read(&json!({"a": {"$bogus": 1}})).is_err());
        assert!(Selector::read(&json!([])).is_err());
    }
}
