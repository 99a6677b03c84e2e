//! Evaluates policies by the rules of AWS.

use serde_json::{Value, json};

/// One key of a condition. `values` are days for times, and texts for prefixes.
#[derive(Debug, Clone)]
pub(super) struct Drawn {
    pub(super) operator: &'static str,
    pub(super) key: &'static str,
    pub(super) values: Vec<Value>,
}

#[derive(Debug, Clone)]
pub(super) struct Statement {
    pub(super) actions: Vec<&'static str>,
    pub(super) resources: Vec<&'static str>,
    pub(super) conditions: Vec<Drawn>,
}

/// A request. Only listings have a prefix (`s3:prefix`), and not all of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct DrawnRequest {
    pub(super) action: &'static str,
    pub(super) bucket: &'static str,
    pub(super) key: Option<&'static str>,
    pub(super) prefix: Option<&'static str>,
    /// Seconds since 1970.
    pub(super) at: i64,
}

/// Matches `*` and `?` like AWS. The policies of this test have no variables.
fn like(pattern: &str, text: &str) -> bool {
    let Some(first) = pattern.chars().next() else { return text.is_empty() };
    let (rest, mut left) = (&pattern[first.len_utf8()..], text.chars());
    match first {
        '*' => (0..=text.len())
            .filter(|&at| text.is_char_boundary(at))
            .any(|at| like(rest, &text[at..])),
        '?' => left.next().is_some() && like(rest, left.as_str()),
        _ => left.next() == Some(first) && like(rest, left.as_str()),
    }
}

fn seconds(value: &Value) -> i64 {
    match value {
        Value::Number(number) => number.as_i64().unwrap(),
        other => match other.as_str().unwrap().parse() {
            Ok(seconds) => seconds,
            Err(_) => other
                .as_str()
                .unwrap()
                .parse::<chrono::DateTime<chrono::Utc>>()
                .unwrap()
                .timestamp(),
        },
    }
}

fn holds(condition: &Drawn, asked: DrawnRequest) -> bool {
    let (of_all, rest) = match condition.operator.strip_prefix("ForAllValues:") {
        Some(rest) => (true, rest),
        None => (false, condition.operator.trim_start_matches("ForAnyValue:")),
    };
    let (if_exists, base) = match rest.strip_suffix("IfExists") {
        Some(base) => (true, base),
        None => (false, rest),
    };
    let values = condition.values.iter();
    match condition.key.to_ascii_lowercase().as_str() {
        "aws:currenttime" | "aws:epochtime" => {
            let at = asked.at;
            let mut values = values.clone();
            match base {
                "DateLessThan" | "NumericLessThan" => values.any(|one| at < seconds(one)),
                "DateLessThanEquals" | "NumericLessThanEquals" => {
                    values.any(|one| at <= seconds(one))
                }
                "DateGreaterThan" | "NumericGreaterThan" => values.any(|one| at > seconds(one)),
                "DateGreaterThanEquals" => values.any(|one| at >= seconds(one)),
                "DateEquals" => values.any(|one| at == seconds(one)),
                "DateNotEquals" => values.all(|one| at != seconds(one)),
                "Null" => values.any(|one| one != "true" && *one != json!(true)),
                other => unreachable!("{other}"),
            }
        }
        "s3:prefix" => {
            let mut texts = values.clone().map(|one| one.as_str().unwrap_or_default());
            if base == "Null" {
                return condition
                    .values
                    .iter()
                    .any(|one| (one == "true" || *one == json!(true)) == asked.prefix.is_none());
            }
            let Some(prefix) = asked.prefix else {
                return of_all || if_exists || base.contains("Not");
            };
            match base {
                "StringLike" => texts.any(|one| like(one, prefix)),
                "StringNotLike" => texts.all(|one| !like(one, prefix)),
                "StringEquals" => texts.any(|one| one == prefix),
                "StringEqualsIgnoreCase" => texts.any(|one| one.eq_ignore_ascii_case(prefix)),
                other => unreachable!("{other}"),
            }
        }
        // The test does not know the values of other keys: their conditions do not hold.
        _ => false,
    }
}

pub(super) fn allows(statements: &[Statement], asked: DrawnRequest) -> bool {
    statements.iter().any(|statement| {
        let arn = match asked.key {
            Some(key) => format!("arn:aws:s3:::{}/{key}", asked.bucket),
            None => format!("arn:aws:s3:::{}", asked.bucket),
        };
        let action = |pattern: &&str| {
            like(&pattern.to_ascii_lowercase(), &asked.action.to_ascii_lowercase())
        };
        statement.actions.iter().any(action)
            && statement.resources.iter().any(|pattern| like(pattern, &arn))
            && statement.conditions.iter().all(|condition| holds(condition, asked))
    })
}
