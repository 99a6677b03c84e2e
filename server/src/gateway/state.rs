//! What every request to the gateway can reach.

use std::net::IpAddr;
use std::sync::Arc;

use super::endings::Endings;
use super::hosts::Hosts;
use super::store_refusal::StoreRefusals;
use crate::authn::{AccessKeys, Authenticator, FailureLog, Rejection};
use crate::clock::Clock;
use crate::config::{BodyTimes, GatewayConfig};
use crate::domain::Origin;
use crate::domain::limits::MAX_KEPT_GATEWAY_BODIES;
use crate::domain::sigv4::inbound::Regions;
use crate::health::Health;
use crate::limits::{Full, Limits, Over, Room};
use crate::origin::proxies::TrustedProxies;
use crate::service::Service;
use crate::service::bucket_lifecycle::Reconciler;
use crate::storage_client::upstream::Upstream;
use crate::web_origins::WebOrigins;

/// The answer while the bodies under way take all memory there is for them.
const FULL: Full = Full {
    code: "too_many_batches",
    detail: "too many large bodies are under way: try again later",
};

/// The gateway, shared by all connections.
pub(crate) struct Gateway {
    pub(super) service: Service,
    pub(super) reconciler: Reconciler,
    pub(super) authenticator: Arc<Authenticator>,
    pub(super) access_keys: AccessKeys,
    pub(super) limits: Arc<Limits>,
    /// The memory for bodies that are read whole.
    pub(super) bodies: Arc<Room>,
    /// How long clients may take for a body.
    pub(super) body_times: BodyTimes,
    /// Requests whose end is not on record yet.
    pub(super) endings: Endings,
    pub(super) failures: Arc<FailureLog>,
    pub(super) health: Arc<Health>,
    pub(super) proxies: TrustedProxies,
    pub(super) upstream: Upstream,
    /// Whose store refused the server a moment ago.
    pub(super) store_refusals: StoreRefusals,
    pub(super) hosts: Hosts,
    pub(super) origins: WebOrigins,
    /// Whether the listener speaks TLS.
    pub(super) is_tls: bool,
    pub(super) regions: Regions,
    pub(super) clock: Clock,
    /// Whether a wrong signature is answered with what was hashed here: in `dev` only.
    pub(super) echoes: bool,
}

/// What the gateway shares with the other doors.
pub(crate) struct Shared {
    pub(crate) service: Service,
    pub(crate) reconciler: Reconciler,
    pub(crate) authenticator: Arc<Authenticator>,
    pub(crate) limits: Arc<Limits>,
    pub(crate) failures: Arc<FailureLog>,
    pub(crate) health: Arc<Health>,
    pub(crate) proxies: TrustedProxies,
    pub(crate) upstream: Upstream,
    pub(crate) origins: WebOrigins,
    pub(crate) clock: Clock,
}

impl Gateway {
    /// A gateway as `config` has it, on a listener that speaks TLS or not.
    pub(crate) fn new(config: &GatewayConfig, is_tls: bool, shared: Shared) -> Self {
        let Shared { service, reconciler, authenticator, limits, .. } = shared;
        Self {
            access_keys: AccessKeys::new(
                service.clone(),
                limits.guesses().clone(),
                authenticator.issuers().clone(),
            ),
            service,
            reconciler,
            authenticator,
            limits,
            bodies: Room::new(MAX_KEPT_GATEWAY_BODIES, FULL),
            body_times: config.clients.body,
            endings: Endings::default(),
            failures: shared.failures,
            health: shared.health,
            proxies: shared.proxies,
            upstream: shared.upstream,
            store_refusals: StoreRefusals::default(),
            hosts: Hosts::new(&config.hosts, &config.public, config.is_strict),
            origins: shared.origins,
            is_tls,
            regions: config.regions.clone(),
            clock: shared.clock,
            echoes: config.echoes,
        }
    }

    /// Counts a refused proof for the record, against its address, and against its id from there (G9).
    ///
    /// # Errors
    /// [`Over`] if the address brought too many, or too many with this id.
    pub(super) fn count(
        &self,
        rejection: &Rejection,
        origin: &Origin,
        request_id: &str,
    ) -> Result<(), Over> {
        self.failures.note(rejection, origin, request_id, self.clock.now());
        if !rejection.error.is_guess() {
            return Ok(());
        }
        self.limits.guesses().note_here(rejection.claimed_id().as_deref(), origin.address)
    }

    /// Counts a request against its address before anything of it is looked at.
    ///
    /// # Errors
    /// [`Over`] if the address sent too many.
    pub(super) fn knock(&self, address: Option<IpAddr>) -> Result<(), Over> {
        self.limits.knock(address)
    }
}
