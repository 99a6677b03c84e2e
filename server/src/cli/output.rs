//! Output: data goes to standard output, messages to standard error.

use std::io::{self, Write as _};
use std::process::ExitCode;

use super::visible::{visible, visible_lines};

/// Prints data. A closed pipe is no error.
pub(super) fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let text = if text.ends_with('\n') { text.to_owned() } else { format!("{text}\n") };
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// Prints data for a person, with hidden characters escaped.
pub(super) fn show(text: &str) -> io::Result<()> {
    print(&visible_lines(text))
}

/// Prints a message for a person, with hidden characters escaped.
pub(super) fn say(text: &str) {
    writeln!(io::stderr().lock(), "{}", visible_lines(text)).ok();
}

/// Prints an error. Returns exit code 1.
pub(super) fn fail(error: &str) -> ExitCode {
    say(&format!("sail-cargo: {error}"));
    ExitCode::FAILURE
}

/// An error and its causes in one line.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let next = error.to_string();
        if !words.ends_with(&next) {
            words.push_str(": ");
            words.push_str(&next);
        }
        cause = error.source();
    }
    words
}

/// Prints rows below a heading.
pub(super) fn table<const N: usize>(heading: [&str; N], rows: &[[String; N]]) -> io::Result<()> {
    print(&columns(heading, rows))
}

/// Aligns cells in columns as wide as their widest cell.
fn columns<const N: usize>(heading: [&str; N], rows: &[[String; N]]) -> String {
    let mut widths = heading.map(str::len);
    let rows: Vec<_> = rows.iter().map(|row| row.each_ref().map(|cell| visible(cell))).collect();
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let line = |cells: [&str; N]| {
        let padded: Vec<String> =
            cells.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        format!("{}\n", padded.join("  ").trim_end())
    };
    let mut text = line(heading);
    for row in &rows {
        text.push_str(&line(row.each_ref().map(AsRef::as_ref)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_stays_in_its_row() {
        let rows = [
            ["1".to_owned(), "a\nSIZE  KEY\u{1b}[2J".to_owned()],
            ["22".to_owned(), "ü".to_owned()],
        ];
        let text = columns(["SIZE", "KEY"], &rows);
        assert_eq!(text, "SIZE  KEY\n1     a\\nSIZE  KEY\\u{1b}[2J\n22    ü\n");
    }
}
