//! The conditions of a statement: when it applies, and to which listings.

use chrono::{DateTime, Utc};

use super::date;
use super::json::Json;
use super::operator::Operator;
use super::pattern::{Pattern, Variables};
use super::policy::{Condition, escaped, shown};
use super::prefixes::{Listed, Prefixes};
use super::times::{Times, Window};

/// The limits that the conditions of a statement set. All conditions must hold.
#[derive(Debug)]
pub(super) struct Narrowed {
    pub(super) times: Times,
    pub(super) prefixes: Prefixes,
    /// Conditions that grants cannot express, in sentences: ignoring them allows more.
    pub(super) dropped: Vec<String>,
    /// Values that grants cannot express, in sentences: ignoring them allows less.
    pub(super) lost: Vec<String>,
}

/// The limits that `conditions` set.
///
/// # Errors
/// A sentence about the condition that cannot be read.
pub(super) fn narrow(
    conditions: &[Condition],
    variables: Variables<'_>,
) -> Result<Narrowed, String> {
    let mut narrowed = Narrowed {
        times: Times::always(),
        prefixes: Prefixes::all(),
        dropped: Vec::new(),
        lost: Vec::new(),
    };
    for condition in conditions {
        let place =
            format!("Condition {} {}", escaped(&condition.operator), escaped(&condition.key));
        narrowed.add(condition, variables, &place).map_err(|what| format!("{place}: {what}"))?;
    }
    Ok(narrowed)
}

/// A condition key. Its name is case-insensitive.
enum Key {
    /// The time of the request, which every request has; with `seconds`, in seconds since 1970.
    Time {
        seconds: bool,
    },
    /// The prefix of a listing.
    Prefix,
    Other,
}

impl Key {
    fn of(text: &str) -> Self {
        match text.to_ascii_lowercase().as_str() {
            "aws:currenttime" => Self::Time { seconds: false },
            "aws:epochtime" => Self::Time { seconds: true },
            "s3:prefix" => Self::Prefix,
            _ => Self::Other,
        }
    }
}

impl Narrowed {
    fn add(
        &mut self,
        condition: &Condition,
        variables: Variables<'_>,
        place: &str,
    ) -> Result<(), String> {
        let operator = Operator::parse(&condition.operator).ok_or("unknown operator")?;
        let values = condition.values.as_slice();
        match Key::of(&condition.key) {
            Key::Time { seconds } => {
                self.times = self.times.and(&times(operator, values, seconds)?);
            }
            Key::Prefix => match operator.base {
                "StringLike" | "StringEquals" | "StringEqualsIgnoreCase" => {
                    let listed = self.listed(operator.base, values, variables, place);
                    let prefixes = Prefixes::of(listed, operator.holds_without);
                    self.prefixes = self.prefixes.and(&prefixes);
                }
                "Null" => {
                    let absent = truth(values)?;
                    self.prefixes = self.prefixes.and(&Prefixes::given(!absent));
                }
                "StringNotLike" | "StringNotEquals" | "StringNotEqualsIgnoreCase" => {
                    self.dropped.push(format!("{place}: no grant leaves out a prefix"));
                }
                _ => return Err("a prefix is a text".to_owned()),
            },
            Key::Other => self.dropped.push(format!("{place}: no grant has such a condition")),
        }
        Ok(())
    }

    /// The prefixes that the values match. Notes values that grants cannot express in `lost`.
    fn listed(
        &mut self,
        base: &str,
        values: &[Json],
        variables: Variables<'_>,
        place: &str,
    ) -> Vec<Listed> {
        let mut listed = Vec::new();
        for text in values.iter().filter_map(Json::scalar) {
            match prefix(base, &text, variables) {
                Ok(prefix) => listed.push(prefix),
                Err(what) => self.lost.push(format!("{place}: {}: {what}", shown(&text))),
            }
        }
        listed
    }
}

fn prefix(base: &str, text: &str, variables: Variables<'_>) -> Result<Listed, String> {
    let pattern = Pattern::parse(text, variables)?;
    if base != "StringLike" {
        return Ok(Listed::Exactly(pattern.plain()));
    }
    let exactly = pattern.literal().map(Listed::Exactly);
    let listed = exactly.or_else(|| pattern.below().map(Listed::Below));
    listed.ok_or_else(|| "grants name prefixes, not patterns of them".to_owned())
}

/// The times at which a condition on the time of the request holds.
fn times(operator: Operator, values: &[Json], seconds: bool) -> Result<Times, String> {
    if operator.base == "Null" {
        return Ok(if truth(values)? { Times::never() } else { Times::always() });
    }
    let date = operator.base.strip_prefix("Date").map(|base| (base, instant as Reader));
    let number = operator.base.strip_prefix("Numeric").filter(|_| seconds);
    let number = number.map(|base| (base, number_of_seconds as Reader));
    let (base, read) = date.or(number).ok_or("it compares no time")?;
    let instants = values.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let any =
        |window: fn(DateTime<Utc>) -> Window| Times::any(instants.iter().copied().map(window));
    Ok(match base {
        "LessThan" | "LessThanEquals" => any(Window::before),
        "GreaterThan" => any(Window::after),
        "GreaterThanEquals" => any(Window::from),
        "NotEquals" => instants.iter().fold(Times::always(), |times, &at| {
            times.and(&Times::any([Window::before(at), Window::after(at)]))
        }),
        _ => return Err("a grant lasts longer than an instant".to_owned()),
    })
}

type Reader = fn(&Json) -> Result<DateTime<Utc>, String>;

/// Reads a date, or seconds since 1970. A number of four digits may be a year or seconds: an error.
fn instant(value: &Json) -> Result<DateTime<Utc>, String> {
    match value {
        Json::Number(text) if text.len() == 4 => {
            Err(format!("{} may be a year or seconds: write it as 2027-01-31", shown(text)))
        }
        other => date::parse(&other.scalar().unwrap_or_default()),
    }
}

/// Reads seconds since 1970 for a numeric comparison, which does not accept dates.
fn number_of_seconds(value: &Json) -> Result<DateTime<Utc>, String> {
    date::seconds(&value.scalar().unwrap_or_default())
}

fn truth(values: &[Json]) -> Result<bool, String> {
    match values.iter().filter_map(Json::scalar).collect::<Vec<_>>().as_slice() {
        [word] if word.eq_ignore_ascii_case("true") => Ok(true),
        [word] if word.eq_ignore_ascii_case("false") => Ok(false),
        _ => Err("is true or false".to_owned()),
    }
}
