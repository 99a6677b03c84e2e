//! Grants in a file: YAML, JSON, JSON lines or CSV.

use std::path::Path;

use sail_cargo_protocol::{Grant, GrantLine, Permission, SubjectKind};
use serde::{Deserialize, Serialize};

use super::Failure;
use super::format::{word, words};

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum FileFormat {
    /// A YAML list
    Yaml,
    /// A JSON list
    Json,
    /// One JSON value a line
    Ndjson,
    /// A heading, then one grant a line
    Csv,
}

impl FileFormat {
    /// The format that a file's name stands for.
    pub(super) fn of(path: &Path) -> Result<Self, Failure> {
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("yaml" | "yml") => Ok(Self::Yaml),
            Some("json") => Ok(Self::Json),
            Some("ndjson" | "jsonl") => Ok(Self::Ndjson),
            Some("csv") => Ok(Self::Csv),
            _ => Err("the file's name does not say its format: give --format".into()),
        }
    }

    /// Reads grants.
    ///
    /// # Errors
    /// What is wrong, and on which line or in which entry.
    pub(super) fn read(self, text: &str) -> Result<Vec<GrantLine>, Failure> {
        match self {
            Self::Yaml => Ok(yaml_serde::from_str(text)?),
            Self::Json => Ok(serde_json::from_str(text)?),
            Self::Ndjson => text
                .lines()
                .enumerate()
                .filter(|(_, line)| !line.trim().is_empty())
                .map(|(index, line)| {
                    serde_json::from_str(line)
                        .map_err(|error| format!("line {}: {error}", index + 1).into())
                })
                .collect(),
            Self::Csv => csv::Reader::from_reader(text.as_bytes())
                .deserialize::<Row>()
                .map(|row| row.map_err(Failure::from).and_then(Row::into_line))
                .collect(),
        }
    }

    /// Writes grants.
    pub(super) fn write(self, lines: &[GrantLine]) -> Result<String, Failure> {
        match self {
            Self::Yaml => Ok(yaml_serde::to_string(lines)?),
            Self::Json => Ok(serde_json::to_string_pretty(lines)?),
            Self::Ndjson => {
                let lines: Result<Vec<_>, _> = lines.iter().map(serde_json::to_string).collect();
                Ok(lines?.join("\n"))
            }
            Self::Csv => {
                let mut writer = csv::Writer::from_writer(Vec::new());
                if lines.is_empty() {
                    writer.write_record(HEADING)?;
                }
                lines.iter().try_for_each(|line| writer.serialize(Row::of(line)))?;
                Ok(String::from_utf8(writer.into_inner().map_err(|error| error.to_string())?)?)
            }
        }
    }
}

const HEADING: [&str; 8] =
    ["bucket", "prefix", "kind", "subject", "permissions", "not_before", "expires_at", "reason"];

/// A grant in columns.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    bucket: String,
    #[serde(default)]
    prefix: String,
    #[serde(default)]
    kind: SubjectKind,
    subject: String,
    permissions: String,
    #[serde(default)]
    not_before: Option<chrono::DateTime<chrono::Utc>>,
    #[serde(default)]
    expires_at: Option<chrono::DateTime<chrono::Utc>>,
    #[serde(default)]
    reason: Option<String>,
}

impl Row {
    fn of(line: &GrantLine) -> Self {
        let line = line.clone();
        Self {
            bucket: line.bucket,
            prefix: line.prefix,
            kind: line.kind,
            subject: line.subject,
            permissions: words(&line.permissions),
            not_before: line.not_before,
            expires_at: line.expires_at,
            reason: line.reason,
        }
    }

    fn into_line(self) -> Result<GrantLine, Failure> {
        let permissions = self.permissions.split('+').map(|text| word::<Permission>(text.trim()));
        Ok(GrantLine {
            bucket: self.bucket,
            prefix: self.prefix,
            kind: self.kind,
            subject: self.subject,
            permissions: permissions.collect::<Result<_, _>>()?,
            not_before: self.not_before,
            expires_at: self.expires_at,
            reason: self.reason,
        })
    }
}

/// A grant as a line that gives it again.
pub(super) fn line(grant: Grant) -> GrantLine {
    GrantLine {
        bucket: grant.bucket,
        prefix: grant.prefix,
        kind: grant.kind,
        subject: grant.subject,
        permissions: grant.permissions,
        not_before: grant.not_before,
        expires_at: grant.expires_at,
        reason: grant.reason,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back_in_every_format() {
        let line = |subject: &str, reason: Option<&str>| GrantLine {
            bucket: "photos".to_owned(),
            prefix: "a b/ä,\"/".to_owned(),
            kind: SubjectKind::Group,
            subject: subject.to_owned(),
            permissions: [Permission::Read, Permission::Admin].into(),
            not_before: None,
            expires_at: chrono::DateTime::from_timestamp_micros(1_800_000_000_123_456),
            reason: reason.map(ToOwned::to_owned),
        };
        let subjects =
            ["ada", "=1+1", "*", "yes", "null", "1e3", "~", "a: b", "- x", "'q'", "ключ"];
        let mut lines: Vec<_> = subjects.map(|name| line(name, Some(name))).to_vec();
        lines.push(line("plain", None));
        lines.push(GrantLine { kind: SubjectKind::TokenGroup, ..line("ada", None) });
        lines.push(GrantLine {
            kind: SubjectKind::Public,
            prefix: String::new(),
            expires_at: None,
            ..line("*", None)
        });
        for format in [FileFormat::Yaml, FileFormat::Json, FileFormat::Ndjson, FileFormat::Csv] {
            let text = format.write(&lines).unwrap();
            assert_eq!(format.read(&text).unwrap(), lines, "{format:?}: {text}");
            assert_eq!(format.read(&format.write(&[]).unwrap()).unwrap(), [], "{format:?}");
        }
    }

    #[test]
    fn a_misspelt_field_is_an_error_in_every_format() {
        let yaml = "- bucket: b\n  subject: s\n  permissions: [read]\n  expires: never\n";
        let json = r#"[{"bucket":"b","subject":"s","permissions":["read"],"expires":"never"}]"#;
        let csv = "bucket,subject,permissions,expires\nb,s,read,never\n";
        assert!(FileFormat::Yaml.read(yaml).is_err());
        assert!(FileFormat::Json.read(json).is_err());
        assert!(FileFormat::Ndjson.read(&json[1..json.len() - 1]).is_err());
        assert!(FileFormat::Csv.read(csv).is_err());
    }
}
