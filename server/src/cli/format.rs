//! Output formats of answers.

use std::io;

use serde::Serialize;

use super::failure::Failure;
use super::output;
use crate::misread;

/// The output format.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// Columns, for people
    #[default]
    Table,
    /// One JSON value
    Json,
    /// One JSON value per line
    Ndjson,
}

#[derive(Debug, Clone, Copy, clap::Args)]
pub(super) struct Output {
    /// The output format
    #[arg(short, long, value_enum, default_value_t)]
    output: Format,
}

impl Output {
    /// Prints a list.
    pub(super) fn list<T: Serialize, const N: usize>(
        self,
        items: &[T],
        heading: [&str; N],
        row: impl Fn(&T) -> [String; N],
    ) -> Result<(), Failure> {
        match self.output {
            Format::Table => {
                let rows: Vec<_> = items.iter().map(row).collect();
                output::table(heading, &rows)?;
            }
            Format::Json => output::print(&serde_json::to_string_pretty(items)?)?,
            Format::Ndjson => items.iter().try_for_each(line)?,
        }
        Ok(())
    }

    /// Prints one value; as a table, prints `words` instead.
    pub(super) fn one<T: Serialize>(self, item: &T, words: &str) -> Result<(), Failure> {
        match self.output {
            Format::Table => output::show(words)?,
            Format::Json => output::print(&serde_json::to_string_pretty(item)?)?,
            Format::Ndjson => line(item)?,
        }
        Ok(())
    }

    /// Whether the output is for people.
    pub(super) fn is_table(self) -> bool {
        self.output == Format::Table
    }
}

fn line(item: &impl Serialize) -> io::Result<()> {
    output::print(&serde_json::to_string(item).map_err(io::Error::other)?)
}

/// A set as words joined with `+`, in the set's order; `-` if it is empty.
pub(super) fn words<T: Serialize>(set: impl IntoIterator<Item = T>) -> String {
    let words: Vec<String> = set
        .into_iter()
        .filter_map(|word| serde_json::to_value(word).ok())
        .filter_map(|word| word.as_str().map(ToOwned::to_owned))
        .collect();
    if words.is_empty() { "-".to_owned() } else { words.join("+") }
}

/// A time in a column; `-` for none.
pub(super) fn instant(at: Option<chrono::DateTime<chrono::Utc>>) -> String {
    at.map_or_else(|| "-".to_owned(), |at| at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true))
}

/// Parses a word of the REST API, such as a permission or a scope.
pub(super) fn word<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_value(text.into()).map_err(|error| misread::plain(&error.to_string()))
}
