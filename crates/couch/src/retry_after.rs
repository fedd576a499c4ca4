use std::time::{Duration, SystemTime};

const SHORTEST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(3600);

/// How long a `Retry-After` header asks to wait, kept between a second and an hour; `None` for what
/// is neither seconds nor an HTTP date (RFC 9110, 10.2.3). `now` is the server's own clock where it
/// told it, so that a laptop's wrong clock does not count.
pub(crate) fn retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    let wished = if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        value.parse().map_or(LONGEST, Duration::from_secs)
    } else {
        httpdate::parse_http_date(value).ok()?.duration_since(now).unwrap_or(SHORTEST)
    };
    Some(wished.clamp(SHORTEST, LONGEST))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn n3_a_wish_is_read_and_kept_within_reason() {
        let now = httpdate::parse_http_date("Tue, 24 Nov 2026 04:00:00 GMT").unwrap();
        for (value, seconds) in [
            ("3", Some(3)),
            (" 120 ", Some(120)),
            ("0", Some(1)),
            ("1000000000", Some(3600)),
            ("999999999999999999999999999", Some(3600)),
            ("Tue, 24 Nov 2026 04:00:30 GMT", Some(30)),
            ("Tuesday, 24-Nov-26 04:00:30 GMT", Some(30)), // RFC 850 style
            ("Tue, 24 Nov 2026 03:00:00 GMT", Some(1)),    // past
            ("Wed, 24 Nov 2027 04:00:00 GMT", Some(3600)),
            ("-1", None),
            ("+3", None),
            ("3.5", None),
            ("1e3", None),
            ("", None),
            ("soon", None),
            ("3 seconds", None),
            ("Tue, 99 Nov 2026 04:00:30 GMT", None),
            ("２", None), // a full-width digit
        ] {
            assert_eq!(retry_after(value, now), seconds.map(Duration::from_secs), "{value:?}");
        }
    }
}
