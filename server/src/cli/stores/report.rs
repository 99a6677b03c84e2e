//! Prints what a probe found.

use std::process::ExitCode;

use sail_cargo_protocol as wire;

use super::super::failure::Failure;
use super::super::output;
use crate::storage_probe::{StoreUse, text, verdict};

/// The output format of a report.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Format {
    /// Text, for people
    #[default]
    Text,
    /// JSON, for programs
    Json,
}

/// Prints the report. With `lenient`, findings that the operator dealt with are no failure.
pub(super) fn show(
    report: &wire::ProbeReport,
    format: Format,
    store: &wire::Store,
    lenient: bool,
) -> Result<ExitCode, Failure> {
    print(report, format, &text(report))?;
    output::say(&verdict(report, StoreUse::from(store)));
    Ok(if report.safe || lenient { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Prints the report in its format, for people as `text`.
pub(super) fn print(report: &wire::ProbeReport, format: Format, text: &str) -> Result<(), Failure> {
    match format {
        Format::Text => Ok(output::show(text)?),
        Format::Json => Ok(output::print(&serde_json::to_string_pretty(report)?)?),
    }
}
