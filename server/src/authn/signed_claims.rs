//! The claims of a verified token, each as raw JSON: a claim that cannot be read does not affect
//! the others. Pure.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// The end of the year 9999: later than any token, and small enough for date arithmetic.
const LATEST: i64 = 253_402_300_799;

/// The claims of a token whose signature was verified. Their values are not checked yet.
#[derive(Deserialize)]
#[serde(transparent)]
pub(super) struct SignedClaims(BTreeMap<String, Box<RawValue>>);

/// A claim that is present and does not have the expected type.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unreadable;

impl SignedClaims {
    /// The claim `name`; `None` if it is absent or null.
    pub(super) fn get(&self, name: &str) -> Result<Option<Value>, Unreadable> {
        let Some(raw) = self.0.get(name) else { return Ok(None) };
        match serde_json::from_str(raw.get()) {
            Ok(Value::Null) => Ok(None),
            Ok(value) => Ok(Some(value)),
            Err(_) => Err(Unreadable),
        }
    }

    /// A claim that is a non-empty string.
    pub(super) fn text(&self, name: &str) -> Result<Option<String>, Unreadable> {
        match self.get(name)? {
            None => Ok(None),
            Some(Value::String(text)) if !text.is_empty() => Ok(Some(text)),
            Some(_) => Err(Unreadable),
        }
    }

    /// A claim that is a `NumericDate` (RFC 7519 §2): seconds since 1970, possibly with a fraction.
    pub(super) fn time(&self, name: &str) -> Result<Option<DateTime<Utc>>, Unreadable> {
        match self.get(name)? {
            None => Ok(None),
            Some(value) => numeric_date(&value).map(Some).ok_or(Unreadable),
        }
    }

    /// The claim with the name `path`, or else the value at that path: `realm_access.roles` is the
    /// member `roles` of the claim `realm_access`.
    pub(super) fn find(&self, path: &str) -> Result<Option<Value>, Unreadable> {
        if let Some(value) = self.get(path)? {
            return Ok(Some(value));
        }
        Ok(turns(path).find_map(|(name, rest)| {
            let outer = self.get(name).ok()??;
            find_in(outer.as_object()?, rest).cloned()
        }))
    }
}

/// The value at `path` in an object, by the rules of [`SignedClaims::find`].
fn find_in<'v>(object: &'v Map<String, Value>, path: &str) -> Option<&'v Value> {
    let there = object.get(path).filter(|value| !value.is_null());
    there.or_else(|| {
        turns(path).find_map(|(name, rest)| find_in(object.get(name)?.as_object()?, rest))
    })
}

/// Splits a path at each of its dots, into a name and the path below it.
fn turns(path: &str) -> impl Iterator<Item = (&str, &str)> {
    path.match_indices('.').map(|(dot, _)| (&path[..dot], &path[dot + 1..]))
}

fn numeric_date(value: &Value) -> Option<DateTime<Utc>> {
    if let Some(seconds) = value.as_i64() {
        let within = (0..=LATEST).contains(&seconds);
        return within.then(|| DateTime::from_timestamp(seconds, 0)).flatten();
    }
    let since = Duration::try_from_secs_f64(value.as_f64()?).ok()?;
    let since = TimeDelta::from_std(since).ok()?;
    (since <= TimeDelta::seconds(LATEST)).then(|| DateTime::UNIX_EPOCH + since)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims(json: &str) -> SignedClaims {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_numeric_date_may_have_a_fraction_or_be_written_as_a_float() {
        for (written, micros) in [
            ("1800000000", Some(1_800_000_000_000_000)),
            ("1.8e9", Some(1_800_000_000_000_000)),
            ("1800000000.0", Some(1_800_000_000_000_000)),
            ("1800000000.5", Some(1_800_000_000_500_000)),
            ("0", Some(0)),
            ("253402300799", Some(253_402_300_799_000_000)),
            ("253402300800", None),
            ("-1", None),
            ("-0.5", None),
            ("1e300", None),
            ("1e999", None),
            ("18446744073709551615", None),
            ("true", None),
            ("\"1800000000\"", None),
            ("[1800000000]", None),
            ("{}", None),
        ] {
            let time = claims(&format!(r#"{{"t":{written}}}"#)).time("t");
            let read = time.ok().flatten().map(|time| time.timestamp_micros());
            assert_eq!(read, micros, "{written}");
        }
        assert_eq!(claims(r#"{"t":null}"#).time("t"), Ok(None));
        assert_eq!(claims("{}").time("t"), Ok(None));
    }

    #[test]
    fn a_claim_that_no_value_can_be_made_of_costs_nobody_the_others() {
        let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
        for odd in [r#""\ud83d""#, "1e999", &deep] {
            let claims = claims(&format!(r#"{{"name":{odd},"sub":"ada"}}"#));
            assert_eq!(claims.text("sub"), Ok(Some("ada".to_owned())), "{odd}");
            assert_eq!(claims.get("name"), Err(Unreadable), "{odd}");
        }
    }

    #[test]
    fn a_path_is_a_name_first() {
        let claims = claims(
            r#"{
                "realm_access": { "roles": 1, "more.deep": { "er": 2 }, "none": null },
                "https://example.com/groups": 3,
                "https://example.com/app": { "roles": 4 },
                "a.b": 5, "a": { "b": 6, "c": 7 },
                "text": "x"
            }"#,
        );
        for (path, found) in [
            ("realm_access.roles", Some(1)),
            ("realm_access.more.deep.er", Some(2)),
            ("realm_access.none", None),
            ("https://example.com/groups", Some(3)),
            ("https://example.com/app.roles", Some(4)),
            ("a.b", Some(5)),
            ("a.c", Some(7)),
            ("a.d", None),
            ("text.x", None),
            (".", None),
            ("realm_access.", None),
        ] {
            assert_eq!(claims.find(path).unwrap(), found.map(Value::from), "{path}");
        }
    }
}
