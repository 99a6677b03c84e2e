//! Requests to STS.

use super::error::StsError;
use super::parameters::Parameters;
use super::version::VERSION;
use crate::secret::Secret;
use crate::session::SessionLife;

/// The longest remark about a session that goes on record, in characters.
const MAX_REMARK: usize = 512;

/// A request to STS.
#[derive(Debug)]
pub enum StsRequest {
    /// Opens a session with a user's token.
    AssumeRoleWithWebIdentity {
        /// The token.
        token: Secret,
        /// The session.
        asked: SessionAsked,
    },
    /// Opens a session with an access key or a session.
    AssumeRole(SessionAsked),
    /// Opens a session with an access key or a session. It names no role.
    GetSessionToken(SessionAsked),
    /// Tells who asks.
    GetCallerIdentity,
}

/// The session that a client asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionAsked {
    /// The IAM policy that limits it.
    pub policy: Option<String>,
    /// How long it lives.
    pub life: SessionLife,
    /// `RoleArn`, `RoleSessionName`, `ExternalId` and `Tags`, for the record. They decide nothing.
    pub remark: String,
}

/// The word in `Action`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    AssumeRoleWithWebIdentity,
    AssumeRole,
    GetSessionToken,
    GetCallerIdentity,
}

impl Action {
    /// The action that a request names.
    fn read(parameters: &Parameters) -> Result<Self, StsError> {
        let version = parameters.get("Version").unwrap_or(VERSION);
        let word = parameters.get("Action").unwrap_or_default();
        let unknown =
            || StsError::InvalidAction { action: word.to_owned(), version: version.to_owned() };
        match word {
            _ if version != VERSION => Err(unknown()),
            "AssumeRoleWithWebIdentity" => Ok(Self::AssumeRoleWithWebIdentity),
            "AssumeRole" => Ok(Self::AssumeRole),
            "GetSessionToken" => Ok(Self::GetSessionToken),
            "GetCallerIdentity" => Ok(Self::GetCallerIdentity),
            _ => Err(unknown()),
        }
    }
}

impl StsRequest {
    /// Reads a request from its query without the proof, or from the form in its body.
    ///
    /// # Errors
    /// [`StsError::InvalidAction`] for an action or a version that is not known; [`StsError::Validation`]
    /// for parameters that are missing or break a rule.
    pub fn read(query: &str, body: &[u8]) -> Result<Self, StsError> {
        let parameters = Parameters::read(query, body)?;
        match Action::read(&parameters)? {
            Action::AssumeRoleWithWebIdentity => {
                demand_role(&parameters)?;
                let token = parameters.get("WebIdentityToken");
                // SDKs send their token file as it is, and most files end with a line break.
                let token = token.map(str::trim_ascii).filter(|token| !token.is_empty());
                let token = token.ok_or_else(|| missing("WebIdentityToken"))?.to_owned();
                let asked = SessionAsked::read(&parameters)?;
                Ok(Self::AssumeRoleWithWebIdentity { token: Secret::new(token), asked })
            }
            Action::AssumeRole => {
                demand_role(&parameters)?;
                SessionAsked::read(&parameters).map(Self::AssumeRole)
            }
            Action::GetSessionToken => SessionAsked::read(&parameters).map(Self::GetSessionToken),
            Action::GetCallerIdentity => Ok(Self::GetCallerIdentity),
        }
    }

    /// Whether a request without a signature is a form that asks for `AssumeRoleWithWebIdentity`.
    pub fn is_web_identity(query: &str, body: &[u8]) -> bool {
        let parameters = Parameters::read(query, body);
        parameters.is_ok_and(|it| it.get("Action") == Some("AssumeRoleWithWebIdentity"))
    }
}

impl SessionAsked {
    fn read(parameters: &Parameters) -> Result<Self, StsError> {
        // A session without them would have more than was asked for.
        for stem in ["PolicyArns.", "SerialNumber", "TokenCode"] {
            if parameters.have(stem) {
                let name = stem.trim_end_matches('.');
                return Err(StsError::Validation(format!("{name} is not supported")));
            }
        }
        let life = SessionLife::parse(parameters.get("DurationSeconds"));
        let life = life.ok_or_else(|| {
            StsError::Validation("DurationSeconds is a number from 900 to 43200".to_owned())
        })?;
        let policy = parameters.get("Policy").map(ToOwned::to_owned);
        Ok(Self { policy, life, remark: remark(parameters) })
    }
}

/// What goes on record of a role: it decides nothing.
fn remark(parameters: &Parameters) -> String {
    let named = ["RoleArn", "RoleSessionName", "ExternalId", "SourceIdentity"];
    let named = named.iter().filter_map(|name| Some((*name, parameters.get(name)?)));
    let all: Vec<String> = named
        .chain(parameters.below("Tags.member."))
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    all.join(", ").chars().take(MAX_REMARK).collect()
}

/// Demands the parameters that every role has.
///
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>
fn demand_role(parameters: &Parameters) -> Result<(), StsError> {
    let arn = parameters.get("RoleArn").ok_or_else(|| missing("RoleArn"))?;
    if !(20..=2048).contains(&arn.chars().count()) {
        return Err(StsError::Validation("RoleArn has 20 to 2048 characters".to_owned()));
    }
    let name = parameters.get("RoleSessionName").ok_or_else(|| missing("RoleSessionName"))?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte);
    if !(2..=64).contains(&name.len()) || !name.bytes().all(plain) {
        let rule = "RoleSessionName has 2 to 64 of the characters A-Z a-z 0-9 _ + = , . @ -";
        return Err(StsError::Validation(rule.to_owned()));
    }
    Ok(())
}

fn missing(name: &str) -> StsError {
    StsError::Validation(format!("{name} is missing"))
}
