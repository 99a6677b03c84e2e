//! When API keys were last used, to the minute. It is written outside the request.

use std::net::IpAddr;

use chrono::{DateTime, Utc};

use crate::domain::{Caller, KeyId, User};
use crate::service::{RecentUses, Service};

/// When this server last wrote the use of each key.
#[derive(Debug, Default)]
pub struct KeyUsage {
    written: RecentUses<KeyId>,
}

impl KeyUsage {
    /// Notes that `caller` sent a request at `now` from `address`. A failed write is only logged:
    /// it does not affect the request.
    pub fn note(
        &self,
        service: &Service,
        caller: &Caller,
        now: DateTime<Utc>,
        address: Option<IpAddr>,
    ) {
        let (Caller::Root(holder) | Caller::User(User { via: Some(holder), .. })) = caller else {
            return;
        };
        if !self.written.is_due(&holder.id, now) {
            return;
        }
        let (service, holder) = (service.clone(), holder.clone());
        let address = address.map(|address| address.to_string());
        tokio::spawn(async move {
            if let Err(error) = service.key_was_used(holder, now, address).await {
                log::warn!("the use of an API key was not noted: {error}");
            }
        });
    }
}
