//! A file of the record: paragraphs, each after an empty line.

use std::collections::VecDeque;
use std::fmt::Write;
use std::path::{Path, PathBuf};

const DIRECTORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/wire");
const HEADLINE: &str =
    "What the SDK sends and signs. Made by UPDATE_WIRE=1: read the difference.\n";

pub(super) struct Record {
    path: PathBuf,
}

impl Record {
    pub(super) fn of(name: &str) -> Self {
        Self { path: Path::new(DIRECTORY).join(name).with_extension("txt") }
    }

    /// Fails unless `sent` equals the record, byte for byte.
    pub(super) fn hold(&self, sent: &[String]) {
        let sent = [&[HEADLINE.to_owned()], sent].concat().join("\n");
        if accepts_changes() {
            std::fs::write(&self.path, &sent).unwrap();
        }
        let recorded = std::fs::read_to_string(&self.path).unwrap_or_default();
        if recorded != sent {
            let file = self.path.file_name().unwrap().display();
            panic!(
                "{}\nin {file}: the SDK sends something else than it did: read the difference, \
                 then run with UPDATE_WIRE=1 to accept",
                differences(&recorded, &sent)
            );
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "asked of whoever runs the tests, not of a server")]
fn accepts_changes() -> bool {
    std::env::var("UPDATE_WIRE").is_ok_and(|wish| wish == "1")
}

/// The number of paragraphs that differ, and the difference in the first of them.
fn differences(recorded: &str, sent: &str) -> String {
    let (mut recorded, mut sent) = (recorded.split("\n\n"), sent.split("\n\n"));
    let mut found = Vec::new();
    loop {
        match (recorded.next(), sent.next()) {
            (None, None) => break,
            (old, new) => found.extend(difference(old.unwrap_or(""), new.unwrap_or(""))),
        }
    }
    let first = found.first().map_or("their line ends", String::as_str);
    format!("requests that differ: {}; the first:\n{first}", found.len())
}

/// The lines of both texts: `-` before those only in `old`, `+` before those only in `new`.
pub(super) fn difference(old: &str, new: &str) -> Option<String> {
    let mut out = String::new();
    let mut ahead: VecDeque<_> = new.lines().collect();
    for line in old.lines() {
        let Some(at) = ahead.iter().position(|new| *new == line) else {
            writeln!(out, "- {line}").unwrap();
            continue;
        };
        for added in ahead.drain(..=at).take(at) {
            writeln!(out, "+ {added}").unwrap();
        }
        writeln!(out, "  {line}").unwrap();
    }
    for added in ahead {
        writeln!(out, "+ {added}").unwrap();
    }
    old.lines().ne(new.lines()).then_some(out)
}
