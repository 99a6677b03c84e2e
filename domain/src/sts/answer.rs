//! Answers of STS.

use chrono::{DateTime, SecondsFormat, Utc};

use super::identity::Identity;
use super::version::NAMESPACE;
use crate::access_key::SecretAccessKey;
use crate::limits::MAX_SESSION_TOKEN;
use crate::secret::Secret;
use crate::session::SessionId;
use crate::xml_document::XmlDocument;

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
        let (response, result) = self.names();
        let mut document = XmlDocument::rooted(response, NAMESPACE);
        document.down(result);
        match self {
            Self::AssumeRoleWithWebIdentity(issued, identity, subject) => {
                assumed(&mut document, issued, identity);
                document.text("SubjectFromWebIdentityToken", subject);
            }
            Self::AssumeRole(issued, identity) => assumed(&mut document, issued, identity),
            Self::GetSessionToken(issued) => credentials(&mut document, issued),
            Self::GetCallerIdentity(identity) => {
                document
                    .text("Arn", &identity.arn)
                    .text("UserId", &identity.user_id)
                    .text("Account", &identity.account);
            }
        }
        document.up().down("ResponseMetadata").text("RequestId", request_id);
        document.end()
    }

    /// The names of the answer and of its result.
    const fn names(&self) -> (&'static str, &'static str) {
        match self {
            Self::AssumeRoleWithWebIdentity(..) => {
                ("AssumeRoleWithWebIdentityResponse", "AssumeRoleWithWebIdentityResult")
            }
            Self::AssumeRole(..) => ("AssumeRoleResponse", "AssumeRoleResult"),
            Self::GetSessionToken(_) => ("GetSessionTokenResponse", "GetSessionTokenResult"),
            Self::GetCallerIdentity(_) => ("GetCallerIdentityResponse", "GetCallerIdentityResult"),
        }
    }
}

fn credentials(document: &mut XmlDocument, issued: &Issued) {
    let expires_at = issued.expires_at.to_rfc3339_opts(SecondsFormat::Secs, true);
    document
        .down("Credentials")
        .text("AccessKeyId", issued.id.as_str())
        .text("SecretAccessKey", issued.secret.expose())
        .text("SessionToken", issued.token.expose())
        .text("Expiration", &expires_at)
        .up();
}

fn assumed(document: &mut XmlDocument, issued: &Issued, identity: &Identity) {
    credentials(document, issued);
    document
        .down("AssumedRoleUser")
        .text("Arn", &identity.arn)
        .text("AssumedRoleId", &identity.user_id)
        .up();
    let packed = issued.token.expose().len() * 100 / MAX_SESSION_TOKEN;
    document.text("PackedPolicySize", &packed.to_string());
}
