//! Times on the command line: dates, instants, durations. A time without a zone is UTC.

use std::str::FromStr;

use chrono::{DateTime, Datelike as _, Months, NaiveDate, NaiveDateTime, TimeDelta, Utc};

use super::failure::Failure;

/// The hint after an invalid time.
const FORMS: &str = "give a date (2027-01-01), a date and time (2027-01-01T12:00:00Z), `now`, \
    `today`, `yesterday`, `tomorrow` or a duration (30d, 12h, 2w); without a zone it is UTC";
/// The hint after an invalid duration.
const UNITS: &str = "give a number with a unit: s, m, h, d, w, months or y, such as 30d or 1h30m";

/// A time. A plain duration lies in the past: `30d` is thirty days ago.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PastTime(Moment);

/// A time. A plain duration lies in the future: `30d` is thirty days from now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Future(Moment);

/// A duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    months: u32,
    rest: TimeDelta,
}

/// A time as typed, possibly relative to now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    At(DateTime<Utc>),
    Now,
    /// The beginning of a day, counted from today: yesterday is -1.
    Day(i8),
    /// A duration without a direction: the flag decides between past and future.
    Off(Span),
    Ago(Span),
    In(Span),
}

impl PastTime {
    /// The time, relative to `now`.
    ///
    /// # Errors
    /// A message, if the time is not in the years 1 to 9999.
    pub(super) fn at(self, now: DateTime<Utc>) -> Result<DateTime<Utc>, Failure> {
        self.0.at(now, Span::before)
    }
}

impl Future {
    /// The time, relative to `now`.
    ///
    /// # Errors
    /// A message, if the time is not in the years 1 to 9999.
    pub(super) fn at(self, now: DateTime<Utc>) -> Result<DateTime<Utc>, Failure> {
        self.0.at(now, Span::after)
    }
}

impl FromStr for PastTime {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

impl FromStr for Future {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

impl Moment {
    fn at(
        self,
        now: DateTime<Utc>,
        off: fn(Span, DateTime<Utc>) -> Option<DateTime<Utc>>,
    ) -> Result<DateTime<Utc>, Failure> {
        let at = match self {
            Self::At(at) => Some(at),
            Self::Now => Some(now),
            Self::Day(days) => Span::days(days.unsigned_abs().into()).and_then(|span| {
                let day = if days < 0 { span.before(now) } else { span.after(now) };
                Some(midnight(day?.date_naive()))
            }),
            Self::Off(span) => off(span, now),
            Self::Ago(span) => span.before(now),
            Self::In(span) => span.after(now),
        };
        // RFC 3339 has four digits for the year.
        at.filter(|at| (1..=9999).contains(&at.year()))
            .ok_or_else(|| "a time is in the years 1 to 9999".into())
    }
}

impl FromStr for Moment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let lower = text.to_ascii_lowercase();
        match lower.as_str() {
            "now" => return Ok(Self::Now),
            "today" => return Ok(Self::Day(0)),
            "yesterday" => return Ok(Self::Day(-1)),
            "tomorrow" => return Ok(Self::Day(1)),
            _ => {}
        }
        if is_dated(text) {
            return dated(text).map(Self::At).ok_or_else(|| format!("not a time: {FORMS}"));
        }
        let (kind, length): (fn(Span) -> Self, &str) =
            if let Some(rest) = lower.strip_suffix(" ago") {
                (Self::Ago, rest)
            } else if let Some(rest) = lower.strip_prefix('-') {
                (Self::Ago, rest)
            } else if let Some(rest) = lower.strip_prefix("in ").or(lower.strip_prefix('+')) {
                (Self::In, rest)
            } else {
                (Self::Off, lower.as_str())
            };
        Span::read(length, None).map(kind).ok_or_else(|| format!("not a time: {FORMS}"))
    }
}

impl Span {
    const fn days(days: u32) -> Option<Self> {
        match TimeDelta::try_days(days as i64) {
            Some(rest) => Some(Self { months: 0, rest }),
            None => None,
        }
    }

    /// The time that lies this duration before `now`; None beyond the calendar's range.
    pub(super) fn before(self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        now.checked_sub_months(Months::new(self.months))?.checked_sub_signed(self.rest)
    }

    /// The time that lies this duration after `now`; None beyond the calendar's range.
    fn after(self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        now.checked_add_months(Months::new(self.months))?.checked_add_signed(self.rest)
    }

    /// The length in seconds; None if it contains months.
    fn seconds(self) -> Option<u32> {
        (self.months == 0).then(|| u32::try_from(self.rest.num_seconds()).ok()).flatten()
    }

    /// Parses numbers with units. A number without a unit is one of `alone`.
    fn read(text: &str, alone: Option<&str>) -> Option<Self> {
        let mut rest = text.trim();
        let mut whole = Self { months: 0, rest: TimeDelta::zero() };
        if rest.is_empty() {
            return None;
        }
        while !rest.is_empty() {
            let digits = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
            let (number, after) = rest.split_at(digits);
            let after = after.trim_start();
            let letters =
                after.find(|letter: char| !letter.is_ascii_alphabetic()).unwrap_or(after.len());
            let (unit, after) = after.split_at(letters);
            let unit = if unit.is_empty() { alone? } else { unit };
            whole = whole.and(number.parse().ok()?, unit)?;
            rest = after.trim_start();
        }
        Some(whole)
    }

    /// The sum of this duration and `number` of a unit.
    fn and(self, number: u32, unit: &str) -> Option<Self> {
        let months = |each: u32| {
            let months = self.months.checked_add(number.checked_mul(each)?)?;
            Some(Self { months, ..self })
        };
        let seconds = |each: i64| {
            let more = TimeDelta::try_seconds(i64::from(number).checked_mul(each)?)?;
            Some(Self { rest: self.rest.checked_add(&more)?, ..self })
        };
        match unit {
            "s" | "sec" | "secs" | "second" | "seconds" => seconds(1),
            "m" | "min" | "mins" | "minute" | "minutes" => seconds(60),
            "h" | "hr" | "hrs" | "hour" | "hours" => seconds(60 * 60),
            "d" | "day" | "days" => seconds(24 * 60 * 60),
            "w" | "week" | "weeks" => seconds(7 * 24 * 60 * 60),
            "mo" | "month" | "months" => months(1),
            "y" | "year" | "years" => months(12),
            _ => None,
        }
    }
}

/// Parses a duration; a number alone is days.
pub(super) fn days(text: &str) -> Result<Span, String> {
    Span::read(&text.to_ascii_lowercase(), Some("d"))
        .ok_or_else(|| format!("not a duration: {UNITS}; a number alone is days"))
}

/// Parses a duration into seconds; a number alone is seconds.
pub(super) fn seconds(text: &str) -> Result<u32, String> {
    Span::read(&text.to_ascii_lowercase(), Some("s"))
        .and_then(Span::seconds)
        .ok_or_else(|| format!("not a duration: {UNITS}; a number alone is seconds"))
}

/// Whether the text begins with a year and `-`, like a date.
fn is_dated(text: &str) -> bool {
    let head = text.as_bytes();
    head.len() > 4 && head[..4].iter().all(u8::is_ascii_digit) && head[4] == b'-'
}

/// Parses a date, or a date with a time; UTC if it names no zone.
fn dated(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(day) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        return Some(midnight(day));
    }
    let text = text.replacen([' ', 't'], "T", 1);
    let text = ["Z", "z", " UTC"]
        .into_iter()
        .find_map(|zone| text.strip_suffix(zone))
        .map_or(text.clone(), |text| format!("{text}+00:00"));
    let zoned = ["%Y-%m-%dT%H:%M:%S%.f%:z", "%Y-%m-%dT%H:%M%:z"];
    let zoned = zoned.into_iter().find_map(|form| DateTime::parse_from_str(&text, form).ok());
    let plain = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M"];
    let plain =
        || plain.into_iter().find_map(|form| NaiveDateTime::parse_from_str(&text, form).ok());
    zoned.map(|at| at.to_utc()).or_else(|| plain().map(|at| at.and_utc()))
}

fn midnight(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(chrono::NaiveTime::MIN).and_utc()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-03-31T10:20:30Z".parse().unwrap()
    }

    fn past(text: &str) -> Option<String> {
        text.parse::<PastTime>().ok()?.at(now()).ok().map(|at| at.to_rfc3339())
    }

    fn future(text: &str) -> Option<String> {
        text.parse::<Future>().ok()?.at(now()).ok().map(|at| at.to_rfc3339())
    }

    #[test]
    fn dates_and_instants_are_utc_unless_they_name_a_zone() {
        for (text, expected) in [
            ("2027-01-01", "2027-01-01T00:00:00+00:00"),
            (" 2027-01-01 ", "2027-01-01T00:00:00+00:00"),
            ("2027-01-01T12:00", "2027-01-01T12:00:00+00:00"),
            ("2027-01-01 12:00:30", "2027-01-01T12:00:30+00:00"),
            ("2027-01-01T12:00:30.5", "2027-01-01T12:00:30.500+00:00"),
            ("2027-01-01T12:00Z", "2027-01-01T12:00:00+00:00"),
            ("2027-01-01t12:00:00z", "2027-01-01T12:00:00+00:00"),
            ("2027-01-01 12:00:00 UTC", "2027-01-01T12:00:00+00:00"),
            ("2027-01-01T12:00:00+02:00", "2027-01-01T10:00:00+00:00"),
            ("2027-01-01T00:00-0530", "2027-01-01T05:30:00+00:00"),
            ("now", "2026-03-31T10:20:30+00:00"),
            ("Today", "2026-03-31T00:00:00+00:00"),
            ("yesterday", "2026-03-30T00:00:00+00:00"),
            ("tomorrow", "2026-04-01T00:00:00+00:00"),
        ] {
            assert_eq!(past(text).as_deref(), Some(expected), "{text}");
            assert_eq!(future(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn durations_go_where_the_flag_looks_unless_they_say_where() {
        for (text, before, after) in [
            ("30d", "2026-03-01T10:20:30+00:00", "2026-04-30T10:20:30+00:00"),
            ("2W", "2026-03-17T10:20:30+00:00", "2026-04-14T10:20:30+00:00"),
            ("1h30m", "2026-03-31T08:50:30+00:00", "2026-03-31T11:50:30+00:00"),
            ("1 hour 30 s", "2026-03-31T09:20:00+00:00", "2026-03-31T11:21:00+00:00"),
            ("1 month", "2026-02-28T10:20:30+00:00", "2026-04-30T10:20:30+00:00"),
            ("1y", "2025-03-31T10:20:30+00:00", "2027-03-31T10:20:30+00:00"),
            ("0s", "2026-03-31T10:20:30+00:00", "2026-03-31T10:20:30+00:00"),
            ("2d ago", "2026-03-29T10:20:30+00:00", "2026-03-29T10:20:30+00:00"),
            ("-2d", "2026-03-29T10:20:30+00:00", "2026-03-29T10:20:30+00:00"),
            ("+2d", "2026-04-02T10:20:30+00:00", "2026-04-02T10:20:30+00:00"),
            ("in 2 days", "2026-04-02T10:20:30+00:00", "2026-04-02T10:20:30+00:00"),
        ] {
            assert_eq!(past(text).as_deref(), Some(before), "{text}");
            assert_eq!(future(text).as_deref(), Some(after), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_refused_with_the_forms_there_are() {
        for text in [
            "",
            " ",
            "x",
            "30",
            "d",
            "30x",
            "1.5h",
            "--2d",
            "in",
            "ago",
            "2027-02-30",
            "2027-13-01",
            "2027-01-01T25:00",
            "2027-01-01T12:00 Europe/Berlin",
            "01.01.2027",
            "2027/01/01",
            "2027",
            "99999999999d",
        ] {
            let refused = text.parse::<Future>().unwrap_err();
            assert!(refused.contains("2027-01-01") && refused.contains("UTC"), "{text}: {refused}");
        }
        for text in ["9000y", "4294967295w"] {
            assert_eq!(future(text), None, "{text}");
            assert_eq!(past(text), None, "{text}");
        }
    }

    #[test]
    fn a_number_alone_is_of_the_unit_that_the_flag_is_in() {
        let day = |text| days(text).ok().and_then(|span| span.before(now()));
        assert_eq!(day("400"), day("400d"));
        assert_eq!(day("2w"), day("14"));
        assert_eq!(day("x"), None);
        assert_eq!(seconds("3600"), Ok(3600));
        assert_eq!(seconds("1h"), Ok(3600));
        assert_eq!(seconds("1d 1s"), Ok(86_401));
        assert!(seconds("1y").unwrap_err().contains("1h30m"));
        assert!(seconds("9000w").is_err());
    }
}
