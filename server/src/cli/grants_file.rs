//! Grants in a file: YAML, JSON, JSON lines or CSV.

use std::path::Path;

use sail_cargo_protocol::GrantLine;

use super::failure::Failure;
use super::grants_in;
use super::grants_row::{HEADING, Row};
use crate::misread::Misread;

/// The format of a file of grants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum FileFormat {
    /// A YAML list
    Yaml,
    /// A JSON list
    Json,
    /// One JSON value per line
    Ndjson,
    /// A heading, then one grant per line
    Csv,
}

impl FileFormat {
    /// The format by the extension of a file's name.
    pub(super) fn of(path: &Path) -> Result<Self, Failure> {
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("yaml" | "yml") => Ok(Self::Yaml),
            Some("json") => Ok(Self::Json),
            Some("ndjson" | "jsonl") => Ok(Self::Ndjson),
            Some("csv") => Ok(Self::Csv),
            _ => Err("the file's name does not show its format: give --format".into()),
        }
    }

    /// Parses grants.
    ///
    /// # Errors
    /// [`Misread`] with what is wrong, and the line, grant and field where it is.
    pub(super) fn read(self, text: &str) -> Result<Vec<GrantLine>, Misread> {
        match self {
            Self::Yaml => grants_in::yaml(text),
            Self::Json => grants_in::json(text),
            Self::Ndjson => grants_in::ndjson(text),
            Self::Csv => grants_in::csv(text),
        }
    }

    /// Serializes grants.
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

#[cfg(test)]
mod tests {
    use sail_cargo_protocol::{Permission, PrefixKind, SubjectKind};

    use super::*;

    #[test]
    fn what_is_written_is_read_back_in_every_format() {
        let line = |subject: &str, reason: Option<&str>| GrantLine {
            bucket: "photos".to_owned(),
            prefix: "a b/ä,\"/".to_owned(),
            kind: SubjectKind::Group,
            subject: subject.to_owned(),
            permissions: [Permission::Read, Permission::Admin].into(),
            expires_at: chrono::DateTime::from_timestamp_micros(1_800_000_000_123_456),
            reason: reason.map(ToOwned::to_owned),
            ..GrantLine::default()
        };
        let subjects =
            ["ada", "=1+1", "*", "yes", "null", "1e3", "~", "a: b", "- x", "'q'", "ключ"];
        let mut lines: Vec<_> = subjects.map(|name| line(name, Some(name))).to_vec();
        lines.push(line("plain", None));
        lines.push(GrantLine { kind: SubjectKind::TokenGroup, ..line("ada", None) });
        lines.push(GrantLine {
            prefix: "home/${user}/".to_owned(),
            prefix_kind: PrefixKind::Template,
            ..line("ada", None)
        });
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
    #[test]
    fn what_is_wrong_is_told_with_its_line_grant_and_field() {
        let good = "- {bucket: photos, subject: ada, permissions: [read]}\n";
        let yaml = |rest: &str| FileFormat::Yaml.read(&format!("{good}{rest}"));
        let json = |rest: &str| {
            let good = r#"{"bucket": "photos", "subject": "ada", "permissions": ["read"]}"#;
            FileFormat::Json.read(&format!("[{good},\n{rest}]"))
        };
        let ndjson = |rest: &str| {
            let good = r#"{"bucket": "photos", "subject": "ada", "permissions": ["read"]}"#;
            FileFormat::Ndjson.read(&format!("{good}\n\n{rest}"))
        };
        let csv = |rest: &str| {
            let heading = "bucket,subject,permissions,kind,not_before";
            FileFormat::Csv.read(&format!("{heading}\nphotos,ada,read,user,\n{rest}"))
        };
        for (read, told) in [
            (
                yaml("- bucket: photos\n  subject: bob\n  permissions: [reed]\n"),
                "line 4, grant 2, permissions[0]: `reed` is none of `read`, `write`, `delete`, `admin`, `list`",
            ),
            (
                yaml("- bucket: photos\n  subject: [x]\n  permissions: [read]\n"),
                "grant 2, subject: a list is given where a text is expected",
            ),
            (
                yaml("- bucket: photos\n  permissions: [read]\n"),
                "line 2, grant 2: `subject` is missing",
            ),
            (
                yaml("- bucket: photos\n  subject: a\n  permissions: read\n"),
                "grant 2, permissions: `read` is given where a list is expected",
            ),
            (
                yaml("- bucket: photos\n  subject: a\n  permissions: [read]\n  expires_at: soon\n"),
                "grant 2, expires_at: is not a time such as",
            ),
            (yaml("- bucket: ["), "line 2"),
            (
                json(r#"{"bucket": "photos", "subject": "bob", "permissions": ["reed"]}"#),
                "line 2, grant 2, permissions[0]: `reed` is none of",
            ),
            (
                json(r#"{"bucket": "photos", "subject": null, "permissions": []}"#),
                "line 2, grant 2, subject: nothing is given where a text is expected",
            ),
            (json("{,}"), "line 2: column 2: "),
            (json("5"), "line 2, grant 2: 5 is given where an object with fields is expected"),
            (FileFormat::Json.read("{}"), "line 1: an object is given where a list is expected"),
            (
                ndjson(r#"{"bucket": "photos", "subject": "bob", "permissions": ["reed"]}"#),
                "line 3, grant 2, permissions[0]: `reed` is none of",
            ),
            (ndjson("{"), "line 3, grant 2: column 1: "),
            (
                csv("photos,bob,read+reed,user,\n"),
                "line 3, grant 2, permissions: `reed` is none of",
            ),
            (csv("photos,bob,read,usr,\n"), "line 3, grant 2, kind: `usr` is none of"),
            (
                csv("photos,bob,read,user,soon\n"),
                "line 3, grant 2, not_before: is not a time such as",
            ),
            (csv("photos,bob,read\n"), "line 3, grant 2: has 3 columns where the heading has 5"),
            (
                FileFormat::Csv.read("bucket,permissions\nphotos,read\n"),
                "line 2, grant 1: `subject` is missing",
            ),
            (
                FileFormat::Csv.read("bucket,subject,permissions,expires\nb,s,read,x\n"),
                "line 2, grant 1",
            ),
        ] {
            let error = read.unwrap_err().to_string();
            assert!(error.contains(told), "{told}\n{error}");
            let rust = ["variant", "struct", "sequence", "invalid type", "CSV deserialize"];
            assert!(!rust.iter().any(|word| error.contains(word)), "{error}");
        }
    }
}
