//! The stored form of a storage probe's report: the column `store.probe`.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::columns::{json, to_json};
use crate::domain::ProbeReport;
use crate::domain::storage_contract::{ProbeCase, ProbeOutcome, ProbeSeverity, SubResource};
use crate::error::DatabaseError;

/// A report as it is stored. The names and formats of the fields never change. An earlier release
/// ignores the fields that a later one adds.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct ReportRecord {
    probed_at: DateTime<Utc>,
    safe: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    server: Option<String>,
    cases: Vec<CaseRecord>,
    #[serde(default)]
    sub_resources: Vec<SubResourceRecord>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct CaseRecord {
    id: String,
    title: String,
    severity: SeverityWord,
    outcome: OutcomeWord,
    meaning: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    advice: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct SubResourceRecord {
    operation: String,
    runs_as: String,
    outcome: OutcomeWord,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
enum SeverityWord {
    #[serde(rename = "fatal")]
    Fatal,
    /// The first releases wrote `serious`.
    #[serde(rename = "bounded", alias = "serious")]
    Bounded,
    #[serde(rename = "by_design")]
    ByDesign,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
enum OutcomeWord {
    #[serde(rename = "refused")]
    Refused,
    #[serde(rename = "accepted")]
    Accepted,
    #[serde(rename = "acted")]
    Acted,
    #[serde(rename = "untestable")]
    Untestable,
}

/// Parses a report from its column.
pub(crate) fn read(text: &str) -> Result<ProbeReport, DatabaseError> {
    json::<ReportRecord>(text).map(Into::into)
}

/// Serializes a report for its column.
pub(crate) fn write(report: &ProbeReport) -> Result<String, DatabaseError> {
    to_json(&ReportRecord::from(report.clone()))
}

impl From<ProbeReport> for ReportRecord {
    fn from(report: ProbeReport) -> Self {
        Self {
            probed_at: report.probed_at,
            safe: report.safe,
            server: report.server,
            cases: report.cases.into_iter().map(Into::into).collect(),
            sub_resources: report.sub_resources.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<ReportRecord> for ProbeReport {
    fn from(record: ReportRecord) -> Self {
        Self {
            probed_at: record.probed_at,
            safe: record.safe,
            server: record.server,
            cases: record.cases.into_iter().map(Into::into).collect(),
            sub_resources: record.sub_resources.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<ProbeCase> for CaseRecord {
    fn from(case: ProbeCase) -> Self {
        Self {
            id: case.id,
            title: case.title,
            severity: case.severity.into(),
            outcome: case.outcome.into(),
            meaning: case.meaning,
            advice: case.advice,
        }
    }
}

impl From<CaseRecord> for ProbeCase {
    fn from(record: CaseRecord) -> Self {
        Self {
            id: record.id,
            title: record.title,
            severity: record.severity.into(),
            outcome: record.outcome.into(),
            meaning: record.meaning,
            advice: record.advice,
        }
    }
}

impl From<SubResource> for SubResourceRecord {
    fn from(sub_resource: SubResource) -> Self {
        let SubResource { operation, runs_as, outcome } = sub_resource;
        Self { operation, runs_as, outcome: outcome.into() }
    }
}

impl From<SubResourceRecord> for SubResource {
    fn from(record: SubResourceRecord) -> Self {
        let SubResourceRecord { operation, runs_as, outcome } = record;
        Self { operation, runs_as, outcome: outcome.into() }
    }
}

impl From<ProbeSeverity> for SeverityWord {
    fn from(severity: ProbeSeverity) -> Self {
        match severity {
            ProbeSeverity::Fatal => Self::Fatal,
            ProbeSeverity::Bounded => Self::Bounded,
            ProbeSeverity::ByDesign => Self::ByDesign,
        }
    }
}

impl From<SeverityWord> for ProbeSeverity {
    fn from(word: SeverityWord) -> Self {
        match word {
            SeverityWord::Fatal => Self::Fatal,
            SeverityWord::Bounded => Self::Bounded,
            SeverityWord::ByDesign => Self::ByDesign,
        }
    }
}

impl From<ProbeOutcome> for OutcomeWord {
    fn from(outcome: ProbeOutcome) -> Self {
        match outcome {
            ProbeOutcome::Refused => Self::Refused,
            ProbeOutcome::Accepted => Self::Accepted,
            ProbeOutcome::Acted => Self::Acted,
            ProbeOutcome::Untestable => Self::Untestable,
        }
    }
}

impl From<OutcomeWord> for ProbeOutcome {
    fn from(word: OutcomeWord) -> Self {
        match word {
            OutcomeWord::Refused => Self::Refused,
            OutcomeWord::Accepted => Self::Accepted,
            OutcomeWord::Acted => Self::Acted,
            OutcomeWord::Untestable => Self::Untestable,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The format since reports have sub-resources.
    const WRITTEN: &str = r#"{"probed_at":"2026-11-28T16:00:10.954673Z","safe":true,"server":"SeaweedFS 30GB 4.48","cases":[{"id":"R001","title":"t","severity":"fatal","outcome":"refused","meaning":"m"},{"id":"R012","title":"t","severity":"bounded","outcome":"acted","meaning":"m","advice":"a"},{"id":"P001","title":"t","severity":"by_design","outcome":"accepted","meaning":"m"},{"id":"P002","title":"t","severity":"fatal","outcome":"untestable","meaning":"m"}],"sub_resources":[{"operation":"DeleteBucketCors","runs_as":"DeleteBucket","outcome":"acted"}]}"#;

    #[test]
    fn a_report_matches_the_golden_text() {
        assert_eq!(write(&read(WRITTEN).unwrap()).unwrap(), WRITTEN);
    }

    #[test]
    fn what_the_first_release_wrote_is_read() {
        let first = r#"{"probed_at":"2026-11-28T16:00:10Z","safe":false,"cases":[{"id":"R012","title":"t","severity":"serious","outcome":"acted","meaning":"m"}]}"#;
        let report = read(first).unwrap();
        assert_eq!((report.server, report.sub_resources.len()), (None, 0));
        assert_eq!(report.cases[0].severity, ProbeSeverity::Bounded);
    }

    #[test]
    fn reports_in_unknown_formats_are_refused() {
        for text in ["", "{}", "null", r#"{"probed_at":0,"safe":true,"cases":[]}"#] {
            assert!(read(text).is_err(), "{text}");
        }
        assert!(read(&WRITTEN.replace("\"acted\"", "\"danced\"")).is_err());
    }
}
