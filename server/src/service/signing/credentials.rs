//! The store's keys for what was approved.

use std::sync::Arc;

use crate::domain::ProjectId;
use crate::domain::pipeline::{Approval, SigningError};
use crate::domain::sigv4::StoreCredentials;
use crate::service::error::ServiceError;
use crate::service::handle::Service;

/// The store's keys, if any request was approved. The approval is the proof that releases them.
pub(super) async fn credentials(
    service: &Service,
    project: &ProjectId,
    verdicts: &[Result<Approval<'_>, SigningError>],
) -> Result<Option<Arc<StoreCredentials>>, ServiceError> {
    match verdicts.iter().flatten().next() {
        Some(approval) => service.credentials(project.clone(), approval.approved()).await.map(Some),
        None => Ok(None),
    }
}
