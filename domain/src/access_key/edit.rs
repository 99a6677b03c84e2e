//! What an access key shall be: less than it is.

use chrono::{DateTime, SubsecRound as _, Utc};
use sail_cargo_protocol::PatchAccessKey;

use super::limits::KeyLimits;
use super::stored::{AccessKeyStatus, StoredAccessKey};
use crate::caller::Caller;
use crate::conflict::Conflict;
use crate::flaw::{Field, Flaw};
use crate::new_key::{demand_future, demand_key_name};

/// What an access key shall be; what is not said stays as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessKeyEdit {
    name: Option<String>,
    status: Option<AccessKeyStatus>,
    expires_at: Option<DateTime<Utc>>,
    limits: KeyLimits,
}

impl AccessKeyEdit {
    /// Reads changes of a key.
    ///
    /// # Errors
    /// A name or a limit that is none; an end that is over.
    pub fn parse(asked: PatchAccessKey, now: DateTime<Utc>) -> Result<Self, Flaw> {
        let limits = KeyLimits::parse(asked.limits())?;
        let PatchAccessKey { name, status, expires_at, .. } = asked;
        name.as_deref().map_or(Ok(()), demand_key_name).map_err(Flaw::of(Field::Name))?;
        demand_future(expires_at, now)?;
        let expires_at = expires_at.map(|end| end.trunc_subsecs(6));
        Ok(Self { name, status, expires_at, limits })
    }

    /// The key after this edit of `editor`. One that is disabled may be put in use again: by its user, if they
    /// disabled it themselves and nobody else did since.
    ///
    /// # Errors
    /// [`Conflict::KeyWidened`]: it would be good for more, or for longer;
    /// [`Conflict::AccessKeyDisabled`]: it is not the editor's to put in use again.
    pub fn apply(
        self,
        before: &StoredAccessKey,
        editor: &Caller,
    ) -> Result<StoredAccessKey, Conflict> {
        let status = self.status.unwrap_or(before.status);
        let after = StoredAccessKey {
            name: self.name.unwrap_or_else(|| before.name.clone()),
            status,
            disabled_by: match self.status {
                None => before.disabled_by.clone(),
                Some(AccessKeyStatus::Active) => None,
                Some(AccessKeyStatus::Disabled) => disabler(before, editor),
            },
            expires_at: self.expires_at.unwrap_or(before.expires_at),
            limits: before.limits.edited(self.limits),
            ..before.clone()
        };
        if after.expires_at > before.expires_at || !after.limits.are_within(&before.limits) {
            return Err(Conflict::KeyWidened);
        }
        let is_enabled =
            before.status == AccessKeyStatus::Disabled && status == AccessKeyStatus::Active;
        if is_enabled && !may_enable(before, editor) {
            return Err(Conflict::AccessKeyDisabled(before.id.clone()));
        }
        Ok(after)
    }
}

/// Who has the key disabled when `editor` disables it: whoever its user cannot overrule stays.
fn disabler(before: &StoredAccessKey, editor: &Caller) -> Option<String> {
    let is_disabled = before.status == AccessKeyStatus::Disabled;
    let stays = is_disabled && (!keeps_keys(editor) || !is_of_its_user(before));
    if stays { before.disabled_by.clone() } else { Some(editor.to_string()) }
}

fn may_enable(key: &StoredAccessKey, editor: &Caller) -> bool {
    keeps_keys(editor) || (key.disabled_by == Some(editor.to_string()) && is_of_its_user(key))
}

/// Whether the user of the key disabled it.
fn is_of_its_user(key: &StoredAccessKey) -> bool {
    let user = key.owner.user().map(|user| format!("user:{user}"));
    user.is_some() && key.disabled_by == user
}

/// Whether the keys of all users are the caller's to keep.
const fn keeps_keys(caller: &Caller) -> bool {
    match caller {
        Caller::Root(_) | Caller::Operator { .. } => true,
        Caller::User(_) | Caller::AccessKey(_) | Caller::Session(_) | Caller::Everybody(_) => false,
    }
}
