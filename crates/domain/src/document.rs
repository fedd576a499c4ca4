//! A document is kept as the text the server sent, member by member. What an officer does not
//! touch is never parsed into numbers or strings and written out again, so it goes back as it
//! came: `1.0` stays `1.0`, an integer beyond 2^53 keeps its last digit, unknown members survive.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeOwned, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};

use crate::DomainError;

/// The members of one JSON object, in order, each value as its own text.
#[derive(Debug, Clone, Default)]
pub struct Document<'a> {
    members: Vec<(Cow<'a, str>, Cow<'a, RawValue>)>,
}

impl<'a> Document<'a> {
    /// Of a member that occurs twice the last one counts, as CouchDB reads it.
    pub fn parse(text: &'a str) -> Result<Document<'a>, DomainError> {
        serde_json::from_str(text).map_err(DomainError::NotAnObject)
    }

    pub fn get(&self, name: &str) -> Option<&RawValue> {
        self.members.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_ref())
    }

    /// The member as a `T`; absent, `null` and of another type are all `None`, because documents
    /// come from many programs and one odd member must not hide the rest.
    pub fn read<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        serde_json::from_str::<Option<T>>(self.get(name)?.get()).ok().flatten()
    }

    /// The member as an object of its own, or an empty one.
    pub fn object(&self, name: &str) -> Document<'_> {
        self.get(name).and_then(|raw| Document::parse(raw.get()).ok()).unwrap_or_default()
    }

    /// Replaces a member where it stands or appends it.
    pub fn set(&mut self, name: &str, value: &impl Serialize) -> Result<(), DomainError> {
        let raw = Cow::Owned(to_raw_value(value).map_err(DomainError::NotAnObject)?);
        match self.members.iter_mut().find(|(key, _)| key == name) {
            Some(member) => member.1 = raw,
            None => self.members.push((Cow::Owned(name.to_owned()), raw)),
        }
        Ok(())
    }

    pub fn remove(&mut self, name: &str) {
        self.members.retain(|(key, _)| key != name);
    }

    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.members.iter().map(|(key, _)| key.as_ref())
    }

    /// The document as JSON text.
    pub fn to_raw(&self) -> Result<Box<RawValue>, DomainError> {
        to_raw_value(self).map_err(DomainError::NotAnObject)
    }
}

impl Serialize for Document<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.members.iter().map(|(key, value)| (key, value)))
    }
}

impl<'de> Deserialize<'de> for Document<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members)
    }
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Document<'de>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Document<'de>, A::Error> {
        let mut members: Vec<(Cow<'de, str>, Cow<'de, RawValue>)> = Vec::with_capacity(12);
        while let Some(Key(key)) = map.next_key()? {
            let value = Cow::Borrowed(map.next_value::<&RawValue>()?);
            match members.iter_mut().find(|(known, _)| *known == key) {
                Some(member) => member.1 = value,
                None => members.push((key, value)),
            }
        }
        Ok(Document { members })
    }
}

#[derive(Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_keep_every_digit_when_another_member_changes() {
        let text = r#"{"a":1.0,"b":12345678901234567890123,"c":2.6E32,"d":0.1000,"e":{"f":[1e3,-0]}}"#;
        let mut document = Document::parse(text).unwrap();
        document.set("triage", &"x").unwrap();
        let expected = format!("{},\"triage\":\"x\"}}", &text[..text.len() - 1]);
        assert_eq!(document.to_raw().unwrap().get(), expected);
    }

    #[test]
    fn of_two_members_with_one_name_the_last_counts() {
        let document = Document::parse(r#"{"a":1,"b":2,"a":3}"#).unwrap();
        assert_eq!(document.to_raw().unwrap().get(), r#"{"a":3,"b":2}"#);
    }

    #[test]
    fn a_member_of_another_type_reads_as_absent() {
        let document = Document::parse(r#"{"address":{"line":1},"picture":7}"#).unwrap();
        assert_eq!(document.read::<String>("address"), None);
        assert!(document.object("picture").is_empty());
    }

    fn json() -> impl Strategy<Value = serde_json::Value> {
        use serde_json::Value;
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            ".*".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::vec((".*", inner), 0..6)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_not_edited_goes_back_byte_for_byte(
            members in prop::collection::btree_map("[a-zA-Z_ಅ-ಹ\"\\\\]{1,8}", json(), 0..8),
            wanted in json(),
        ) {
            let before = serde_json::to_string(&members).unwrap();
            let mut document = Document::parse(&before).unwrap();
            let unchanged = document.to_raw().unwrap();
            prop_assert_eq!(unchanged.get(), &before);
            document.set("triage", &wanted).unwrap();
            document.remove("triage");
            let untouched: serde_json::Map<_, _> =
                members.into_iter().filter(|(name, _)| name != "triage").collect();
            let after = document.to_raw().unwrap();
            prop_assert_eq!(after.get(), serde_json::to_string(&untouched).unwrap());
        }
    }
}
