use jiff::{Timestamp, ZonedDateTime, tz::TimeZone};

/// Unix seconds.
pub fn now() -> i64 {
    Timestamp::now().as_second()
}

/// What an officer's action is stamped with: RFC 3339 with the ward's offset. For people to read;
/// nothing is ordered or decided by it.
pub fn stamp(zone: &TimeZone) -> String {
    local(zone).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

pub fn local(zone: &TimeZone) -> ZonedDateTime {
    Timestamp::now().to_zoned_datetime(zone.clone())
}
