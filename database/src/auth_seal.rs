//! The tokens that the embedded auth service gives out besides access tokens: refresh tokens and invitations.
//!
//! A token is its kind, and base64url of: the version of its form (1), what it is of, and the HMAC-SHA-256 of
//! that under a key that is derived from the master key. So nothing that was made up reaches the database, and
//! every server makes the same token of the same place in a family.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::domain::account::{AccountId, FamilyId};
use crate::domain::{ProjectId, Secret};
use crate::vault::{DerivedKey, MasterKey};

/// The form of a token.
const FORM: u8 = 1;
/// Bytes of the tag.
const TAG: usize = 32;
/// What refresh tokens begin with.
const REFRESH: &str = "cgrt_";
/// What invitations begin with.
const INVITATION: &str = "cgiv_";

/// Makes and reads the tokens.
#[derive(Debug)]
pub struct AuthSeal {
    refresh: DerivedKey,
    invitation: DerivedKey,
}

/// What a refresh token is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefreshClaim {
    /// The project.
    pub project: ProjectId,
    /// The family.
    pub family: FamilyId,
    /// Its number in the family.
    pub serial: u32,
}

/// What an invitation is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvitationClaim {
    /// The project.
    pub project: ProjectId,
    /// The account.
    pub account: AccountId,
    /// 16 random bytes: no two invitations are the same.
    pub nonce: [u8; 16],
}

impl AuthSeal {
    pub(crate) fn new(master_key: &Arc<MasterKey>) -> Self {
        Self {
            refresh: master_key.derive("refresh-token/v1"),
            invitation: master_key.derive("invitation/v1"),
        }
    }

    /// The refresh token of a place in a family.
    pub fn refresh_token(&self, claim: &RefreshClaim) -> Secret {
        let RefreshClaim { project, family, serial } = claim;
        let body =
            [&[FORM][..], &uuid_bytes(project), family.as_bytes(), &serial.to_be_bytes()].concat();
        write(REFRESH, &self.refresh, body)
    }

    /// What a refresh token is of; `None` if no server of this master key made it.
    pub fn open_refresh_token(&self, token: &str) -> Option<RefreshClaim> {
        let body: [u8; 37] = read(REFRESH, &self.refresh, token)?;
        let serial = u32::from_be_bytes(*body.last_chunk()?);
        let family = FamilyId::from_bytes(body[17..33].try_into().ok()?);
        Some(RefreshClaim { project: project(&body[1..17])?, family, serial })
    }

    /// The token of an invitation.
    pub fn invitation(&self, claim: &InvitationClaim) -> Secret {
        let InvitationClaim { project, account, nonce } = claim;
        let body = [&[FORM][..], &uuid_bytes(project), &account.to_bytes(), nonce].concat();
        write(INVITATION, &self.invitation, body)
    }

    /// What an invitation is of; `None` if no server of this master key made it.
    pub fn open_invitation(&self, token: &str) -> Option<InvitationClaim> {
        let body: [u8; 49] = read(INVITATION, &self.invitation, token)?;
        let account = AccountId::from_bytes(body[17..33].try_into().ok()?).ok()?;
        Some(InvitationClaim {
            project: project(&body[1..17])?,
            account,
            nonce: *body.last_chunk()?,
        })
    }

    /// What is stored of a token.
    pub fn hash(token: &Secret) -> [u8; 32] {
        Sha256::digest(token.expose()).into()
    }
}

fn write(kind: &str, key: &DerivedKey, mut body: Vec<u8>) -> Secret {
    let tag = key.tag(&[&body]);
    body.extend(tag);
    Secret::new(format!("{kind}{}", URL_SAFE_NO_PAD.encode(body)))
}

fn read<const LENGTH: usize>(kind: &str, key: &DerivedKey, token: &str) -> Option<[u8; LENGTH]> {
    let text = token.strip_prefix(kind)?;
    // Four characters for three bytes.
    if text.len() > (LENGTH + TAG).div_ceil(3) * 4 {
        return None;
    }
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let (body, tag) = bytes.split_first_chunk::<LENGTH>()?;
    (tag.len() == TAG && key.is_tag(tag, &[body]) && body.first() == Some(&FORM)).then_some(*body)
}

fn uuid_bytes(project: &ProjectId) -> [u8; 16] {
    uuid::Uuid::try_parse(project.as_str()).unwrap_or_default().into_bytes()
}

fn project(bytes: &[u8]) -> Option<ProjectId> {
    let id = uuid::Uuid::from_slice(bytes).ok()?;
    ProjectId::parse(&id.hyphenated().to_string()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seal() -> AuthSeal {
        AuthSeal::new(&Arc::new(MasterKey::parse(&MasterKey::generate()).unwrap()))
    }

    fn claims() -> (RefreshClaim, InvitationClaim) {
        let project = ProjectId::parse("0b6f4cdb-7a0f-4f0f-9f4e-2d5a3a1a0001").unwrap();
        let family = FamilyId::from_bytes([9; 16]);
        let account = AccountId::parse("0198f3a0-0000-7000-8000-000000000001").unwrap();
        let refresh = RefreshClaim { project: project.clone(), family, serial: 70_000 };
        (refresh, InvitationClaim { project, account, nonce: [3; 16] })
    }

    #[test]
    fn a_token_is_read_as_it_was_made_and_is_the_same_each_time() {
        let (seal, (refresh, invitation)) = (seal(), claims());
        let token = seal.refresh_token(&refresh);
        assert_eq!(token.expose(), seal.refresh_token(&refresh).expose());
        assert_eq!(seal.open_refresh_token(token.expose()), Some(refresh));
        let token = seal.invitation(&invitation);
        assert_eq!(seal.open_invitation(token.expose()), Some(invitation));
    }

    #[test]
    fn what_no_server_made_opens_nothing() {
        let (seal, other, (refresh, invitation)) = (seal(), self::seal(), claims());
        let token = seal.refresh_token(&refresh);
        assert_eq!(other.open_refresh_token(token.expose()), None, "another master key");
        let as_invitation = token.expose().replace(REFRESH, INVITATION);
        assert_eq!(seal.open_invitation(&as_invitation), None, "another kind");
        let invited = seal.invitation(&invitation);
        assert_eq!(seal.open_refresh_token(&invited.expose().replace(INVITATION, REFRESH)), None);
        for index in REFRESH.len()..token.expose().len() {
            let mut changed = token.expose().to_owned();
            let letter = if &changed[index..=index] == "A" { "B" } else { "A" };
            changed.replace_range(index..=index, letter);
            assert_eq!(seal.open_refresh_token(&changed), None, "{index}");
        }
        let cut = &token.expose()[..token.expose().len() - 4];
        for text in ["", REFRESH, "cgrt_AAAA", cut, &format!("{}AAAA", token.expose())] {
            assert_eq!(seal.open_refresh_token(text), None, "{text}");
        }
        assert!(!format!("{token:?}").contains(token.expose()));
    }
}
