//! Numbers as CouchDB gives them back: integers to the last digit, everything else as the shortest
//! decimal of the nearest double, always with a point (`1e3` is `1000.0`, `-0.0` is `0.0`).

use serde_json::{Number, Value};

use super::answer::Refusal;

/// Rewrites every number of `value` in place.
pub fn settle(value: &mut Value) -> Result<(), Refusal> {
    match value {
        Value::Number(number) => {
            if let Some(settled) = settled(number)? {
                *number = settled;
            }
            Ok(())
        }
        Value::Array(items) => items.iter_mut().try_for_each(settle),
        Value::Object(members) => members.values_mut().try_for_each(settle),
        Value::Null | Value::Bool(_) | Value::String(_) => Ok(()),
    }
}

fn settled(number: &Number) -> Result<Option<Number>, Refusal> {
    let text = number.as_str();
    if text == "-0" {
        return Ok(Some(Number::from(0)));
    }
    if !text.contains(['.', 'e', 'E']) {
        return Ok(None);
    }
    let double: f64 = text
        .parse()
        .ok()
        .filter(|double: &f64| double.is_finite())
        .ok_or_else(|| Refusal::bad_request("invalid UTF-8 JSON"))?;
    let mut written = if double == 0.0 { "0".to_owned() } else { double.to_string() };
    if !written.contains('.') {
        written.push_str(".0");
    }
    Ok(Some(Number::from_string_unchecked(written)))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back_as_the_real_server_gave_them() {
        let given = r#"[12345678901234567890,9007199254740993,1.0,1e3,-0.0,0.1,-0,1E-2]"#;
        let mut value: Value = serde_json::from_str(given).unwrap();
        settle(&mut value).unwrap();
        assert_eq!(value.to_string(), "[12345678901234567890,9007199254740993,1.0,1000.0,0.0,0.1,0,0.01]");
    }

    #[test]
    fn a_number_beyond_every_double_is_refused() {
        let mut value: Value = serde_json::from_str("1e999").unwrap();
        assert!(settle(&mut value).is_err());
    }
}
