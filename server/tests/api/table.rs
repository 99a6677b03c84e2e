//! Compares the operation table with the S3 model and the reviewed map: no operation is missing,
//! none is allowed more.

use std::collections::{BTreeMap, BTreeSet};

use sail_cargo_server::domain::s3::{BodyRule, Needs, Operation};
use serde::Deserialize;

#[derive(Deserialize)]
struct Shape {
    method: String,
    /// Whether `httpChecksum` is set.
    ck: bool,
    q: Vec<String>,
    h: Vec<String>,
}

fn model() -> BTreeMap<String, Shape> {
    serde_json::from_str(include_str!("../data/s3-model.json")).unwrap()
}

/// The reviewed map's columns: operation, permissions, opt-in, payload rule.
fn map() -> Vec<[String; 4]> {
    include_str!("../data/operations.csv")
        .lines()
        .skip(1)
        .filter(|line| !line.starts_with('(') && !line.starts_with("\"("))
        .map(|line| {
            let cells = cells(line);
            [0, 6, 7, 10].map(|column| cells[column].clone())
        })
        .collect()
}

/// Splits a CSV line with quotes.
fn cells(line: &str) -> Vec<String> {
    let (mut cells, mut cell, mut quoted) = (Vec::new(), String::new(), false);
    let mut characters = line.chars().peekable();
    while let Some(character) = characters.next() {
        match (character, quoted) {
            ('"', true) if characters.peek() == Some(&'"') => {
                cell.push('"');
                characters.next();
            }
            ('"', _) => quoted = !quoted,
            (',', false) => cells.push(std::mem::take(&mut cell)),
            _ => cell.push(character),
        }
    }
    cells.push(cell);
    cells
}

#[test]
fn the_table_has_every_operation_of_the_model_and_no_other() {
    let ours: BTreeSet<_> = Operation::ALL.iter().map(|operation| operation.name()).collect();
    let model = model();
    let theirs: BTreeSet<_> = model.keys().map(String::as_str).collect();
    assert_eq!(ours, theirs);
    assert_eq!(ours.len(), 116);
}

#[test]
fn each_row_carries_exactly_what_the_model_binds() {
    for (name, shape) in model() {
        let row = Operation::by_name(&name).unwrap().row();
        assert_eq!(row.method.as_str(), shape.method, "{name}");
        if row.needs == Needs::Never {
            continue;
        }
        assert_eq!(row.checksums, shape.ck, "{name}");
        let mut queries: BTreeSet<_> = shape.q.iter().map(String::as_str).collect();
        queries.extend((name == "SelectObjectContent").then_some("select-type"));
        queries.retain(|query| row.marker != Some(*query));
        assert_eq!(row.queries.iter().copied().collect::<BTreeSet<_>>(), queries, "{name}");
        let checksum = |header: &str| {
            shape.ck
                && header != "x-amz-checksum-algorithm"
                && header != "x-amz-checksum-type"
                && header != "x-amz-checksum-mode"
                && (header.starts_with("x-amz-checksum-") || header.starts_with("x-amz-sdk-"))
        };
        let headers: BTreeSet<_> = shape
            .h
            .iter()
            .map(|header| header.to_ascii_lowercase())
            .filter(|header| header.starts_with("x-amz-") && !checksum(header))
            .filter(|header| header != "x-amz-expected-bucket-owner")
            .collect();
        let ours: BTreeSet<_> = row.headers.iter().map(|header| (*header).to_owned()).collect();
        assert_eq!(ours, headers, "{name}");
    }
}

#[test]
fn each_row_needs_what_the_reviewed_map_says() {
    let map = map();
    assert_eq!(map.len(), 116);
    for [name, permissions, opt_in, payload] in map {
        let row = Operation::by_name(&name).unwrap().row();
        let needs = match (permissions.as_str(), opt_in.as_str()) {
            ("read", _) => Needs::Read,
            ("list", _) => Needs::List,
            ("write", _) => Needs::Write,
            ("write or list", _) => Needs::WriteOrList,
            ("delete", _) => Needs::Delete,
            ("write+delete", _) => Needs::WriteDelete,
            ("any grant on bucket", _) => Needs::Any,
            ("write@dest + read@source", _) => Needs::Copy,
            ("root", "yes") => Needs::RootOptIn,
            // The map's notes say so.
            ("root", _) if name == "RestoreObject" => Needs::RootInPlace,
            ("root", _) => Needs::Root,
            ("never", _) => Needs::Never,
            other => panic!("{name}: {other:?}"),
        };
        assert_eq!(row.needs, needs, "{name}");
        let body = match payload.as_str() {
            "hex64" => BodyRule::Hashed,
            "hex64 of the body, not empty" => BodyRule::Content,
            "hex64|UNSIGNED|STREAMING-UNSIGNED-TRAILER" => BodyRule::Stream,
            _ => BodyRule::None,
        };
        assert_eq!(row.body, body, "{name}");
    }
}
