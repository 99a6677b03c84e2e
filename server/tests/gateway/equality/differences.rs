//! The differences that docs/gateway.md accepts, each with its reason.

use std::collections::BTreeSet;

/// Has the list, between a heading and the next one.
const DOCUMENT: &str = include_str!("../../../../docs/gateway.md");
const HEADING: &str = "\n## Differences";

/// One line of the list.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Difference {
    /// The operations; `*` stands for any characters at the end.
    operations: Vec<&'static str>,
    /// `status`, `body`, headers' names, or `all`.
    parts: Vec<&'static str>,
    /// What each side says; `*` for anything, `-` for nothing.
    directly: &'static str,
    through: &'static str,
}

/// The list, with what has been used of it.
pub(super) struct Differences {
    list: Vec<Difference>,
    used: BTreeSet<usize>,
}

impl Differences {
    /// # Panics
    /// A line has no reason, or names no operation.
    pub(super) fn read() -> Self {
        let section = DOCUMENT.split_once(HEADING).expect("docs/gateway.md has its list").1;
        let section = section.split_once("\n## ").map_or(section, |(section, _)| section);
        let rows = section.lines().filter(|line| line.starts_with("| `"));
        Self { list: rows.map(Difference::parse).collect(), used: BTreeSet::new() }
    }

    /// Whether the list has this difference.
    pub(super) fn accept(
        &mut self,
        operation: &str,
        (part, directly, through): &(String, String, String),
    ) -> bool {
        let mut found = self.list.iter().enumerate();
        let found = found.find(|(_, it)| it.is(operation, part, directly, through));
        let Some((at, _)) = found else { return false };
        self.used.insert(at);
        true
    }

    /// The lines that no operation needed.
    pub(super) fn unused(&self) -> Vec<String> {
        let list = self.list.iter().enumerate();
        let unused = list.filter(|(at, _)| !self.used.contains(at));
        unused.map(|(_, difference)| format!("{difference:?}")).collect()
    }
}

impl Difference {
    fn parse(row: &'static str) -> Self {
        let cells: Vec<_> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        let [operations, part, directly, through, reason] = cells[..] else {
            panic!("a line of the list needs five cells: {row}")
        };
        assert!(reason.len() > 20, "a line of the list needs its reason: {row}");
        let plain = |cell: &'static str| cell.trim_matches('`');
        Self {
            operations: operations.split(", ").map(plain).collect(),
            parts: part.split(", ").map(plain).collect(),
            directly: plain(directly),
            through: plain(through),
        }
    }

    fn is(&self, operation: &str, part: &str, directly: &str, through: &str) -> bool {
        let says = |pattern: &str, value: &str| pattern == "*" || pattern == value;
        names(&self.operations, operation)
            && (self.parts == ["all"] || names(&self.parts, part))
            && says(self.directly, directly)
            && says(self.through, through)
    }
}

/// Whether a pattern is of this name; `*` stands for any characters at the end.
fn names(patterns: &[&str], name: &str) -> bool {
    patterns.iter().any(|pattern| match pattern.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == *pattern,
    })
}
