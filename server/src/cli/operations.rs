//! `operations`: prints the policy table for reviewers.

use std::collections::BTreeSet;

use serde_json::json;

use super::failure::Failure;
use super::output;
use crate::domain::StorageContract;
use crate::domain::s3::{BodyRule, Level, Needs, Operation, query_value_rule};

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  sail-cargo operations -o csv | grep root")]
pub(super) struct OperationsArgs {
    /// The output format
    #[arg(short, long, value_enum, default_value_t)]
    output: Format,
}

#[derive(Debug, Clone, Copy, Default, clap::ValueEnum)]
enum Format {
    /// Columns
    #[default]
    Table,
    /// JSON, with query keys and headers
    Json,
    /// Columns separated by commas
    Csv,
    /// The page docs/operations.md
    Markdown,
}

const HEADING: [&str; 7] = ["OPERATION", "METHOD", "LEVEL", "KEY", "NEEDS", "BODY", "STORAGE"];

pub(super) fn operations(args: &OperationsArgs) -> Result<(), Failure> {
    let rows: Vec<[String; 7]> = Operation::ALL.iter().map(|operation| row(*operation)).collect();
    match args.output {
        Format::Table => output::table(HEADING, &rows)?,
        Format::Csv => {
            let lines: Vec<String> = rows.iter().map(|row| row.join(",")).collect();
            output::print(&format!("{}\n{}", HEADING.join(",").to_lowercase(), lines.join("\n")))?;
        }
        Format::Markdown => output::print(&markdown())?,
        Format::Json => {
            let all: Vec<_> = Operation::ALL.iter().map(|operation| object(*operation)).collect();
            output::print(&serde_json::to_string_pretty(&all)?)?;
        }
    }
    Ok(())
}

fn row(operation: Operation) -> [String; 7] {
    let row = operation.row();
    [
        row.name,
        row.method.as_str(),
        level(row.level),
        row.marker.unwrap_or("-"),
        needs(row.needs),
        body(row.body),
        storage(operation),
    ]
    .map(str::to_owned)
}

fn object(operation: Operation) -> serde_json::Value {
    let row = operation.row();
    json!({
        "operation": row.name,
        "method": row.method.as_str(),
        "level": level(row.level),
        "key": row.marker,
        "needs": needs(row.needs),
        "body": body(row.body),
        "storage": storage(operation),
        "checksums": row.checksums,
        "queries": row.queries,
        "headers": row.headers,
    })
}

/// The storages for which an operation is signed: any, or only proved ones.
fn storage(operation: Operation) -> &'static str {
    let unproved = StorageContract::unproved();
    if unproved.unsupported.contains(&operation) { "proved" } else { "any" }
}

const fn level(level: Level) -> &'static str {
    match level {
        Level::Account => "account",
        Level::Bucket => "bucket",
        Level::Object => "object",
    }
}

const fn needs(needs: Needs) -> &'static str {
    match needs {
        Needs::Read => "read",
        Needs::Write => "write",
        Needs::Delete => "delete",
        Needs::WriteDelete => "write+delete",
        Needs::Any => "any grant",
        Needs::Copy => "write + read at source",
        Needs::Root => "root",
        Needs::RootOptIn => "root, opted in",
        Needs::RootInPlace => "root; opted in unless in place",
        Needs::Never => "never",
    }
}

const fn body(body: BodyRule) -> &'static str {
    match body {
        BodyRule::None => "none",
        BodyRule::Hashed => "hashed",
        BodyRule::Content => "hashed, not empty",
        BodyRule::Stream => "any",
    }
}

/// The text of docs/operations.md.
fn markdown() -> String {
    let mut page = String::from(
        "# What it takes to have an S3 operation signed\n\n\
         Printed by `sail-cargo operations -o markdown`; a test compares this page with it. \
         `sail-cargo operations -o json` adds the query keys and `x-amz-*` headers of each.\n\n\
         * *read*, *write*, *delete*: the caller's grants on the key, or on the prefix of a \
         listing, give this permission; *any grant*: they give at least one.\n\
         * *root*: the application itself, by its API key; *opted in*: and the project's \
         `root_extra` names the operation; *unless in place*: RestoreObject needs no opt-in on a \
         storage that is proved to bind bodies, when its body is sent along and asks for no `Type`, \
         `SelectParameters` or `OutputLocation`, which write to another bucket.\n\
         * *never*: signed for no caller.\n\
         * Body: *none* (the hash of nothing, or unsigned), *hashed* (64 hex digits), *any* \
         (hashed, unsigned, or streamed with a trailing checksum).\n\
         * Storage: *any*, or *proved*: a probe has shown that the storage knows the sub-resource. \
         If a storage ran the request as if it had no sub-resource, the operation is never signed \
         for it (`subresource_unsupported`).\n\
         * DeleteObjects needs *delete* on each key if a probe has shown that the storage checks a \
         body against its hash and the body is sent along, otherwise on the whole bucket \
         (`body_unbound`).\n\n\
         | operation | method | level | sub-resource | needs | body | storage |\n\
         |---|---|---|---|---|---|---|\n",
    );
    for operation in Operation::ALL {
        page.extend(["| ", &row(*operation).join(" | "), " |\n"]);
    }
    page + QUERY_VALUES + &query_values() + PAGING
}

const QUERY_VALUES: &str = "\n## What a query key may hold\n\n\
    Values are checked after one percent-decoding, and any other value is refused (`query_value`, \
    or the code of the rule of keys that is broken). The versions in a DeleteObjects body and in \
    `x-amz-copy-source` are ids, too. `x-id` names the operation. All other keys take no value.\n\n\
    | query key | value |\n|---|---|\n";

/// A table of the query keys that take a value.
fn query_values() -> String {
    let rows = Operation::ALL.iter().map(|operation| operation.row());
    let keys: BTreeSet<_> =
        rows.flat_map(|row| row.queries.iter().copied().chain(row.marker)).collect();
    let rule = |key| query_value_rule(key).map(|rule| format!("| {key} | {rule} |\n"));
    keys.into_iter().filter_map(rule).collect()
}

const PAGING: &str = "\n## Listing keys that are not signed\n\n\
    A storage may hold keys that no signature is given for, put there by others: with a `.` or `..` \
    segment, or a literal `%2E`, `%2F`, `%5C` or `%00`. Listings show them.\n\n\
    * `continuation-token` goes on past them where the storage's tokens are opaque (AWS, MinIO, \
    Garage, rclone). Where a token is the next key itself (SeaweedFS, Ceph, s3s-fs), one with a \
    literal `%2F` goes on; one with a dot segment or a control character is refused.\n\
    * `marker`, `start-after` and `key-marker` are refused when they are such a key (`dot_segment`, \
    `double_encoded`, `control_char`). Go on behind all keys that share its odd part: cut it off \
    there and raise the last byte, `a/../b` to `a/..0`, `a%2Fb` to `a%2G`.\n\
    * MinIO lengthens the `marker` of a page by up to 100 bytes of its own. Behind a key of more \
    than 924 bytes it may be longer than a key can be, and is refused: list with `list-type=2` \
    there.\n";

#[cfg(test)]
mod tests {
    #[test]
    fn the_page_has_not_drifted() {
        let page = include_str!("../../../docs/operations.md");
        assert!(
            page == super::markdown(),
            "run: cargo run -p sail-cargo-server -- operations -o markdown > docs/operations.md"
        );
    }
}
