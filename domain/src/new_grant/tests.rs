use sail_cargo_protocol::{Permission, PrefixKind, SubjectKind};

use super::*;
use crate::Field;

fn line() -> GrantLine {
    GrantLine {
        bucket: "photos".to_owned(),
        prefix: "2026/".to_owned(),
        subject: "ada".to_owned(),
        permissions: [Permission::Read].into(),
        ..GrantLine::default()
    }
}

fn everybody(kind: SubjectKind, permissions: &[Permission]) -> GrantLine {
    let permissions = permissions.iter().copied().collect();
    GrantLine { kind, subject: "*".to_owned(), permissions, ..line() }
}

#[test]
fn a_new_grant_is_refused_for_its_first_flaw() {
    let at = |second| chrono::DateTime::from_timestamp(second, 0);
    let text = |text: &str| text.to_owned();
    let reason = |reason: &str| GrantLine { reason: Some(text(reason)), ..line() };
    for (line, field, rule) in [
        (GrantLine { bucket: text("a"), ..line() }, "bucket", "3 to 255 of"),
        (GrantLine { prefix: text("a"), ..line() }, "prefix", "a prefix is empty or ends in `/`"),
        (
            GrantLine { prefix: text("a//"), ..line() },
            "prefix",
            "no empty segments and no `\\`: some storages read them as another prefix",
        ),
        (
            GrantLine { prefix: text("a\\b/"), ..line() },
            "prefix",
            "no empty segments and no `\\`: some storages read them as another prefix",
        ),
        (
            GrantLine {
                prefix: text("home/${aws:username}/"),
                prefix_kind: PrefixKind::Template,
                ..line()
            },
            "prefix",
            "a template has `${user}` or `${username}`, and no other variable",
        ),
        (
            GrantLine { subject: text(""), ..line() },
            "subject",
            "1 to 256 bytes without control characters",
        ),
        (
            GrantLine { subject: text("a\u{200b}da"), ..line() },
            "subject",
            "it has the invisible character U+200B",
        ),
        (
            GrantLine { permissions: [].into(), ..line() },
            "permissions",
            "at least one permission; delete the grant to give none",
        ),
        (
            everybody(SubjectKind::Public, &[Permission::Admin]),
            "permissions",
            "admin is never given to everybody",
        ),
        (
            everybody(SubjectKind::Authenticated, &[Permission::Read, Permission::Admin]),
            "permissions",
            "admin is never given to everybody",
        ),
        (reason(&"ä".repeat(501)), "reason", "at most 500 characters"),
        (reason("a\nb"), "reason", "no control characters"),
        (
            GrantLine { not_before: at(2), expires_at: at(2), ..line() },
            "expires_at",
            "must be after `not_before`",
        ),
        // The first of several flaws.
        (
            GrantLine { prefix: text("//"), subject: text("a\u{200b}"), ..line() },
            "prefix",
            "not slashes only",
        ),
        (
            GrantLine { reason: Some(text("\n")), not_before: at(2), expires_at: at(1), ..line() },
            "reason",
            "no control characters",
        ),
    ] {
        let flaw = NewGrant::parse_line(line).unwrap_err();
        assert_eq!(flaw.field().to_string(), field);
        assert!(flaw.to_string().starts_with(rule), "{field}: {flaw}");
    }
}

#[test]
fn what_keeps_the_rules_is_kept_as_it_was_asked_for() {
    let at = |second| chrono::DateTime::from_timestamp(second, 0);
    let line =
        GrantLine {
            not_before: at(1), expires_at: at(2), reason: Some("ä".repeat(500)), ..line()
        };
    let (key, state) = NewGrant::parse_line(line.clone()).unwrap().into_parts();
    assert_eq!((key.bucket.as_str(), key.prefix.as_str()), ("photos", "2026/"));
    assert_eq!((state.not_before, state.expires_at), (at(1), at(2)));
    assert_eq!(state.reason, line.reason);
    NewGrant::parse_line(everybody(SubjectKind::Public, &[Permission::Write])).unwrap();
}

/// Grants from before a rule can still be named, so that they can be read and revoked.
#[test]
fn the_key_of_an_old_grant_is_read_though_none_is_given_on_it() {
    let key =
        GrantKey::parse("photos", (PrefixKind::Literal, "a//"), SubjectKind::User, "a\u{200b}da")
            .unwrap();
    let put = PutGrant { permissions: [Permission::Read].into(), ..PutGrant::default() };
    assert_eq!(NewGrant::parse(key, put).unwrap_err().field(), &Field::Prefix);
}
