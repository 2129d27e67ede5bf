//! Times as 100ms writes them: RFC 3339, with up to nanoseconds.

use std::time::SystemTime;

use chrono::{DateTime, Utc};

/// The last second of the year 9999, the limit of many languages' dates.
const LAST: i64 = 253_402_300_799;

/// Parses a time from 1970 to 9999. None for anything else: 100ms writes Go's zero time, in the year 1, for "no time".
pub(crate) fn parse(text: &str) -> Option<SystemTime> {
    parse_as(text)
}

/// The range is checked first: on Windows, `SystemTime` panics for times before 1601.
fn parse_as<T: From<DateTime<Utc>>>(text: &str) -> Option<T> {
    let time: DateTime<Utc> = DateTime::parse_from_rfc3339(text).ok()?.into();
    (0..=LAST).contains(&time.timestamp()).then(|| time.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, UNIX_EPOCH};

    /// A time that panics as `SystemTime` does on Windows: if it is before 1601.
    #[derive(Debug, PartialEq, PartialOrd)]
    struct WindowsTime(i64);

    impl From<DateTime<Utc>> for WindowsTime {
        fn from(time: DateTime<Utc>) -> Self {
            assert!(time.timestamp() >= -11_644_473_600, "overflow when converting");
            WindowsTime(time.timestamp())
        }
    }

    #[test]
    fn a_time_out_of_range_is_never_converted() {
        assert_eq!(parse_as("1970-01-01T00:00:00Z"), Some(WindowsTime(0)));
        for early in ["0001-01-01T00:00:00Z", "0000-01-01T00:00:00Z", "1600-12-31T23:59:59Z"] {
            assert_eq!(parse_as::<WindowsTime>(early), None, "{early}");
        }
    }

    #[test]
    fn what_is_a_time() {
        let nanos = |text| parse(text).map(|time| time.duration_since(UNIX_EPOCH).unwrap().as_nanos());
        let second = 1_638_277_129_000_000_000;
        assert_eq!(nanos("2021-11-30T12:58:49Z"), Some(second));
        assert_eq!(nanos("2021-11-30T12:58:49.123456789Z"), Some(second + 123_456_789));
        assert_eq!(nanos("2021-11-30T18:28:49+05:30"), Some(second));
        assert_eq!(nanos("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(nanos("9999-12-31T23:59:59.999Z"), Some(253_402_300_799_999_000_000));
        for odd in [
            "",
            "yesterday",
            "2021-11-30",
            "2021-11-30T12:58:49",
            "2021-02-30T12:58:49Z",
            "1638277129",
            "0001-01-01T00:00:00Z",
            "1969-12-31T23:59:59.999Z",
            "9999-12-31T23:59:59-00:01",
            "+10000-01-01T00:00:00Z",
        ] {
            assert_eq!(nanos(odd), None, "{odd}");
        }
        assert!(parse("2016-12-31T23:59:60Z").unwrap() > UNIX_EPOCH + Duration::from_secs(1_483_228_798));
    }
}
