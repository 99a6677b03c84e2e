//! Errors of STS.

use super::version::NAMESPACE;
use crate::session::SessionRefusal;
use crate::xml_document::XmlDocument;

/// Why STS refuses. [`StsError::code`] is AWS's code, which SDKs act on.
///
/// <https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html>
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StsError {
    /// The access key id is unknown, or the key is not in use.
    #[error("The security token included in the request is invalid.")]
    InvalidClientTokenId,
    /// The signature is wrong.
    #[error("The request signature we calculated does not match the signature you provided.")]
    SignatureDoesNotMatch,
    /// The session that signed is over.
    #[error("The security token included in the request is expired")]
    ExpiredToken,
    /// The proof cannot be read: its own code and sentence.
    #[error("{message}")]
    Proof {
        /// AWS's code.
        code: &'static str,
        /// The sentence.
        message: String,
    },
    /// The caller may not open a session.
    #[error("{0}")]
    AccessDenied(String),
    /// The user's token has expired.
    #[error("{0}")]
    ExpiredWebIdentity(String),
    /// The user's token is not accepted.
    #[error("{0}")]
    InvalidIdentityToken(String),
    /// The keys of the auth service cannot be had now.
    #[error("{0}")]
    IdpCommunication(String),
    /// The session policy is refused.
    #[error("{0}")]
    MalformedPolicy(String),
    /// Policy and groups do not fit into the token.
    #[error("The session token would have {0} characters: have fewer groups, or a shorter policy")]
    PackedPolicyTooLarge(usize),
    /// A parameter is missing or breaks a rule.
    #[error("{0}")]
    Validation(String),
    /// The action or the version is not known.
    #[error("Could not find operation {action} for version {version}")]
    InvalidAction {
        /// The action.
        action: String,
        /// The version.
        version: String,
    },
    /// The client asks too often.
    #[error("Rate exceeded")]
    Throttling,
    /// Cargo cannot look now.
    #[error("The request has failed due to a temporary failure of the server.")]
    Unavailable,
    /// A defect of Cargo's.
    #[error("The request processing has failed because of an internal error.")]
    Internal,
}

impl StsError {
    /// AWS's code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::InvalidClientTokenId => "InvalidClientTokenId",
            Self::SignatureDoesNotMatch => "SignatureDoesNotMatch",
            Self::ExpiredToken => "ExpiredToken",
            Self::Proof { code, .. } => code,
            Self::AccessDenied(_) => "AccessDenied",
            Self::ExpiredWebIdentity(_) => "ExpiredTokenException",
            Self::InvalidIdentityToken(_) => "InvalidIdentityToken",
            Self::IdpCommunication(_) => "IDPCommunicationError",
            Self::MalformedPolicy(_) => "MalformedPolicyDocument",
            Self::PackedPolicyTooLarge(_) => "PackedPolicyTooLarge",
            Self::Validation(_) => "ValidationError",
            Self::InvalidAction { .. } => "InvalidAction",
            Self::Throttling => "Throttling",
            Self::Unavailable => "ServiceUnavailable",
            Self::Internal => "InternalFailure",
        }
    }

    /// The HTTP status.
    pub const fn status(&self) -> u16 {
        match self {
            Self::InvalidClientTokenId
            | Self::SignatureDoesNotMatch
            | Self::ExpiredToken
            | Self::Proof { .. }
            | Self::AccessDenied(_) => 403,
            Self::ExpiredWebIdentity(_)
            | Self::InvalidIdentityToken(_)
            | Self::IdpCommunication(_)
            | Self::MalformedPolicy(_)
            | Self::PackedPolicyTooLarge(_)
            | Self::Validation(_)
            | Self::InvalidAction { .. }
            | Self::Throttling => 400,
            Self::Unavailable => 503,
            Self::Internal => 500,
        }
    }

    /// The XML document that answers the request of this id.
    pub fn document(&self, request_id: &str) -> String {
        let fault = if self.status() < 500 { "Sender" } else { "Receiver" };
        let mut document = XmlDocument::rooted("ErrorResponse", NAMESPACE);
        document
            .down("Error")
            .text("Type", fault)
            .text("Code", self.code())
            .text("Message", &self.to_string())
            .up()
            .text("RequestId", request_id);
        document.end()
    }
}

impl From<SessionRefusal> for StsError {
    fn from(refusal: SessionRefusal) -> Self {
        let sentence = refusal.to_string();
        match refusal {
            SessionRefusal::NotForYou => Self::AccessDenied(sentence),
            SessionRefusal::Policy(_) => Self::MalformedPolicy(sentence),
        }
    }
}
