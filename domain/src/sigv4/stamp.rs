//! The time of a signature, as it is written: `YYYYMMDDThhmmssZ`.

use chrono::{DateTime, Datelike as _, NaiveDate, NaiveDateTime, Timelike as _, Utc};

/// Writes it.
pub(super) fn write(now: DateTime<Utc>) -> String {
    let (year, month, day) = (now.year(), now.month(), now.day());
    let (hour, minute, second) = (now.hour(), now.minute(), now.second());
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
}

/// Reads it: that form and no other.
pub(super) fn read(text: &str) -> Option<DateTime<Utc>> {
    let (day, time) = text.strip_suffix('Z')?.split_once('T')?;
    let (hour, rest) = digits::<2>(time)?;
    let (minute, rest) = digits::<2>(rest)?;
    let (second, rest) = digits::<2>(rest)?;
    let time = read_day(day)?.and_hms_opt(hour, minute, second)?;
    rest.is_empty().then(|| time.and_utc())
}

/// Reads `YYYYMMDD`, as it stands in a scope.
pub(super) fn read_day(text: &str) -> Option<NaiveDate> {
    let (year, rest) = digits::<4>(text)?;
    let (month, rest) = digits::<2>(rest)?;
    let (day, rest) = digits::<2>(rest)?;
    let day = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?;
    rest.is_empty().then_some(day)
}

/// Reads the date of HTTP, in the form that is to be sent (`IMF-fixdate`, RFC 9110 §5.6.7).
pub(super) fn read_http(text: &str) -> Option<DateTime<Utc>> {
    let time = NaiveDateTime::parse_from_str(text, "%a, %d %b %Y %H:%M:%S GMT").ok()?;
    (time.nanosecond() < 1_000_000_000).then(|| time.and_utc())
}

/// A number of so many digits, and what is behind it.
fn digits<const COUNT: usize>(text: &str) -> Option<(u32, &str)> {
    let (number, rest) = text.split_at_checked(COUNT)?;
    let is_number = number.bytes().all(|byte| byte.is_ascii_digit());
    Some((number.parse().ok().filter(|_| is_number)?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_has_one_form() {
        let time = read("20240229T235959Z").unwrap();
        assert_eq!(write(time), "20240229T235959Z");
        for text in [
            "",
            "20240229T235959",
            "20240229T235959z",
            "20230229T000000Z",
            "20240229T240000Z",
            "20240229T235960Z",
            "20240229T2359599Z",
            "+0240229T235959Z",
            "2024-02-29T23:59:59Z",
            "20240229 235959Z",
            "éééé0229T235959Z",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn the_date_of_http_is_the_form_that_is_sent() {
        let expected = read("20130524T000000Z");
        assert_eq!(read_http("Fri, 24 May 2013 00:00:00 GMT"), expected);
        for text in [
            "Thu, 24 May 2013 00:00:00 GMT",
            "Friday, 24-May-13 00:00:00 GMT",
            "Fri, 24 May 2013 00:00:00 +0000",
            "Fri, 24 May 2013 00:00:60 GMT",
        ] {
            assert_eq!(read_http(text), None, "{text}");
        }
    }
}
