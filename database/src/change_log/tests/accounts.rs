//! What layout 6 brought.

use super::*;
use crate::change_log::golden::LAYOUT_6;
use crate::domain::account::{
    AccountId, AccountStanding, AccountStatus, DisplayName, Email, StoredAccount, TokenEpoch,
    Username,
};

#[test]
fn what_layout_6_brought_is_written_as_it_was_written_down_here() {
    for line in LAYOUT_6.lines() {
        let body: Body = serde_json::from_str(line).unwrap();
        assert_eq!(String::from_utf8(body.write().unwrap()).unwrap(), line);
        assert_eq!(rows(line.as_bytes()).unwrap().unwrap(), body.rows);
    }
    let [LoggedRow::Account(sides)] = &*rows(line(LAYOUT_6, 1).as_bytes()).unwrap().unwrap() else {
        panic!()
    };
    let after = LoggedAccount::try_from(sides.after.clone().unwrap()).unwrap();
    let (status, epoch) = (AccountStatus::Disabled, TokenEpoch::of(2));
    assert_eq!(after.facts.standing, AccountStanding { status, epoch });
    let wrong = AccountRecord { id: "ada".to_owned(), ..sides.after.clone().unwrap() };
    assert!(matches!(LoggedAccount::try_from(wrong), Err(DatabaseError::Corrupt(_))));
}

#[test]
fn the_log_has_nothing_of_an_account_that_would_have_to_be_forgotten() {
    let account = StoredAccount {
        id: AccountId::parse("0198f3a0-0000-7000-8000-000000000001").unwrap(),
        username: Username::parse("ada").unwrap(),
        email: Email::parse("lovelace@example.com").ok(),
        display_name: DisplayName::parse("Ada King").ok(),
        status: AccountStatus::Active,
        service_account: false,
        must_change_password: false,
        epoch: TokenEpoch::of(7),
        created_at: DateTime::UNIX_EPOCH,
        last_login_at: None,
        reset_at: None,
        reset_by: Some("user:bob".to_owned()),
    };
    let row = LoggedRow::Account(Sides::of(None, Some(&account)));
    let text = serde_json::to_string(&through(row.clone())).unwrap();
    assert!(!text.contains("lovelace") && !text.contains("King"), "{text}");
    let LoggedRow::Account(sides) = row else { panic!() };
    let read = LoggedAccount::try_from(sides.after.unwrap()).unwrap();
    assert_eq!((read.user, read.facts.standing), (account.id.user().clone(), account.standing()));
}
