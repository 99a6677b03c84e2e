//! Generates the address of a request: host, bucket and key.

use std::fmt::Write as _;

use sail_cargo_server::domain::s3::{Level, Operation};

use super::Maker;
use super::places::{HOSTS, KEYS, ODD_BUCKETS, ODD_HOSTS, ODD_KEYS};
use crate::policy_fixture::BUCKETS;

impl Maker<'_, '_> {
    /// Scheme, host and path.
    pub(super) fn place(&mut self, operation: Operation) -> String {
        let odd_host = self.is_odd();
        let host = self.choices.pick(if odd_host { ODD_HOSTS } else { HOSTS });
        let bucket = self.bucket();
        let in_host = host == HOSTS[1] && self.choices.once_in(2);
        let mut url = match (operation.row().level, in_host) {
            (Level::Account, _) => return format!("{host}/"),
            (_, true) => host.replacen("://", &format!("://{bucket}."), 1),
            (_, false) => format!("{host}/{bucket}"),
        };
        if operation.row().level == Level::Object {
            url.push('/');
            url += &self.key();
        } else if self.choices.once_in(4) {
            url.push('/');
        }
        url
    }

    pub(super) fn bucket(&mut self) -> &'static str {
        if self.is_odd() { self.choices.pick(ODD_BUCKETS) } else { self.choices.pick(&BUCKETS) }
    }

    /// A key, encoded for a URL in one of the ways that clients use.
    pub(super) fn key(&mut self) -> String {
        let mut key = if self.choices.once_in(3) { "team/a/" } else { "" }.to_owned();
        for _ in 0..=self.choices.below(3) {
            if self.is_odd() {
                key += self.choices.pick(ODD_KEYS);
            } else {
                let part = self.choices.pick(KEYS);
                self.encode(&mut key, part);
            }
        }
        key
    }

    fn encode(&mut self, out: &mut String, part: &str) {
        let style = self.choices.below(3);
        for byte in part.bytes() {
            let plain = byte.is_ascii_alphanumeric() || b"-_.~/".contains(&byte);
            match style {
                2 => write!(out, "%{byte:02x}"),
                1 if plain || b"!*'()=&@:,$".contains(&byte) => {
                    write!(out, "{}", char::from(byte))
                }
                _ if plain => write!(out, "{}", char::from(byte)),
                _ => write!(out, "%{byte:02X}"),
            }
            .unwrap();
        }
    }
}
