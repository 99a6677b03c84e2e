//! Answers of STS.

use chrono::{DateTime, SecondsFormat, Utc};

use super::identity::Identity;
use super::version::NAMESPACE;
use super::xml::Element;
use crate::access_key::SecretAccessKey;
use crate::limits::MAX_SESSION_TOKEN;
use crate::secret::Secret;
use crate::session::SessionId;

/// A session that was opened: what its client signs with.
#[derive(Debug)]
pub struct Issued {
    /// The access key id.
    pub id: SessionId,
    /// The secret access key.
    pub secret: SecretAccessKey,
    /// The session token.
    pub token: Secret,
    /// When it expires.
    pub expires_at: DateTime<Utc>,
}

/// An answer of STS.
#[derive(Debug)]
pub enum StsAnswer {
    /// Of `AssumeRoleWithWebIdentity`: the session, who holds it, and the user whom the token names.
    AssumeRoleWithWebIdentity(Issued, Identity, String),
    /// Of `AssumeRole`: the session, and who holds it.
    AssumeRole(Issued, Identity),
    /// Of `GetSessionToken`: the session.
    GetSessionToken(Issued),
    /// Of `GetCallerIdentity`: who asks.
    GetCallerIdentity(Identity),
}

impl StsAnswer {
    /// The XML document that answers the request of this id.
    pub fn document(&self, request_id: &str) -> String {
        let (response, result) = match self {
            Self::AssumeRoleWithWebIdentity(issued, identity, subject) => (
                "AssumeRoleWithWebIdentityResponse",
                assumed("AssumeRoleWithWebIdentityResult", issued, identity)
                    .text("SubjectFromWebIdentityToken", subject),
            ),
            Self::AssumeRole(issued, identity) => {
                ("AssumeRoleResponse", assumed("AssumeRoleResult", issued, identity))
            }
            Self::GetSessionToken(issued) => (
                "GetSessionTokenResponse",
                Element::new("GetSessionTokenResult").child(credentials(issued)),
            ),
            Self::GetCallerIdentity(identity) => (
                "GetCallerIdentityResponse",
                Element::new("GetCallerIdentityResult")
                    .text("Arn", &identity.arn)
                    .text("UserId", &identity.user_id)
                    .text("Account", &identity.account),
            ),
        };
        let metadata = Element::new("ResponseMetadata").text("RequestId", request_id);
        Element::rooted(response, NAMESPACE).child(result).child(metadata).document()
    }
}

fn credentials(issued: &Issued) -> Element {
    Element::new("Credentials")
        .text("AccessKeyId", issued.id.as_str())
        .text("SecretAccessKey", issued.secret.expose())
        .text("SessionToken", issued.token.expose())
        .text("Expiration", &issued.expires_at.to_rfc3339_opts(SecondsFormat::Secs, true))
}

fn assumed(name: &'static str, issued: &Issued, identity: &Identity) -> Element {
    let role = Element::new("AssumedRoleUser")
        .text("Arn", &identity.arn)
        .text("AssumedRoleId", &identity.user_id);
    let packed = issued.token.expose().len() * 100 / MAX_SESSION_TOKEN;
    Element::new(name)
        .child(credentials(issued))
        .child(role)
        .text("PackedPolicySize", &packed.to_string())
}
