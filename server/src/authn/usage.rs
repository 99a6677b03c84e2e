//! When keys were last used: known to the minute, written off the way of requests.

use std::net::IpAddr;

use chrono::{DateTime, Utc};

use crate::domain::{Caller, KeyId, User};
use crate::service::{RecentUses, Service};

/// Which keys were written when, by this server.
#[derive(Debug, Default)]
pub struct KeyUsage {
    written: RecentUses<KeyId>,
}

impl KeyUsage {
    /// Notes that `caller` asks at `now` from `address`. What cannot be written is no reason to
    /// refuse anybody.
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
