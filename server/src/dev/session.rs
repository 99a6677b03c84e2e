//! A session of STS at the gateway, opened as SDKs open one with `AWS_WEB_IDENTITY_TOKEN_FILE`.

use aws_sdk_s3::config::Credentials;
use sail_cargo_client::{Refresh, TokenProvider as _};

use super::DemoTokens;
use super::error::DevStackError;
use crate::outbound::Outbound;

/// SDKs name a role. Cargo records it, and no more.
const ROLE: &str = "arn:aws:iam::000000000000:role/cargo";
const FORM: &str = "application/x-www-form-urlencoded";

/// Opens a session with a user's token: the temporary credentials of one who may do what the user may.
///
/// # Errors
/// [`DevStackError`] if there is no token, or the gateway opens no session with it.
pub(super) async fn open(
    gateway_url: &str,
    tokens: &DemoTokens,
) -> Result<Credentials, DevStackError> {
    let token = tokens.token(Refresh::IfNeeded).await?;
    // Nothing to escape: a token is base64url with dots.
    let form = format!(
        "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn={ROLE}&RoleSessionName=dev\
         &WebIdentityToken={}",
        token.expose()
    );
    let http = Outbound::direct().client().build()?;
    let ask = http.post(gateway_url).header("content-type", FORM).body(form);
    let answer = ask.send().await?.error_for_status()?.text().await?;
    credentials(&answer).ok_or_else(|| "the gateway answered no credentials".into())
}

/// The credentials in an answer of STS: none of their values has anything to unescape.
fn credentials(answer: &str) -> Option<Credentials> {
    let text = |name: &str| {
        let (_, rest) = answer.split_once(&format!("<{name}>"))?;
        rest.split_once('<').map(|(text, _)| text.to_owned())
    };
    let (id, secret) = (text("AccessKeyId")?, text("SecretAccessKey")?);
    Some(Credentials::new(id, secret, Some(text("SessionToken")?), None, "dev"))
}
