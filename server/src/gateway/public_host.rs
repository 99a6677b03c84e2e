//! What browsers may do on a project's public host (G10, G21).

use http::request::Parts;

use super::state::Gateway;
use crate::domain::ProjectId;

/// Whether browsers may run what an answer to `parts` holds: on the project's own host, where the project says
/// so, and only if the answer is of that project. On another project's host, and on hosts that projects
/// share, an object would run beside what is not its project's.
pub(super) async fn may_be_active(
    gateway: &Gateway,
    parts: &Parts,
    project: Option<&ProjectId>,
) -> bool {
    let Some((project, host)) = project.zip(gateway.addressed(&parts.headers).ok()) else {
        return false;
    };
    let Some(name) = host.public.filter(|_| host.is_own) else { return false };
    let is_theirs = gateway.service.project_id(&name).await.is_ok_and(|own| own == *project);
    let settings = gateway.service.gateway_settings(project);
    is_theirs && settings.await.is_ok_and(|settings| settings.public_host_active_content)
}
