//! Claims as bytes.
//!
//! The first byte is the version of the form. Each version that was ever written has a reader here, for
//! as long as a session of it may live. Numbers are big-endian. A text is its length in two bytes and its
//! UTF-8; an instant is eight bytes; a list is its length in two bytes and its members; what may be absent
//! is a byte 0, or a byte 1 and the value.
//!
//! Version 1: id, project, user (id, groups, service account), issuer, parent (the id of an access key or an API key), epoch in microseconds,
//! issued at and expires at in seconds since 1970, policy (bucket, prefix, permissions as bits in two
//! bytes, not before and expires at in microseconds).

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::claims::{SessionClaims, SessionEpoch, SessionUser};
use super::id::SessionId;
use super::parent::SessionParent;
use super::policy::{SessionPolicy, TimedPlace};
use crate::access_key::Place;
use crate::names::{BucketName, Prefix, ProjectId, SubjectId};
use crate::permissions::Permissions;

/// The version that is written.
const VERSION: u8 = 1;

/// The bytes are no claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("these bytes are no claims of a session")]
pub struct InvalidForm;

impl SessionClaims {
    /// The claims as bytes, in the newest version.
    ///
    /// # Errors
    /// [`InvalidForm`] for a text or a list of more than 65,535.
    pub fn to_bytes(&self) -> Result<Vec<u8>, InvalidForm> {
        let mut bytes = Writer(vec![VERSION]);
        bytes.text(self.id.as_str())?;
        bytes.text(self.project.as_str())?;
        bytes.maybe(self.user.as_ref(), Writer::user)?;
        bytes.text(&self.issuer)?;
        bytes.maybe(self.parent.as_ref(), |bytes, parent| bytes.text(parent.as_str()))?;
        bytes.number(self.epoch.micros());
        bytes.number(self.issued_at.timestamp());
        bytes.number(self.expires_at.timestamp());
        bytes.maybe(self.policy.as_ref(), |bytes, policy| {
            bytes.list(policy.places(), Writer::place)
        })?;
        Ok(bytes.0)
    }

    /// Reads claims of any version.
    ///
    /// # Errors
    /// [`InvalidForm`] for an unknown version, for bytes that are missing or too many, and for names that
    /// break a rule.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, InvalidForm> {
        let (version, rest) = bytes.split_first().ok_or(InvalidForm)?;
        match version {
            1 => read_1(Reader(rest)),
            _ => Err(InvalidForm),
        }
    }
}

fn read_1(mut bytes: Reader<'_>) -> Result<SessionClaims, InvalidForm> {
    let claims = SessionClaims {
        id: bytes.name(SessionId::parse)?,
        project: bytes.name(ProjectId::parse)?,
        user: bytes.maybe(Reader::user)?,
        issuer: bytes.text()?.to_owned(),
        parent: bytes.maybe(|bytes| bytes.name(SessionParent::parse))?,
        epoch: SessionEpoch::from_micros(bytes.number()?),
        issued_at: bytes.seconds()?,
        expires_at: bytes.seconds()?,
        policy: bytes.maybe(|bytes| bytes.list(Reader::place))?.map(SessionPolicy::of),
    };
    let is_held = claims.user.is_some() || claims.parent.is_some();
    if bytes.0.is_empty() && is_held { Ok(claims) } else { Err(InvalidForm) }
}

struct Writer(Vec<u8>);

impl Writer {
    fn number(&mut self, number: i64) {
        self.0.extend_from_slice(&number.to_be_bytes());
    }

    fn length(&mut self, length: usize) -> Result<(), InvalidForm> {
        let length = u16::try_from(length).map_err(|_| InvalidForm)?;
        self.0.extend_from_slice(&length.to_be_bytes());
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), InvalidForm> {
        self.length(text.len())?;
        self.0.extend_from_slice(text.as_bytes());
        Ok(())
    }

    fn maybe<T>(
        &mut self,
        value: Option<T>,
        write: impl FnOnce(&mut Self, T) -> Result<(), InvalidForm>,
    ) -> Result<(), InvalidForm> {
        self.0.push(u8::from(value.is_some()));
        value.map_or(Ok(()), |value| write(self, value))
    }

    fn list<T>(
        &mut self,
        items: impl IntoIterator<Item = T, IntoIter: ExactSizeIterator>,
        mut write: impl FnMut(&mut Self, T) -> Result<(), InvalidForm>,
    ) -> Result<(), InvalidForm> {
        let mut items = items.into_iter();
        self.length(items.len())?;
        items.try_for_each(|item| write(self, item))
    }

    fn user(&mut self, user: &SessionUser) -> Result<(), InvalidForm> {
        self.text(user.id.as_str())?;
        self.list(&user.groups, |bytes, group| bytes.text(group.as_str()))?;
        self.0.push(u8::from(user.service_account));
        Ok(())
    }

    fn place(&mut self, timed: &TimedPlace) -> Result<(), InvalidForm> {
        self.text(timed.place.bucket.as_str())?;
        self.text(timed.place.prefix.as_str())?;
        self.0.extend_from_slice(&timed.place.permissions.bits().to_be_bytes());
        for instant in [timed.not_before, timed.expires_at] {
            self.maybe(instant, |bytes, instant| {
                bytes.number(instant.timestamp_micros());
                Ok(())
            })?;
        }
        Ok(())
    }
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], InvalidForm> {
        let (taken, rest) = self.0.split_first_chunk().ok_or(InvalidForm)?;
        self.0 = rest;
        Ok(*taken)
    }

    fn number(&mut self) -> Result<i64, InvalidForm> {
        self.take().map(i64::from_be_bytes)
    }

    fn length(&mut self) -> Result<usize, InvalidForm> {
        self.take().map(|length| usize::from(u16::from_be_bytes(length)))
    }

    fn is_set(&mut self) -> Result<bool, InvalidForm> {
        match self.take()? {
            [0] => Ok(false),
            [1] => Ok(true),
            _ => Err(InvalidForm),
        }
    }

    fn text(&mut self) -> Result<&'a str, InvalidForm> {
        let length = self.length()?;
        let (text, rest) = self.0.split_at_checked(length).ok_or(InvalidForm)?;
        self.0 = rest;
        std::str::from_utf8(text).map_err(|_| InvalidForm)
    }

    fn name<T, E>(&mut self, parse: impl FnOnce(&str) -> Result<T, E>) -> Result<T, InvalidForm> {
        parse(self.text()?).map_err(|_| InvalidForm)
    }

    fn seconds(&mut self) -> Result<DateTime<Utc>, InvalidForm> {
        DateTime::from_timestamp(self.number()?, 0).ok_or(InvalidForm)
    }

    fn micros(&mut self) -> Result<DateTime<Utc>, InvalidForm> {
        DateTime::from_timestamp_micros(self.number()?).ok_or(InvalidForm)
    }

    fn maybe<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, InvalidForm>,
    ) -> Result<Option<T>, InvalidForm> {
        if self.is_set()? { read(self).map(Some) } else { Ok(None) }
    }

    fn list<T, L: FromIterator<T>>(
        &mut self,
        mut read: impl FnMut(&mut Self) -> Result<T, InvalidForm>,
    ) -> Result<L, InvalidForm> {
        let length = self.length()?;
        (0..length).map(|_| read(self)).collect()
    }

    fn user(&mut self) -> Result<SessionUser, InvalidForm> {
        Ok(SessionUser {
            id: self.name(SubjectId::parse)?,
            groups: self.list::<_, BTreeSet<_>>(|bytes| bytes.name(SubjectId::parse))?,
            service_account: self.is_set()?,
        })
    }

    fn place(&mut self) -> Result<TimedPlace, InvalidForm> {
        let place = Place {
            bucket: self.name(BucketName::stored)?,
            prefix: self.name(Prefix::parse)?,
            permissions: self.take().and_then(|bits| {
                Permissions::from_bits(i16::from_be_bytes(bits)).ok_or(InvalidForm)
            })?,
        };
        let (not_before, expires_at) = (self.maybe(Self::micros)?, self.maybe(Self::micros)?);
        Ok(TimedPlace { place, not_before, expires_at })
    }
}
