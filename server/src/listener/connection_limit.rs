//! How many connections there may be: in all, and of one client's address.
//!
//! When there are as many as there may be, nothing more is accepted until one ends: the others wait in the
//! queue of the system, and take no memory here. A connection beyond the share of its address is closed at
//! once, so that no address keeps the others waiting.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::limits::network;
use crate::metrics::Metrics;
use crate::origin::proxies::TrustedProxies;

/// The limit of one listener. A clone is the same limit.
#[derive(Debug, Clone)]
pub(crate) struct ConnectionLimit(Arc<Limit>);

#[derive(Debug)]
struct Limit {
    free: Arc<Semaphore>,
    each: usize,
    /// They bring the connections of all their clients.
    exempt: TrustedProxies,
    /// The connections of each network that has one.
    open: Mutex<HashMap<IpAddr, usize>>,
    metrics: Arc<Metrics>,
}

/// What one connection takes of the limit, until it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    limit: Arc<Limit>,
    /// `None` for what counts for no address.
    network: Option<IpAddr>,
    _permit: OwnedSemaphorePermit,
}

impl ConnectionLimit {
    /// At most `all` connections, and `each` from one address (IPv6: one /64), but for `exempt`.
    pub(crate) fn new(
        all: NonZeroUsize,
        each: NonZeroUsize,
        exempt: TrustedProxies,
        metrics: Arc<Metrics>,
    ) -> Self {
        let free = Arc::new(Semaphore::new(all.get().min(Semaphore::MAX_PERMITS)));
        Self(Arc::new(Limit { free, each: each.get(), exempt, open: Mutex::default(), metrics }))
    }

    /// A place for a connection of `client`, or none beyond the share of its address.
    fn admit(&self, client: SocketAddr, permit: OwnedSemaphorePermit) -> Option<Place> {
        let limit = &self.0;
        let is_exempt = limit.exempt.trusts(client);
        let network = (!is_exempt).then(|| network(client.ip().to_canonical()));
        if let Some(network) = network {
            let mut open = limit.open();
            let count = open.entry(network).or_default();
            if *count >= limit.each {
                limit.metrics.gateway_connections_refused.increment(1);
                return None;
            }
            *count += 1;
        }
        limit.metrics.gateway_connections.increment(1.0);
        Some(Place { limit: Arc::clone(limit), network, _permit: permit })
    }
}

impl Limit {
    fn open(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.limit.metrics.gateway_connections.decrement(1.0);
        let Some(network) = self.network else { return };
        let mut open = self.limit.open();
        if let Some(count) = open.get_mut(&network) {
            *count -= 1;
            if *count == 0 {
                open.remove(&network);
            }
        }
    }
}

/// The next connection, with its place; none if it was closed at once. Waits while there are as many as there
/// may be.
pub(super) async fn accept(
    listener: &TcpListener,
    limit: Option<&ConnectionLimit>,
) -> io::Result<Option<(TcpStream, SocketAddr, Option<Place>)>> {
    let Some(limit) = limit else {
        let (socket, client) = listener.accept().await?;
        return Ok(Some((socket, client, None)));
    };
    let permit = Arc::clone(&limit.0.free).acquire_owned().await.map_err(io::Error::other)?;
    let (socket, client) = listener.accept().await?;
    Ok(limit.admit(client, permit).map(|place| (socket, client, Some(place))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::origin::proxies::ForwardedBy;

    fn limit(each: usize, proxies: &str) -> ConnectionLimit {
        let exempt = TrustedProxies::parse(&[proxies.to_owned()], ForwardedBy::default()).unwrap();
        let [all, each] = [100, each].map(|number| NonZeroUsize::new(number).unwrap());
        ConnectionLimit::new(all, each, exempt, Arc::default())
    }

    fn come(limit: &ConnectionLimit, client: &str) -> Option<Place> {
        let permit = Arc::clone(&limit.0.free).try_acquire_owned().unwrap();
        limit.admit(SocketAddr::new(client.parse().unwrap(), 1), permit)
    }

    #[test]
    fn an_address_has_its_share_and_a_network_of_ipv6_is_one_address() {
        let limit = limit(2, "10.0.0.0/8");
        let mut open = Vec::new();
        for (client, is_taken) in [
            ("192.0.2.1", true),
            ("192.0.2.1", true),
            ("192.0.2.1", false),
            ("::ffff:192.0.2.1", false),
            ("192.0.2.2", true),
            ("2001:db8::1", true),
            ("2001:db8::ffff:0:0:2", true),
            ("2001:db8::3", false),
            ("2001:db8:0:1::3", true),
            ("10.0.0.1", true),
            ("10.0.0.1", true),
            ("10.0.0.1", true),
            ("::ffff:10.0.0.1", true),
        ] {
            let place = come(&limit, client);
            assert_eq!(place.is_some(), is_taken, "{client}");
            open.extend(place);
        }
        assert_eq!(limit.0.open().len(), 4, "those of proxies are not kept");
        open.clear();
        assert!(limit.0.open().is_empty(), "what ends is forgotten");
        assert_eq!(limit.0.free.available_permits(), 100);
        assert!(come(&limit, "192.0.2.1").is_some());
    }
}
