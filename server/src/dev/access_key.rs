//! The access key of a demo user, for S3 clients at the gateway.

use std::path::Path;

use sail_cargo_protocol::CreateAccessKey;

use super::error::DevStackError;
use super::private_file;
use super::seed::{REGION, context};
use crate::clock::Clock;
use crate::domain::{AccessKeyId, NewAccessKey, ProjectId, Secret, SecretAccessKey};
use crate::service::Service;

/// The user whose access key it is.
pub const HOLDER: &str = "ada";
/// The file that keeps it, as a shell reads it.
pub const FILE: &str = "ada.env";

const ID: &str = "AWS_ACCESS_KEY_ID";
const SECRET: &str = "AWS_SECRET_ACCESS_KEY";

/// Makes an access key of the user `holder` and keeps it in [`FILE`], unless one is there that is good.
pub(super) async fn keep(
    directory: &Path,
    service: &Service,
    (project, holder): (ProjectId, &str),
    clock: &Clock,
) -> Result<(), DevStackError> {
    let path = directory.join(FILE);
    if let Some(known) = private_file::read(&path)? {
        if is_good(&known, service, holder, clock).await? {
            return Ok(());
        }
        std::fs::remove_file(&path)?;
    }
    let asked = CreateAccessKey {
        user: Some(holder.to_owned()),
        name: "dev".to_owned(),
        ..CreateAccessKey::default()
    };
    let context = context(Some(project.clone()), clock);
    let new = NewAccessKey::parse(asked, &context.caller, context.now)?;
    let made = service.create_access_key(project, new, context).await?.value.value;
    private_file::keep(&path, text(&made.stored.id, made.secret.expose()).expose())?;
    Ok(())
}

/// Whether the key in a kept file opens the gateway for the user `holder`.
async fn is_good(
    kept: &str,
    service: &Service,
    holder: &str,
    clock: &Clock,
) -> Result<bool, DevStackError> {
    let (Some(id), Some(secret)) = (value(kept, ID), value(kept, SECRET)) else {
        return Ok(false);
    };
    let Ok(id) = AccessKeyId::parse(id) else { return Ok(false) };
    let found = service.access_key(&id, clock.now()).await?;
    Ok(found.is_ok_and(|key| {
        let user = key.holder.user.as_ref().map(|user| user.id.as_str());
        let known = key.secret().map(SecretAccessKey::expose);
        user == Some(holder) && known == Some(secret)
    }))
}

/// The key as variables of the environment, which every S3 client knows.
fn text(id: &AccessKeyId, secret: &str) -> Secret {
    Secret::new(format!(
        "export {ID}={id}\nexport {SECRET}={secret}\n\
         export AWS_REGION={REGION} AWS_DEFAULT_REGION={REGION}\n"
    ))
}

/// The value of a variable in a kept file.
fn value<'a>(kept: &'a str, name: &str) -> Option<&'a str> {
    kept.lines()
        .find_map(|line| line.strip_prefix("export ")?.strip_prefix(name)?.strip_prefix('='))
}
