//! Parsers of grants in a file. An error says what is wrong and where.

use chrono::{DateTime, Utc};
use sail_cargo_protocol::{GrantLine, Permission, PrefixKind, SubjectKind};
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::grants_row::Row;
use crate::misread::{self, Misread, field, plain};

/// Parses a YAML list.
pub(super) fn yaml(text: &str) -> Result<Vec<GrantLine>, Misread> {
    let yaml = yaml_serde::Deserializer::from_str(text);
    serde_path_to_error::deserialize(yaml).map_err(|error| {
        let (grant, field) = split(&field(error.path()));
        let line = error.inner().location().map(|location| location.line());
        Misread { line, entry: grant, field, what: plain(&yaml_words(error.inner())) }
    })
}

/// The message of a YAML error without its position.
fn yaml_words(error: &yaml_serde::Error) -> String {
    let words = error.to_string();
    let words = error.location().map_or(words.as_str(), |at| {
        let end = format!(" at line {} column {}", at.line(), at.column());
        words.rfind(&end).map_or(words.as_str(), |start| &words[..start])
    });
    // The message begins with a path, such as `[1].subject: `.
    let rest = words.split_once(": ").filter(|(path, _)| !path.contains(' '));
    rest.map_or(words, |(_, rest)| rest).to_owned()
}

/// Splits `[2].subject` into the third grant and its field `subject`.
fn split(path: &str) -> (Option<String>, String) {
    let index = path.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    match index.and_then(|(index, rest)| Some((index.parse::<usize>().ok()?, rest))) {
        Some((index, rest)) => (Some(grant(index)), rest.trim_start_matches('.').to_owned()),
        None => (None, path.to_owned()),
    }
}

fn grant(index: usize) -> String {
    format!("grant {}", index + 1)
}

/// Parses a JSON list.
pub(super) fn json(text: &str) -> Result<Vec<GrantLine>, Misread> {
    let grants: Vec<&RawValue> =
        serde_json::from_str(text).map_err(|error| misread::of_json(&error, 1))?;
    let mut line = 1;
    let mut read = 0;
    let grants = grants.iter().enumerate().map(|(index, raw)| {
        let start = raw.get().as_ptr().addr() - text.as_ptr().addr();
        line += text[read..start].matches('\n').count();
        read = start;
        one(raw.get(), line, index)
    });
    grants.collect()
}

fn one(text: &str, line: usize, index: usize) -> Result<GrantLine, Misread> {
    misread::json(text, line).map_err(|error| Misread { entry: Some(grant(index)), ..error })
}

/// Parses JSON values, one per line.
pub(super) fn ndjson(text: &str) -> Result<Vec<GrantLine>, Misread> {
    let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    lines.enumerate().map(|(index, (number, line))| one(line, number, index)).collect()
}

/// Parses CSV: a heading, then one grant per line.
pub(super) fn csv(text: &str) -> Result<Vec<GrantLine>, Misread> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let heading = reader.headers().cloned().map_err(|error| of_csv(&error, None))?;
    let records = reader.records().enumerate().map(|(index, record)| {
        let place = |misread| Misread { entry: Some(grant(index)), ..misread };
        let record = record.map_err(|error| place(of_csv(&error, Some(&heading))))?;
        row(&record, &heading).map_err(place)
    });
    records.collect()
}

fn row(record: &csv::StringRecord, heading: &csv::StringRecord) -> Result<GrantLine, Misread> {
    let line = record.position().and_then(|position| usize::try_from(position.line()).ok());
    if record.len() != heading.len() {
        let (has, wanted) = (record.len(), heading.len());
        let what = format!("has {has} columns where the heading has {wanted}");
        return Err(Misread { line, what, ..Misread::default() });
    }
    for (column, text) in heading.iter().zip(record).filter(|(_, text)| !text.is_empty()) {
        let wrong = |what| Misread { line, field: column.to_owned(), what, entry: None };
        demand_word(column, text).map_err(wrong)?;
    }
    let row: Row = record
        .deserialize(Some(heading))
        .map_err(|error| Misread { line, ..of_csv(&error, Some(heading)) })?;
    let permissions = row.permissions.split('+').map(|text| word::<Permission>(text.trim()));
    let wrong = |what| Misread { line, field: "permissions".to_owned(), what, entry: None };
    let permissions = permissions.collect::<Result<_, _>>().map_err(wrong)?;
    Ok(row.into_line(permissions))
}

/// Checks the columns whose values are more than text. The csv crate's error does not name the
/// column.
fn demand_word(column: &str, text: &str) -> Result<(), String> {
    match column {
        "kind" => word::<SubjectKind>(text).map(drop),
        "prefix_kind" => word::<PrefixKind>(text).map(drop),
        "not_before" | "expires_at" => word::<DateTime<Utc>>(text).map(drop),
        _ => Ok(()),
    }
}

fn word<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    let text = serde::de::value::StrDeserializer::<serde::de::value::Error>::new(text);
    T::deserialize(text).map_err(|error| plain(&error.to_string()))
}

/// The error of a CSV record: its line, and the column by its heading.
fn of_csv(error: &csv::Error, heading: Option<&csv::StringRecord>) -> Misread {
    let line = error.position().and_then(|position| usize::try_from(position.line()).ok());
    let csv::ErrorKind::Deserialize { err, .. } = error.kind() else {
        return Misread { line, what: error.to_string(), ..Misread::default() };
    };
    let column = err.field().and_then(|index| usize::try_from(index).ok());
    let column = column.and_then(|index| heading?.get(index)).unwrap_or_default();
    Misread { line, field: column.to_owned(), what: plain(&err.kind().to_string()), entry: None }
}
