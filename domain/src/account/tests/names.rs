//! Usernames, e-mail addresses, names for people.

use sail_cargo_protocol::{CreateAccount, PatchAccount, SecretText};

use super::at;
use crate::account::*;
use crate::{Caller, KeyHolder, KeyId, ProjectId};

#[test]
fn a_username_is_lower_case_and_no_id() {
    let longest = "a".repeat(63);
    for (text, name) in
        [("ada", "ada"), ("Ada.L-9_x", "ada.l-9_x"), ("9", "9"), (longest.as_str(), &longest)]
    {
        assert_eq!(Username::parse(text).unwrap().as_str(), name);
    }
    let too_long = "a".repeat(64);
    for text in [
        "",
        ".ada",
        "-ada",
        "_ada",
        "ada@example.com",
        "ada lovelace",
        "ädа",
        "\u{212a}elvin",
        &too_long,
        "0198f3a0-0000-7000-8000-000000000001",
        "0198F3A0000070008000000000000001",
    ] {
        assert!(Username::parse(text).is_err(), "{text}");
    }
}

#[test]
fn an_email_is_ascii_in_lower_case_with_a_domain_of_a_labels() {
    for (text, email) in [
        ("Ada@Example.COM", "ada@example.com"),
        ("ada+s3@mail.xn--mnchen-3ya.de", "ada+s3@mail.xn--mnchen-3ya.de"),
    ] {
        assert_eq!(Email::parse(text).unwrap().as_str(), email);
    }
    for text in [
        "ada",
        "ada@",
        "@example.com",
        "ada@localhost",
        "ada@münchen.de",
        "ädа@example.com",
        "a b@example.com",
        "ada@example.com.",
        "ada@-a.com",
        "ada@127.0.0.1",
        "a..b@example.com",
        "ada@exa_mple.com",
        "ada@b@example.com",
        "\"ada\"@example.com",
        "ada\n@example.com",
    ] {
        assert!(Email::parse(text).is_err(), "{text}");
    }
    assert!(Email::parse(&format!("{}@example.com", "a".repeat(65))).is_err());
}

#[test]
fn a_display_name_is_of_any_script_and_is_what_it_looks_like() {
    for text in ["Ada Lovelace", "田中", "Ünal", "O'Neil"] {
        assert_eq!(DisplayName::parse(text).unwrap().as_str(), text);
    }
    let too_long = "a".repeat(101);
    for text in ["", " ada", "ada ", "a\u{202e}da", "a\u{200b}da", "a\nda", &too_long] {
        assert!(DisplayName::parse(text).is_err(), "{text:?}");
    }
}

fn project() -> ProjectId {
    ProjectId::parse("0b6f4cdb-7a0f-4f0f-9f4e-2d5a3a1a0001").unwrap()
}

fn asked(password: Option<&str>) -> CreateAccount {
    CreateAccount {
        username: "ada".to_owned(),
        email: None,
        display_name: None,
        service_account: false,
        password: password.map(|text| SecretText::new(text.to_owned())),
        must_change_password: None,
        project: None,
    }
}

#[test]
fn only_the_application_gives_a_password() {
    let key = KeyHolder {
        project: project(),
        id: KeyId::parse("8fK2mQ0ZtYb1").unwrap(),
        scopes: [].into(),
        expires_at: None,
    };
    let root = Caller::Root(key);
    let Caller::Everybody(user) = Caller::everybody(project()) else { unreachable!() };
    let user = Caller::User(user);
    let given = asked(Some("a lamp and seven pears"));
    let made = NewAccount::parse(&given, &root).unwrap().first_password;
    assert!(matches!(made, FirstPassword::Given { must_change: true, .. }));
    let refused = NewAccount::parse(&given, &user).unwrap_err();
    assert_eq!(refused, AccountRefusal::PasswordNotYours);
    let invited = NewAccount::parse(&asked(None), &user).unwrap().first_password;
    assert!(matches!(invited, FirstPassword::Invitation));
    let weak = NewAccount::parse(&asked(Some("short")), &root).unwrap_err();
    assert!(matches!(weak, AccountRefusal::Flaw(flaw) if flaw.field().to_string() == "password"));
}

fn stored() -> StoredAccount {
    StoredAccount {
        id: AccountId::parse("0198f3a0-0000-7000-8000-000000000001").unwrap(),
        username: Username::parse("ada").unwrap(),
        email: Email::parse("ada@example.com").ok(),
        display_name: None,
        status: AccountStatus::Active,
        service_account: false,
        must_change_password: false,
        epoch: TokenEpoch::of(3),
        created_at: at(0),
        last_login_at: None,
        reset_at: None,
        reset_by: None,
    }
}

#[test]
fn whoever_is_disabled_is_signed_out_and_comes_back_in_another_epoch() {
    let status = |status| PatchAccount { status: Some(status), ..PatchAccount::default() };
    let disable = AccountEdit::parse(&status(AccountStatus::Disabled)).unwrap();
    let enable = AccountEdit::parse(&status(AccountStatus::Active)).unwrap();
    let out = disable.apply(&stored(), true);
    assert_eq!(out.standing().demand(TokenEpoch::of(3)), Err(AccountFlaw::NotActive));
    assert_eq!(disable.apply(&out, true), out, "once is enough");
    let back = enable.apply(&out, true);
    assert_eq!(back.standing().demand(TokenEpoch::of(3)), Err(AccountFlaw::SignedOut));
    assert_eq!(back.standing().demand(TokenEpoch::of(4)), Ok(()));
    assert_eq!(enable.apply(&out, false).status, AccountStatus::Invited, "without a password");
    assert!(AccountEdit::parse(&status(AccountStatus::Invited)).is_err());
}

#[test]
fn an_empty_text_takes_a_field_away_and_no_text_leaves_it() {
    let patch = |email: Option<&str>| PatchAccount {
        email: email.map(ToOwned::to_owned),
        ..PatchAccount::default()
    };
    for (text, email) in [
        (None, Some("ada@example.com")),
        (Some(""), None),
        (Some("Bob@example.com"), Some("bob@example.com")),
    ] {
        let edit = AccountEdit::parse(&patch(text)).unwrap();
        let after = edit.apply(&stored(), true);
        assert_eq!(after.email.as_ref().map(Email::as_str), email);
        assert_eq!(edit.sets_email(), text.is_some());
        assert_eq!(after.epoch, stored().epoch);
    }
}
