//! Who asks (G1 to G9).

use chrono::{DateTime, Utc};

use super::door::Door;
use super::error::S3Error;
use super::state::Gateway;
use crate::authn::{AccessKeyError, Credentials, HeadersError, Rejection};
use crate::domain::pipeline::Form;
use crate::domain::s3::Operation;
use crate::domain::sigv4::inbound::{self, Claim, Head, PlainHead, Proof, Regions, Seed};
use crate::domain::{Caller, Context, Origin};
use crate::service::ServiceError;

/// A request whose sender is known, without its proof.
pub(super) struct Proven<'h> {
    pub(super) caller: Caller,
    pub(super) plain: PlainHead<'h>,
    /// What the first chunk of a signed stream is verified from.
    pub(super) seed: Option<Seed>,
    claim: Option<Claim>,
    pub(super) door: Door,
}

impl Gateway {
    /// Tells who sent `head`, and takes the proof out of it.
    ///
    /// # Errors
    /// S3's error for a proof that is not taken. A request without a proof is refused where no `public`
    /// project is read.
    pub(super) async fn prove<'h>(
        &self,
        head: &Head<'h>,
        (proof, public): (Proof, Option<&str>),
        (origin, request_id): (&Origin, &str),
        now: DateTime<Utc>,
    ) -> Result<Proven<'h>, S3Error> {
        let plain = inbound::strip(head, &proof)?;
        match proof {
            Proof::SigV4(claim) => {
                claim.check_scope(&self.regions)?;
                claim.check_time(now)?;
                let proved = self.access_keys.prove(head, &claim, None, origin.address, now).await;
                let (caller, seed) = match proved {
                    Ok(proved) => proved,
                    Err(refused) => {
                        let rejection = refused.rejection.as_ref();
                        self.demand_few_wrong(rejection, origin, request_id)?;
                        return Err(self.echoing(refused.error));
                    }
                };
                if let Caller::AccessKey(holder) = &caller {
                    self.service.note_access_key_use(holder, origin, now);
                }
                let door = if claim.is_presigned() { Door::Presigned } else { Door::Signed };
                Ok(Proven { caller, plain, seed: Some(seed), claim: Some(claim), door })
            }
            Proof::Plain => {
                let caller = self.prove_plain(head, (origin, request_id), now).await?;
                Ok(Proven { caller, plain, seed: None, claim: None, door: Door::Plain })
            }
            Proof::None => {
                let caller = self.everybody(public).await?;
                Ok(Proven { caller, plain, seed: None, claim: None, door: Door::Open })
            }
        }
    }

    /// Who asks without a proof: everybody, where the host says what they read (G10).
    async fn everybody(&self, public: Option<&str>) -> Result<Caller, S3Error> {
        let unproven = || {
            S3Error::denied(
                "Access Denied: sign the request with an access key, or send a token or an API key.",
            )
        };
        match self.service.project_id(public.ok_or_else(unproven)?).await {
            Ok(project) => Ok(Caller::everybody(project)),
            Err(ServiceError::NotFound(_)) => Err(unproven()),
            Err(other) => Err(other.into()),
        }
    }

    async fn prove_plain(
        &self,
        head: &Head<'_>,
        (origin, request_id): (&Origin, &str),
        now: DateTime<Utc>,
    ) -> Result<Caller, S3Error> {
        let credentials = credentials(head)
            .map(|credentials| Credentials { address: origin.address, ..credentials });
        let proved = match credentials {
            Ok(credentials) => self.authenticator.authenticate(credentials, now).await,
            Err(error) => Err(Rejection::unreadable(error)),
        };
        match proved {
            Ok(caller) => {
                if let Caller::AccessKey(holder) = &caller {
                    self.service.note_access_key_use(holder, origin, now);
                }
                Ok(caller)
            }
            Err(rejection) => {
                self.demand_few_wrong(Some(&rejection), origin, request_id)?;
                Err(rejection.error.into())
            }
        }
    }

    /// Counts a refused proof; too many of them are answered by that alone.
    fn demand_few_wrong(
        &self,
        rejection: Option<&Rejection>,
        origin: &Origin,
        request_id: &str,
    ) -> Result<(), S3Error> {
        let counted = rejection.map_or(Ok(()), |it| self.count(it, origin, request_id));
        counted.map_err(|_| S3Error::rate_limited())
    }

    /// The answer to a wrong signature, in `dev` with what was hashed here.
    fn echoing(&self, error: AccessKeyError) -> S3Error {
        let echo = match &error {
            AccessKeyError::Proof(proof) if self.echoes => proof.echo().cloned(),
            _ => None,
        };
        let answer = S3Error::from(error);
        match echo {
            Some(echo) => answer
                .with("StringToSign", echo.string_to_sign)
                .with("CanonicalRequest", echo.canonical_request),
            None => answer,
        }
    }
}

impl Proven<'_> {
    /// Checks the region when the operation is known.
    ///
    /// # Errors
    /// A region that is not the gateway's.
    pub(super) fn check_region(
        &self,
        regions: &Regions,
        operation: Operation,
    ) -> Result<(), S3Error> {
        let Some(claim) = &self.claim else { return Ok(()) };
        Ok(claim.check_region(regions, Regions::exempts(operation))?)
    }

    /// The form in which the request is judged.
    pub(super) fn form(&self) -> Form {
        match self.door {
            Door::Signed | Door::Plain => Form::Headers,
            Door::Presigned => {
                let lifetime = self.claim.as_ref().and_then(Claim::lifetime);
                Form::OfUrl { lifetime: lifetime.unwrap_or(u32::MAX) }
            }
            Door::Open => Form::Unproven,
        }
    }
}

/// Demands that the caller would be let in now (G7). Returns the context of now, in which an access key or
/// a session has the limits that it has now.
///
/// # Errors
/// S3's error for a key or a session that was revoked, has ended, or is for other addresses meanwhile.
pub(super) async fn seen_again(gateway: &Gateway, context: Context) -> Result<Context, S3Error> {
    let now = gateway.clock.now();
    let keys = &gateway.access_keys;
    let caller = match &context.caller {
        Caller::AccessKey(_) | Caller::Session(_) => {
            keys.see_again(&context.caller, context.origin.address, now).await?
        }
        // What is public is judged anew, and there is nobody to be let in.
        Caller::Everybody(_) => context.caller,
        other => {
            let still = gateway.authenticator.recheck(other, now).await;
            still.map_err(|rejection| S3Error::from(rejection.error))?;
            context.caller
        }
    };
    Ok(Context { caller, now, ..context })
}

/// What `Authorization: Bearer`, `X-Api-Key` and `X-Project` show.
fn credentials<'h>(head: &Head<'h>) -> Result<Credentials<'h>, HeadersError> {
    let mut credentials = Credentials {
        api_key: one(head, "x-api-key")?,
        project: one(head, "x-project")?,
        ..Credentials::default()
    };
    if let Some(value) = one(head, "authorization")? {
        let bearer = value.split_once(' ').map(|(_, token)| token.trim());
        credentials.take_bearer(bearer.ok_or(HeadersError::Syntax)?)?;
    }
    Ok(credentials)
}

fn one<'h>(head: &Head<'h>, name: &str) -> Result<Option<&'h str>, HeadersError> {
    let mut values = head.headers.iter().filter(|(have, _)| have.eq_ignore_ascii_case(name));
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some((_, value)), None) => {
            let text = std::str::from_utf8(value).ok().filter(|text| text.is_ascii());
            text.map(Some).ok_or(HeadersError::Syntax)
        }
        (Some(_), Some(_)) => Err(HeadersError::Syntax),
    }
}
