//! A request that was not understood: it is refused on record.

use std::sync::Arc;

use http::Response;

use super::asked::Asked;
use super::error::S3Error;
use super::response::GatewayBody;
use super::state::Gateway;
use crate::service::signing::{Judge, Read};

/// Records the refusal of `read`, and answers with it.
///
/// # Errors
/// Always: the refusal, or why it could not be recorded.
pub(super) async fn refuse(
    gateway: &Arc<Gateway>,
    asked: &Asked<'_>,
    read: &Read,
) -> Result<Response<GatewayBody>, S3Error> {
    let parts = (&gateway.service, &gateway.reconciler, &asked.context);
    let judge = Judge::read(parts, &[]).await?;
    judge.admit(asked.ask(asked.payload(), None), read).await??;
    Err(S3Error::internal())
}
