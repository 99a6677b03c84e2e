//! Instants as policies write them: ISO 8601, or seconds since 1970.
//!
//! AWS accepts the forms of <https://www.w3.org/TR/NOTE-datetime> and seconds ("epoch time"). A
//! date without a time, and a time without an offset, are in UTC.

use chrono::{DateTime, Days, FixedOffset, NaiveDate, NaiveTime, TimeDelta, Utc};

use super::policy::shown;

/// The last second of the year 9999: the largest number of seconds that is accepted.
const LAST_SECOND: i64 = 253_402_300_799;

/// Reads an instant. Four digits are a year, other digits are seconds.
///
/// # Errors
/// A sentence if the text is not an instant, or may be two different ones.
pub(super) fn parse(text: &str) -> Result<DateTime<Utc>, String> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return match text.len() {
            4 if digits == text && !text.contains('.') => date_time(text).ok_or_else(|| none(text)),
            8 if !text.contains('.') => {
                Err(format!("{} may be a date or seconds: write it as 2027-01-31", shown(text)))
            }
            _ => seconds(text),
        };
    }
    date_time(text).ok_or_else(|| none(text))
}

/// Reads seconds since 1970.
///
/// # Errors
/// A sentence if the text is not a number of seconds.
pub(super) fn seconds(text: &str) -> Result<DateTime<Utc>, String> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let is_fraction = !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit());
    let whole: i64 = whole.parse().map_err(|_| none(text))?;
    if !is_fraction || whole < 0 {
        return Err(none(text));
    }
    if whole > LAST_SECOND {
        return Err(format!("{} is beyond the year 9999 in seconds", shown(text)));
    }
    let nanos = format!("{fraction:0<9}")[..9].parse().map_err(|_| none(text))?;
    DateTime::from_timestamp(whole, nanos).ok_or_else(|| none(text))
}

fn none(text: &str) -> String {
    format!("{} is not an instant: write it as 2027-01-31T00:00:00Z", shown(text))
}

fn date_time(text: &str) -> Option<DateTime<Utc>> {
    if !text.is_ascii() || !text.get(..4)?.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let Some((date, rest)) = text.split_once(['T', 't', ' ']) else {
        return Some(day(text)?.and_time(NaiveTime::MIN).and_utc());
    };
    let (time, offset) = split_offset(rest)?;
    let (day, time) = match time.strip_prefix("24:00").or(time.strip_prefix("2400")) {
        // ISO 8601 writes the end of the day as 24:00.
        Some(end) if end.bytes().all(|byte| b":0.,".contains(&byte)) => {
            (day(date)?.checked_add_days(Days::new(1))?, NaiveTime::MIN)
        }
        Some(_) => return None,
        None => (day(date)?, clock(time)?),
    };
    let at = day.and_time(time).and_local_timezone(offset).single()?.to_utc();
    // A leap second becomes the second after it.
    let leap = i64::from(at.timestamp_subsec_nanos());
    Some(DateTime::from_timestamp(at.timestamp(), 0)? + TimeDelta::nanoseconds(leap))
}

/// Reads a date. A year, month or week stands for its first day.
fn day(text: &str) -> Option<NaiveDate> {
    let read = |text: &str, form| NaiveDate::parse_from_str(text, form).ok();
    match text.len() {
        4 => read(&format!("{text}-01-01"), "%Y-%m-%d"),
        7 => read(&format!("{text}-01"), "%Y-%m-%d").or_else(|| read(text, "%Y%j")),
        8 => read(text, "%Y%m%d")
            .or_else(|| read(text, "%Y-%j"))
            .or_else(|| read(text, "%GW%V%u"))
            .or_else(|| read(&format!("{text}-1"), "%G-W%V-%u")),
        10 => read(text, "%Y-%m-%d").or_else(|| read(text, "%G-W%V-%u")),
        _ => None,
    }
}

fn clock(text: &str) -> Option<NaiveTime> {
    let text = text.replace(',', ".");
    if text.len() == 2 {
        return NaiveTime::from_hms_opt(text.parse().ok()?, 0, 0);
    }
    let forms = ["%H:%M:%S%.f", "%H:%M", "%H%M%S%.f", "%H%M"];
    forms.iter().find_map(|form| NaiveTime::parse_from_str(&text, form).ok())
}

/// Splits a time from the offset after it: `Z`, `+01:00`, `+0100`, `+01`, or none.
fn split_offset(text: &str) -> Option<(&str, FixedOffset)> {
    let utc = FixedOffset::east_opt(0)?;
    if let Some(time) = text.strip_suffix(['Z', 'z']) {
        return Some((time, utc));
    }
    let Some(sign) = text.rfind(['+', '-']) else { return Some((text, utc)) };
    let (time, offset) = text.split_at(sign);
    let digits: String = offset[1..].chars().filter(|&character| character != ':').collect();
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) || offset[1..].matches(':').count() > 1 {
        return None;
    }
    let (hours, minutes) = match digits.len() {
        2 => (digits.as_str(), "0"),
        4 => digits.split_at(2),
        _ => return None,
    };
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    if minutes > 59 {
        return None;
    }
    let seconds = (hours * 60 + minutes) * 60;
    let seconds = if offset.starts_with('-') { -seconds } else { seconds };
    Some((time, FixedOffset::east_opt(seconds)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_an_instant_is_read_or_named() {
        for text in [
            "2026-12-01T00:00:00Z",
            "2026-12-01T00:00:00.000Z",
            "2026-12-01T00:00:00,0Z",
            "2026-12-01T00:00Z",
            "2026-12-01T00Z",
            "2026-12-01T00:00:00",
            "2026-12-01 00:00:00Z",
            "2026-12-01t00:00:00z",
            "2026-12-01T01:00:00+01:00",
            "2026-12-01T01:00:00+0100",
            "2026-12-01T01:00:00+01",
            "2026-11-30T19:00-05:00",
            "2026-11-30T24:00:00Z",
            "2026-11-30T23:59:60Z",
            "20261201T000000Z",
            "20261201T0000Z",
            "2026-12-01",
            "2026-12",
            "2026-335",
            "2026-W49-2",
            "2026W492T00:00Z",
            "1796083200",
            "1796083200.0",
        ] {
            let at = parse(text).map(|at| at.to_rfc3339());
            assert_eq!(at.as_deref(), Ok("2026-12-01T00:00:00+00:00"), "{text}");
        }
        assert_eq!(parse("2026").map(|at| at.to_rfc3339()).unwrap(), "2026-01-01T00:00:00+00:00");
        assert_eq!(parse("2026-W49").map(|at| at.timestamp()), Ok(1_795_996_800));
        for text in [
            "",
            "-",
            ".",
            "1.",
            "tomorrow",
            "20261201",
            "1796083200000",
            "-1",
            "2026-13-01",
            "2026-02-30",
            "2026-12-01T25:00Z",
            "2026-12-01T24:01Z",
            "2026-12-01T00:00+1",
            "2026-12-01T00:00:00+01:99",
            "2026-12-01T00:00:00 CET",
            "12/01/2026",
            "+2026-12-01",
            "2026-12-01T",
            " 2026-12-01",
            "２０２６-12-01",
            "9999999999999999999",
        ] {
            assert!(parse(text).is_err(), "{text}: {:?}", parse(text));
        }
    }
}
