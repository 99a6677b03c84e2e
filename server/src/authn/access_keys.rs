//! Who signs with an access key or a session (Signature Version 4). The gateway asks: nobody else lets anybody in by
//! an access key.

use std::net::IpAddr;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use quick_cache::sync::Cache;

use super::issuers::Issuers;
use super::refusal::Refusal;
use super::rejection::{Rejection, Shown};
use super::signer::{Signer, SignerId};
use crate::audit::Text;
use crate::domain::access_key::{AccessKey, AccessKeyFlaw, AccessKeyId};
use crate::domain::session::SessionFlaw;
use crate::domain::sigv4::inbound::{Claim, Head, Seed};
use crate::domain::sigv4::{DayKeys, ProofError};
use crate::domain::{Caller, ProjectId, SessionHolder};
use crate::limits::{Guesses, Over};
use crate::service::{Service, ServiceError};

/// How many access keys have their day's keys remembered.
const REMEMBERED: usize = 10_000;

/// Verifies signatures made with access keys.
#[derive(Debug)]
pub struct AccessKeys {
    service: Service,
    guesses: Arc<Guesses>,
    issuers: Arc<Issuers>,
    /// A secret never changes under its id: what was derived from it stays right, and is of no use
    /// once the key is not found.
    day_keys: Cache<SignerId, DayKeys>,
}

/// Why a signature lets nobody in.
#[derive(Debug, thiserror::Error)]
pub enum AccessKeyError {
    /// The proof is not taken: S3's word for it.
    #[error("{0}")]
    Proof(ProofError),
    /// There is no such key, or it is not in use.
    #[error("{0}")]
    Key(AccessKeyFlaw),
    /// The session is not good, or its token is not.
    #[error("{0}")]
    Session(SessionFlaw),
    /// The key is not for this address.
    #[error("the access key may not be used from this address")]
    Address,
    /// Too many signatures from this address were wrong: all of them, or those with this key.
    #[error("{0}")]
    Limited(#[from] Over),
    /// The server cannot look the key up.
    #[error("{0}")]
    Service(#[from] ServiceError),
}

/// A signature that was refused: why, and what goes on record.
#[derive(Debug)]
pub struct RefusedProof {
    /// Why.
    pub error: AccessKeyError,
    /// The record. `None` where the server could not look.
    pub rejection: Option<Rejection>,
}

/// What goes on record of a refused signature.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{sentence}")]
struct Recorded {
    reason: &'static str,
    sentence: String,
    is_guess: bool,
}

impl AccessKeys {
    /// Of those who brought too many `guesses`, no signature is verified. Sessions are good while `issuers` has
    /// the issuer of their user.
    pub fn new(service: Service, guesses: Arc<Guesses>, issuers: Arc<Issuers>) -> Self {
        Self { service, guesses, issuers, day_keys: Cache::new(REMEMBERED) }
    }

    /// Tells who signed `head`, as `claim` says it, with the `body` where that was read already. The caller
    /// has checked the claim's region and time.
    ///
    /// # Errors
    /// See [`AccessKeyError`].
    pub async fn prove(
        &self,
        head: &Head<'_>,
        claim: &Claim,
        body: Option<&[u8]>,
        address: Option<IpAddr>,
        now: DateTime<Utc>,
    ) -> Result<(Caller, Seed), RefusedProof> {
        let unknown = || AccessKeyError::Key(AccessKeyFlaw::Unknown);
        let id = SignerId::parse(claim.access_key_id());
        let id = id.ok_or_else(|| RefusedProof::new(unknown(), None, None))?;
        let refuse = |error: AccessKeyError| RefusedProof::new(error, Some(&id), None);
        let few = self.guesses.demand_few(address);
        let few = few.and_then(|()| self.guesses.demand_few_here(claim.access_key_id(), address));
        few.map_err(|over| refuse(over.into()))?;
        let signer = self.signer(&id, claim, now).await.map_err(&refuse)?;
        let project = Some(signer.project());
        let refuse = |error: AccessKeyError| RefusedProof::new(error, Some(&id), project);
        let seed = self
            .verify((&id, &signer), (head, body), claim, now)
            .map_err(|error| refuse(AccessKeyError::Proof(error)))?;
        if !signer.limits().allows(address) {
            return Err(refuse(AccessKeyError::Address));
        }
        Ok((signer.caller(), seed))
    }

    /// The project of an access key that is good at `now`, by its id. Of a session only its token tells.
    pub async fn project(&self, id: &str, now: DateTime<Utc>) -> Option<ProjectId> {
        let id = AccessKeyId::parse(id).ok()?;
        let key = self.find(&id, now).await.ok().filter(|key| key.secret().is_some())?;
        Some(key.holder.project.clone())
    }

    /// The caller as they are at `now`, who was let in by a key or a session before: with the
    /// limits that it has now. Other callers are returned as they are.
    ///
    /// # Errors
    /// [`AccessKeyError::Key`] or [`AccessKeyError::Session`] if it is not good any more,
    /// [`AccessKeyError::Address`] if it is for other addresses now; [`AccessKeyError::Service`] if the
    /// server cannot look.
    pub async fn see_again(
        &self,
        caller: &Caller,
        address: Option<IpAddr>,
        now: DateTime<Utc>,
    ) -> Result<Caller, AccessKeyError> {
        let (caller, allows) = match caller {
            Caller::AccessKey(holder) => {
                let holder = self.find(&holder.id, now).await?.holder.clone();
                let allows = holder.limits.allows(address);
                (Caller::AccessKey(holder), allows)
            }
            Caller::Session(holder) => {
                let admitted = self.service.admit_session(&holder.claims, now).await?;
                let holder = admitted.map_err(AccessKeyError::Session)?;
                self.demand_issuer(&holder)?;
                let allows = holder.limits.allows(address);
                (Caller::Session(holder), allows)
            }
            other => (other.clone(), true),
        };
        if allows { Ok(caller) } else { Err(AccessKeyError::Address) }
    }

    /// The access key or the session of `id`. Sessions bring their token, and access keys have none.
    async fn signer(
        &self,
        id: &SignerId,
        claim: &Claim,
        now: DateTime<Utc>,
    ) -> Result<Signer, AccessKeyError> {
        match (id, claim.session_token()) {
            (SignerId::Key(id), None) => {
                let key = self.find(id, now).await?;
                // A personal API key is no access key, and signs nothing.
                Signer::of(key).ok_or(AccessKeyError::Key(AccessKeyFlaw::Unknown))
            }
            (SignerId::Key(_), Some(_)) => Err(AccessKeyError::Proof(ProofError::InvalidToken)),
            (SignerId::Session(id), None) => {
                Err(AccessKeyError::Proof(ProofError::UnknownKey(id.to_string())))
            }
            (SignerId::Session(id), Some(token)) => {
                let found = self.service.session(id, token.expose(), now).await?;
                let session = found.map_err(|bad| AccessKeyError::Session(bad.flaw))?;
                self.demand_issuer(&session.holder)?;
                Ok(Signer::Session(Box::new(session)))
            }
        }
    }

    fn demand_issuer(&self, holder: &SessionHolder) -> Result<(), AccessKeyError> {
        self.issuers.demand_theirs(&holder.claims).map_err(AccessKeyError::Session)
    }

    async fn find(
        &self,
        id: &AccessKeyId,
        now: DateTime<Utc>,
    ) -> Result<Arc<AccessKey>, AccessKeyError> {
        let looked_up = self.service.access_key(id, now).await?;
        looked_up.map_err(|bad| AccessKeyError::Key(bad.flaw))
    }

    fn verify(
        &self,
        (id, signer): (&SignerId, &Signer),
        (head, body): (&Head<'_>, Option<&[u8]>),
        claim: &Claim,
        now: DateTime<Utc>,
    ) -> Result<Seed, ProofError> {
        let made = |secret| Ok::<_, ProofError>(DayKeys::new(secret));
        let secret = || made(signer.secret().secret().clone());
        let keys = self.day_keys.get_or_insert_with(id, secret)?;
        let unknown = || ProofError::UnknownKey(claim.access_key_id().to_owned());
        let signing = keys.key(claim.scope(), now).ok_or_else(unknown)?;
        match body {
            Some(body) => claim.verify_with_body(head, &signing, body),
            None => claim.verify(head, &signing),
        }
    }
}

impl RefusedProof {
    fn new(error: AccessKeyError, id: Option<&SignerId>, project: Option<&ProjectId>) -> Self {
        let (reason, is_guess) = match &error {
            AccessKeyError::Proof(proof) => {
                ("signature_refused", matches!(proof, ProofError::SignatureMismatch(_)))
            }
            AccessKeyError::Key(flaw) => (flaw.code(), *flaw == AccessKeyFlaw::Unknown),
            AccessKeyError::Session(flaw) => (flaw.code(), flaw.is_invalid()),
            AccessKeyError::Address => ("access_key_address", false),
            AccessKeyError::Limited(_) => ("rate_limited", false),
            AccessKeyError::Service(_) => return Self { error, rejection: None },
        };
        let recorded = Recorded { reason, sentence: error.to_string(), is_guess };
        let shown = id.map_or(Shown::only("access-key:?"), Shown::access_key);
        let rejection = Rejection::new(recorded, shown).in_project(project.cloned());
        Self { error, rejection: Some(rejection) }
    }
}

impl Refusal for Recorded {
    fn code(&self) -> &'static str {
        self.reason
    }

    fn sentence(&self) -> Text {
        self.sentence.clone().into()
    }

    fn is_guess(&self) -> bool {
        self.is_guess
    }
}
