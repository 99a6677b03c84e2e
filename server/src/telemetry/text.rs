//! Log lines for people: `[time LEVEL target] message key=value …`.

use std::fmt::{self, Write as _};

use chrono::{DateTime, Datelike as _, Timelike as _, Utc};
use env_logger::fmt::style::Style;
use log::{Level, Record, kv};

/// One log line, with its line break.
pub(super) fn line(record: &Record<'_>, now: DateTime<Utc>, style: Style) -> String {
    let mut line = String::with_capacity(256);
    line.push('[');
    push_time(&mut line, now);
    line.push(' ');
    push_level(&mut line, record.level(), style);
    line.push(' ');
    line.push_str(record.target());
    line.push_str("] ");
    // Writing to a `String` cannot fail.
    write!(OneLine(&mut line), "{}", record.args()).ok();
    record.key_values().visit(&mut Fields(&mut line)).ok();
    line.push('\n');
    line
}

/// Appends the time, such as `2026-11-25T21:39:48Z`.
fn push_time(line: &mut String, now: DateTime<Utc>) {
    let year = u32::try_from(now.year()).unwrap_or_default();
    push_digits(line, year / 100, "");
    push_digits(line, year % 100, "-");
    push_digits(line, now.month(), "-");
    push_digits(line, now.day(), "T");
    push_digits(line, now.hour(), ":");
    push_digits(line, now.minute(), ":");
    push_digits(line, now.second(), "Z");
}

/// Appends two digits, and the text `then`.
fn push_digits(line: &mut String, number: u32, then: &str) {
    for digit in [number / 10 % 10, number % 10] {
        line.push(char::from_digit(digit, 10).unwrap_or('?'));
    }
    line.push_str(then);
}

/// Appends the level, padded to five characters.
fn push_level(line: &mut String, level: Level, style: Style) {
    // Writing to a `String` cannot fail.
    write!(line, "{style}{level:<5}{style:#}").ok();
}

/// Escapes text from an untrusted source. The result contains no line break, no terminal command
/// and no change of the text direction.
pub(crate) struct OneLine<'a>(pub(crate) &'a mut String);

impl fmt::Write for OneLine<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if text.bytes().all(|byte| matches!(byte, 0x20..=0x7e)) {
            self.0.push_str(text);
            return Ok(());
        }
        for character in text.chars() {
            if is_plain(character) {
                self.0.push(character);
            } else {
                self.0.extend(character.escape_default());
            }
        }
        Ok(())
    }
}

/// Whether the character is neither a control character, nor a Unicode line break, nor a change of
/// direction.
fn is_plain(character: char) -> bool {
    !character.is_control()
        && !matches!(character, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Adds a record's key-value pairs.
struct Fields<'a>(&'a mut String);

impl<'kvs> kv::VisitSource<'kvs> for Fields<'_> {
    fn visit_pair(&mut self, key: kv::Key<'kvs>, value: kv::Value<'kvs>) -> Result<(), kv::Error> {
        self.0.extend([" ", key.as_str(), "="]);
        match value.to_borrowed_str() {
            // Quote a value that could be read as another field.
            Some(text) if text.contains([' ', '=', '"']) => write!(OneLine(self.0), "{text:?}")?,
            Some(text) => OneLine(self.0).write_str(text)?,
            None => write!(OneLine(self.0), "{value}")?,
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use env_logger::fmt::style::AnsiColor;

    use super::*;

    const PLAIN: Style = Style::new();

    fn said(args: fmt::Arguments<'_>, fields: &[(&str, kv::Value<'_>)], style: Style) -> String {
        let now = DateTime::from_timestamp(1_795_642_788, 999_000_000).unwrap();
        let mut record = Record::builder();
        let record = record.level(Level::Warn).target("access").args(args).key_values(&fields);
        line(&record.build(), now, style)
    }

    #[test]
    fn everything_has_its_place() {
        let fields = [("method", "GET".into()), ("micros", 7_u64.into())];
        assert_eq!(
            said(format_args!("answered"), &fields, PLAIN),
            "[2026-11-25T21:39:48Z WARN  access] answered method=GET micros=7\n"
        );
        let coloured = said(format_args!("answered"), &[], AnsiColor::Yellow.on_default());
        assert_eq!(coloured, "[2026-11-25T21:39:48Z \x1b[33mWARN \x1b[0m access] answered\n");
    }

    #[test]
    fn a_value_is_not_taken_for_another_field() {
        let line = said(format_args!("a"), &[("caller", "x status=200 \"".into())], PLAIN);
        assert!(line.ends_with("] a caller=\"x status=200 \\\"\"\n"), "{line}");
    }

    #[test]
    fn nobody_writes_a_second_line_or_a_terminal_s_commands() {
        let evil = "ada\n[2026-11-25T21:39:48Z INFO  access] root\x1b[2J";
        let as_text = said(format_args!("hello {evil}"), &[("caller", evil.into())], PLAIN);
        let as_value = said(format_args!(""), &[("caller", kv::Value::from_display(&evil))], PLAIN);
        for line in [as_text, as_value] {
            assert_eq!(line.matches('\n').count(), 1, "{line}");
            assert!(!line.contains('\x1b') && line.contains("\\n[2026"), "{line}");
        }
        let other = said(format_args!("\u{9b}2J\u{85}\u{2028}\u{202e} ü"), &[], PLAIN);
        assert!(other.ends_with("\\u{9b}2J\\u{85}\\u{2028}\\u{202e} ü\n"), "{other}");
    }
}
