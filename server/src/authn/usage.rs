//! When API keys were last used, to the minute. It is written outside the request.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::{Caller, KeyHolder, KeyId, User};
use crate::service::Service;

/// The shortest time between two writes for one key.
const EVERY: TimeDelta = TimeDelta::minutes(1);

/// When this server last wrote the use of each key.
#[derive(Debug, Default)]
pub struct KeyUsage {
    written: Mutex<HashMap<KeyId, DateTime<Utc>>>,
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
        if !self.is_due(holder, now) {
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

    fn is_due(&self, holder: &KeyHolder, now: DateTime<Utc>) -> bool {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        match written.get(&holder.id) {
            Some(last) if now < *last + EVERY => false,
            _ => {
                written.retain(|_, last| now < *last + EVERY);
                written.insert(holder.id.clone(), now);
                true
            }
        }
    }
}
