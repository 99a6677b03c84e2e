//! Refresh tokens: good once, and a moment longer.

use super::at;
use crate::account::*;

const DAY: i64 = 24 * 60 * 60;

fn family() -> RefreshFamily {
    RefreshFamily {
        id: FamilyId::from_bytes([7; 16]),
        account: AccountId::parse("0198f3a0-0000-7000-8000-000000000001").unwrap(),
        epoch: TokenEpoch::of(2),
        serial: 5,
        rotated_at: at(0),
        signed_in_at: at(-DAY),
        expires_at: at(89 * DAY),
    }
}

const ACTIVE: AccountStanding =
    AccountStanding { status: AccountStatus::Active, epoch: TokenEpoch::of(2) };

#[test]
fn the_last_is_good_the_one_before_for_a_moment_and_older_ones_end_the_family() {
    use RefreshVerdict::{Again, Ended, Next, Reused};
    for (serial, seconds, verdict) in [
        (5, 0, Next),
        (5, 14 * DAY - 1, Next),
        (5, 14 * DAY, Ended),
        (4, 0, Again),
        (4, 29, Again),
        (4, 30, Reused),
        (3, 0, Reused),
        (0, 0, Reused),
        (6, 0, Ended),
    ] {
        assert_eq!(family().judge(serial, &ACTIVE, at(seconds)), verdict, "{serial} at {seconds}");
    }
    let old = RefreshFamily { expires_at: at(10), ..family() };
    assert_eq!(old.judge(5, &ACTIVE, at(9)), Next);
    assert_eq!(old.judge(5, &ACTIVE, at(10)), Ended, "90 days, used or not");
}

#[test]
fn an_account_that_is_not_what_it_was_refreshes_nothing() {
    let status = |status| AccountStanding { status, ..ACTIVE };
    for standing in [
        status(AccountStatus::Disabled),
        status(AccountStatus::Invited),
        AccountStanding { epoch: TokenEpoch::of(3), ..ACTIVE },
    ] {
        assert_eq!(family().judge(5, &standing, at(0)), RefreshVerdict::Ended);
        assert_eq!(family().judge(4, &standing, at(0)), RefreshVerdict::Ended);
    }
}
