//! Errors in a file that a user wrote: where the error is, and what it is, in the words of the
//! file.

use std::fmt;

use serde::de::DeserializeOwned;

/// A position in a file, and the error at this position.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Misread {
    pub(crate) line: Option<usize>,
    /// The entry of a list, with its number: `grant 3`.
    pub(crate) entry: Option<String>,
    /// The path of the field: `request.url`.
    pub(crate) field: String,
    pub(crate) what: String,
}

impl fmt::Display for Misread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = self.line.map(|line| format!("line {line}"));
        let field = (!self.field.is_empty()).then(|| self.field.clone());
        let place: Vec<String> = [line, self.entry.clone(), field].into_iter().flatten().collect();
        if place.is_empty() {
            f.write_str(&self.what)
        } else {
            write!(f, "{}: {}", place.join(", "), self.what)
        }
    }
}

impl std::error::Error for Misread {}

/// Parses JSON that begins on line `first` of a file.
pub(crate) fn json<T: DeserializeOwned>(text: &str, first: usize) -> Result<T, Misread> {
    let mut json = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let field = field(error.path());
        Misread { field, ..of_json(error.inner(), first) }
    })?;
    json.end().map_err(|error| of_json(&error, first))?;
    Ok(value)
}

/// Describes a JSON error. The JSON begins on line `first` of a file.
pub(crate) fn of_json(error: &serde_json::Error, first: usize) -> Misread {
    let (line, column, words) = (error.line(), error.column(), error.to_string());
    let end = format!(" at line {line} column {column}");
    let what = plain(words.strip_suffix(&end).unwrap_or(&words));
    // In a syntax error the column says more than the field's path.
    let what = if error.is_data() { what } else { format!("column {column}: {what}") };
    Misread { line: Some(first + line.saturating_sub(1)), what, ..Misread::default() }
}

/// The path as text, without the segments that serde could not name.
pub(crate) fn field(path: &serde_path_to_error::Path) -> String {
    let path = path.to_string();
    path.trim_start_matches('.').trim_end_matches(".?").trim_matches('?').to_owned()
}

/// Translates serde's message: it replaces Rust's names of types with plain words.
pub(crate) fn plain(message: &str) -> String {
    if TIMES.contains(&message) {
        return "is not a time such as 2027-01-31T00:00:00Z".to_owned();
    }
    if let Some(name) = message.strip_prefix("missing field ") {
        return format!("{name} is missing");
    }
    if let Some(rest) = message.strip_prefix("duplicate field ") {
        return format!("{rest} is given twice");
    }
    let Some((said, expected)) = message.rsplit_once(", expected ") else {
        return message.to_owned();
    };
    let expected = expected.strip_prefix("one of ").unwrap_or(expected);
    if let Some(name) = said.strip_prefix("unknown field ") {
        return format!("unknown field {name}, known are {expected}");
    }
    if let Some(word) = said.strip_prefix("unknown variant ") {
        return format!("{word} is none of {expected}");
    }
    let said =
        ["invalid type: ", "invalid value: "].iter().find_map(|kind| said.strip_prefix(kind));
    said.map_or_else(
        || message.to_owned(),
        |said| format!("{} is given where {} is expected", found(said), wanted(expected)),
    )
}

/// The messages of chrono for a text that is not a time.
const TIMES: [&str; 6] = [
    "input contains invalid characters",
    "premature end of input",
    "trailing input",
    "input is out of range",
    "no possible date and time matching input",
    "input is not enough for unique date and time",
];

fn found(said: &str) -> String {
    let of = |kind: &str| said.strip_prefix(kind).map(|rest| rest.trim_matches('`').to_owned());
    let text = || said.strip_prefix("string ").map(|rest| format!("`{}`", rest.trim_matches('"')));
    match said {
        "sequence" => "a list".to_owned(),
        "map" => "an object".to_owned(),
        "null" | "unit value" | "Option value" => "nothing".to_owned(),
        _ => text()
            .or_else(|| of("integer "))
            .or_else(|| of("floating point "))
            .or_else(|| of("boolean "))
            .unwrap_or_else(|| said.to_owned()),
    }
}

fn wanted(expected: &str) -> String {
    match expected {
        "u8" | "u16" | "u32" | "u64" | "usize" | "nonzero u32" => {
            "a whole number from 0 on".to_owned()
        }
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number".to_owned(),
        "a string" | "str" | "path string" | "string or map" => "a text".to_owned(),
        "a sequence" => "a list".to_owned(),
        "a map" => "an object".to_owned(),
        "a boolean" => "true or false".to_owned(),
        "an RFC 3339 formatted date and time string" => {
            "a time such as 2027-01-31T00:00:00Z".to_owned()
        }
        "socket address" => "an address with a port, such as 127.0.0.1:8080".to_owned(),
        other if other.starts_with("a tuple of size 2") => "a pair".to_owned(),
        other if other.starts_with("struct ") => "an object with fields".to_owned(),
        other if other.starts_with("enum ") => "a word".to_owned(),
        other => other.to_owned(),
    }
}
