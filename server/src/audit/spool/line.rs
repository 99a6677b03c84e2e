//! An event as a line of a segment, in a format that does not depend on the row.
//!
//! A line names its version; only the first version does not ([`Line1`]). A version refuses unknown
//! fields: a new field needs a new version, and an older server leaves such lines where they are.

use sail_cargo_database::DatabaseError;
use sail_cargo_database::tables::audit_events::NewEventRow;
use serde::Deserialize;

use super::super::event;
use super::line_1::Line1;
use super::line_2::Line2;
use super::line_3::Line3;

/// Why a line was not read. The line's content is not reported, because it may be anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unread {
    /// A newer version wrote the line.
    Newer,
    /// No version wrote the line, or it was altered.
    Damaged,
}

/// The part of a line that every version has.
#[derive(Deserialize)]
struct Version {
    v: Option<u64>,
}

/// Appends `event` to `lines` as one line.
pub(super) fn write(event: &NewEventRow, lines: &mut Vec<u8>) -> Result<(), DatabaseError> {
    serde_json::to_writer(&mut *lines, &Line3::from(event)).map_err(DatabaseError::corrupt)?;
    lines.push(b'\n');
    Ok(())
}

/// Parses a line of any known version.
pub(super) fn read(line: &[u8]) -> Result<NewEventRow, Unread> {
    let Version { v } = serde_json::from_slice(line).map_err(|_| Unread::Damaged)?;
    let event = match v {
        None => serde_json::from_slice(line).map(|line: Line1| line.into()),
        Some(2) => serde_json::from_slice(line).map(|line: Line2<'_>| line.into()),
        Some(3) => serde_json::from_slice(line).map(|line: Line3<'_>| line.into()),
        Some(0 | 1) => return Err(Unread::Damaged),
        Some(_) => return Err(Unread::Newer),
    };
    event.ok().filter(event::is_sound).ok_or(Unread::Damaged)
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::audit::decision::{Decision, SignedRequest};
    use crate::domain::{Caller, Context, OperatorName, Origin, Outcome, ProjectId};

    /// The first version, from before operators had a trail.
    const OLDEST: &str = r#"{"id":"01932c07-0000-7000-8000-000000000000","project_id":"4146964c-59d3-4f31-a6b2-758bc79c0fdf","at":1,"request_id":"r","actor":"user:ada","via_key":null,"action":"s3:GetObject","bucket":"photos","object_key":"a\nb","outcome":"allow","reason":"ok","detail":"signed","revision":1,"method":"GET","payload":null,"access_key_id":"AKIA1"}"#;

    /// The first version, as its last release wrote it.
    const FIRST: &str = r#"{"id":"01932c07-0000-7000-8000-000000000000","project_id":"4146964c-59d3-4f31-a6b2-758bc79c0fdf","at":1,"request_id":"r","actor":"user:ada","via_key":null,"action":"s3:GetObject","bucket":"photos","object_key":"a\nb","outcome":"allow","reason":"ok","detail":"signed","revision":1,"method":"GET","payload":null,"access_key_id":"AKIA1","for_operators":true,"address":"192.0.2.7","agent":"curl/8","caller_request_id":"mine","count":3,"first_at":1}"#;

    /// The second version.
    const SECOND: &str = r#"{"v":2,"id":"01932c07-0000-7000-8000-000000000000","project_id":"4146964c-59d3-4f31-a6b2-758bc79c0fdf","at":1,"request_id":"r","actor":"user:ada","via_key":null,"action":"s3:GetObject","bucket":"photos","object_key":"a\nb","outcome":"allow","reason":"ok","detail":"signed","revision":1,"method":"GET","payload":null,"access_key_id":"AKIA1","for_operators":true,"address":"192.0.2.7","agent":"curl/8","caller_request_id":"mine","count":3,"first_at":1}"#;

    /// The third version, which is written today.
    const THIRD: &str = r#"{"v":3,"e":["01932c07-0000-7000-8000-000000000000","4146964c-59d3-4f31-a6b2-758bc79c0fdf",1,"r","user:ada",null,"s3:GetObject","photos","a\nb","allow","ok","signed",1,"GET",null,"AKIA1",true,"192.0.2.7","curl/8","mine",3,1]}"#;

    fn read(line: &str) -> Result<NewEventRow, Unread> {
        super::read(line.as_bytes())
    }

    fn written(event: &NewEventRow) -> String {
        let mut lines = Vec::new();
        write(event, &mut lines).unwrap();
        String::from_utf8(lines).unwrap()
    }

    #[test]
    fn a_line_matches_the_golden_text() {
        assert_eq!(written(&read(THIRD).unwrap()), format!("{THIRD}\n"));
    }

    #[test]
    fn lines_of_all_versions_say_the_same() {
        assert_eq!(read(FIRST), read(THIRD));
        assert_eq!(read(SECOND), read(THIRD));
        let oldest = read(OLDEST).unwrap();
        assert_eq!((oldest.for_operators, &oldest.agent, oldest.count), (false, &None, None));
        assert_eq!(read(&written(&oldest)), Ok(oldest));
    }

    #[test]
    fn lines_of_the_single_operator_are_in_the_operators_trail() {
        let line = OLDEST.replace("user:ada", "operator");
        assert!(read(&line).unwrap().for_operators);
    }

    #[test]
    fn a_newer_line_is_distinguished_from_a_damaged_one() {
        for line in [r#"{"v":4}"#, r#"{"other":[1,"form"],"v":5}"#] {
            assert_eq!(read(line), Err(Unread::Newer), "{line}");
        }
        let newer = THIRD.replace("\"v\":3", "\"v\":4");
        assert_eq!(read(&newer), Err(Unread::Newer));
        for line in [
            "",
            "{}",
            "null",
            r#"{"v":4"#,
            r#"{"v":"4"}"#,
            r#"{"v":3}"#,
            r#"{"v":0}"#,
            r#"{"v":-1}"#,
        ] {
            assert_eq!(read(line), Err(Unread::Damaged), "{line}");
        }
        let named = FIRST.replacen('{', "{\"v\":1,", 1);
        assert_eq!(read(&named), Err(Unread::Damaged), "the first version did not say so");
    }

    #[test]
    fn an_event_of_neither_a_project_nor_the_operators_is_damaged() {
        let nobodys = |line: &str| {
            line.replace(
                "\"project_id\":\"4146964c-59d3-4f31-a6b2-758bc79c0fdf\"",
                "\"project_id\":null",
            )
        };
        assert!(read(&nobodys(SECOND)).is_ok());
        let project = "\"4146964c-59d3-4f31-a6b2-758bc79c0fdf\"";
        let of_operators = THIRD.replace(project, "null");
        assert!(read(&of_operators).is_ok());
        assert_eq!(read(&of_operators.replace("true", "false")), Err(Unread::Damaged));
        assert_eq!(read(&nobodys(OLDEST)), Err(Unread::Damaged));
    }

    #[test]
    fn an_event_is_some_kilobytes_whatever_is_asked() {
        let long = || "\u{1f980}x\0".repeat(100_000);
        let context = Context {
            caller: Caller::Operator { name: OperatorName::command_line(), project: None },
            now: DateTime::UNIX_EPOCH,
            request_id: "r".to_owned(),
            origin: Origin::default(),
            at_least: None,
            idempotency: None,
        };
        let decision = Decision {
            project: ProjectId::parse("00000000-0000-4000-8000-000000000000").unwrap(),
            action: "s3:?",
            bucket: Some(long()),
            object: Some(long()),
            outcome: Outcome::Malformed,
            reason: "url",
            detail: long().into(),
            revision: None,
            request: Some(SignedRequest {
                method: long().into(),
                payload: Some(long().into()),
                access_key_id: None,
            }),
        };
        let event = event::of_decision(&context, decision);
        let line = written(&event);
        assert!(line.len() < 6 * 1024, "{}", line.len());
        assert_eq!(line.matches('\n').count(), 1, "one line, whatever is in it");
        assert_eq!(read(&line), Ok(event));
    }

    #[test]
    fn what_no_version_wrote_is_not_read() {
        let changes = [
            ("\"allow\"", "\"maybe\""),
            ("01932c07", "zzzzzzzz"),
            ("\"at\":1", "\"at\":\"1\""),
            ("\"at\":1", "\"at\":1,\"token\":\"x\""),
            ("signed", "signed\\u0000"),
            ("\"project_id\":\"", "\"project_id\":\"'; DROP TABLE grant_; --"),
        ];
        let of_third = [
            ("\"allow\"", "\"maybe\""),
            ("01932c07", "zzzzzzzz"),
            (",1,\"r\"", ",\"1\",\"r\""),
            (",3,1]", ",3,1,\"x\"]"),
            (",3,1]", ",3]"),
            ("]}", "],\"token\":\"x\"}"),
            ("signed", "signed\\u0000"),
            ("4146964c", "'; DROP TABLE grant_; --"),
        ];
        let named = [OLDEST, FIRST, SECOND].into_iter().map(|line| (line, changes.as_slice()));
        for (line, changes) in named.chain([(THIRD, of_third.as_slice())]) {
            for (old, new) in changes {
                let spoilt = line.replace(old, new);
                assert_ne!(spoilt, line);
                assert_eq!(read(&spoilt), Err(Unread::Damaged), "{new}");
            }
        }
    }
}
