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
        Needs::List => "list",
        Needs::Write => "write",
        Needs::WriteOrList => "write or list",
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
        "# Which permission each S3 operation needs\n\n\
         For operators and application developers: the grants, request body and storage that Cargo \
         requires before it signs an operation. `sail-cargo operations -o markdown` prints this \
         page, and a test compares it. `sail-cargo operations -o json` adds the query keys and \
         `x-amz-*` headers of each operation.\n\n\
         * *read*, *list*, *write*, *delete*: the caller's grants must give this permission on the key, or \
         on the prefix of a listing. *any grant*: one grant on the bucket is enough. \
         *read* contains *list*.\n\
         * *root*: only the application itself, by its API key. *opted in*: the project's \
         `root_extra` must also name the operation. *unless in place*: RestoreObject needs no opt-in \
         if the storage is proved to bind bodies, and the body is sent along without `Type`, \
         `SelectParameters` and `OutputLocation`, which write to another bucket.\n\
         * *never*: Cargo signs it for nobody.\n\
         * Body: *none* (the hash of the empty body, or unsigned), *hashed* (64 hex digits), *any* \
         (hashed, unsigned, or streamed with a trailing checksum).\n\
         * Storage: *any*, or *proved*: a probe must have shown that the storage knows the \
         sub-resource. If the probe showed that the storage runs it as the plain request, Cargo \
         signs it for nobody on that storage (`subresource_unsupported`).\n\
         * DeleteObjects needs *delete* on each key, if a probe showed that the storage compares a \
         body with its hash and the body is sent along. Otherwise it needs *delete* on the whole \
         bucket (`body_unbound`).\n\
         * The S3 gateway applies this table, with these differences. It judges each key of \
         DeleteObjects by itself, on every storage. Where the table demands *hashed*, it accepts an \
         unsigned body and hashes it. It answers ListBuckets, GetBucketLocation, GetBucketAcl, \
         GetObjectAcl and PutObjectAcl with `private` by itself, for users too ([gateway.md](gateway.md)).\n\n\
         | operation | method | level | sub-resource | needs | body | storage |\n\
         |---|---|---|---|---|---|---|\n",
    );
    for operation in Operation::ALL {
        page.extend(["| ", &row(*operation).join(" | "), " |\n"]);
    }
    page + QUERY_VALUES + &query_values() + PAGING
}

const QUERY_VALUES: &str = "\n## What a query key may hold\n\n\
    Cargo checks a value after one percent-decoding, and refuses all others (`query_value`, or the \
    code of the rule of keys that is broken). The versions in a DeleteObjects body and in \
    `x-amz-copy-source` follow the rule of `versionId`. `x-id` must name the operation. All other \
    keys take no value.\n\n\
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
    A storage may hold keys that Cargo never signs, stored by other programs: keys with a `.` or \
    `..` segment, or with a literal `%2E`, `%2F`, `%5C` or `%00` (these the gateway takes for \
    storages that read them in one way). Listings show such keys. To continue a listing behind \
    one:\n\n\
    * `continuation-token` continues behind such a key if the storage's tokens are opaque (AWS, \
    MinIO, Garage, rclone). If a token is the next key itself (SeaweedFS, Ceph, s3s-fs), a key with \
    a literal `%2F` works; a key with a dot segment or a control character is refused.\n\
    * `marker`, `start-after` and `key-marker` are refused if they are such a key (`dot_segment`, \
    `double_encoded`, `control_char`). Continue behind all keys that share the refused part: cut \
    the key off there and raise the last byte, `a/../b` to `a/..0`, `a%2Fb` to `a%2G`.\n\
    * MinIO lengthens the `marker` of a page by up to 100 bytes. After a key of more than 924 bytes \
    the marker may be longer than a key can be, and is refused: use `list-type=2`.\n";

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
