//! Names, passwords, refresh tokens and signing keys by their rules.

mod names;
mod passwords;
mod refreshing;
mod rotation;

use chrono::{DateTime, Utc};

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
}
