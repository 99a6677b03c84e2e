//! Memberships to be written, checked by the rules for new ones.

use chrono::{DateTime, SubsecRound as _, Utc};
use sail_cargo_protocol::PutMember;

use super::flaw::{Field, Flaw};
use super::membership::Membership;
use super::names::SubjectId;

/// A membership whose names satisfy the rules for new names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMember {
    group: SubjectId,
    user: SubjectId,
    expires_at: Option<DateTime<Utc>>,
}

impl NewMember {
    /// Reads the membership of `user` in `group`.
    ///
    /// # Errors
    /// A [`Flaw`] if a name is invalid, then if [`SubjectId::parse_new`] refuses it.
    pub fn parse(group: &str, user: &str, put: &PutMember) -> Result<Self, Flaw> {
        let group = SubjectId::parse(group).map_err(Flaw::of(Field::Group))?;
        let user = SubjectId::parse(user).map_err(Flaw::of(Field::User))?;
        group.demand_plain().map_err(Flaw::of(Field::Group))?;
        user.demand_plain().map_err(Flaw::of(Field::User))?;
        Ok(Self { group, user, expires_at: put.expires_at.map(|at| at.trunc_subsecs(6)) })
    }

    /// The membership as written by the revision `updated_revision`.
    pub fn at(self, updated_revision: i64) -> Membership {
        let Self { group, user, expires_at } = self;
        Membership { group, user, expires_at, updated_revision }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_member_has_names_that_are_what_they_look_like() {
        let parse = |group, user| NewMember::parse(group, user, &PutMember::default());
        for (group, user, field, rule) in [
            ("", "ada", "group", "1 to 256 bytes without control characters"),
            ("staff", "a\n", "user", "1 to 256 bytes without control characters"),
            ("st\u{200b}aff", "", "user", "1 to 256 bytes without control characters"),
            ("st\u{200b}aff", "ad\u{202e}a", "group", "it has the invisible character U+200B"),
            ("staff", "ad\u{202e}a", "user", "it has the bidirectional control U+202E"),
        ] {
            let flaw = parse(group, user).unwrap_err();
            assert_eq!((flaw.field().to_string(), flaw.to_string()), (field.into(), rule.into()));
        }
        let member = parse("команда", "ada").unwrap().at(3);
        assert_eq!((member.group.as_str(), member.updated_revision), ("команда", 3));
    }
}
