//! How many connections there may be.

use super::*;

use std::num::NonZeroUsize;

use tokio::net::TcpStream;

use crate::origin::proxies::TrustedProxies;

const GET: &[u8] = b"GET /echo HTTP/1.1\r\nHost: h\r\n\r\n";

async fn listen_with(service: &Arc<Service>, all: usize, each: usize) -> Running {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let [all, each] = [all, each].map(|number| NonZeroUsize::new(number).unwrap());
    let limit = ConnectionLimit::new(all, each, TrustedProxies::default(), Arc::default());
    let options = Options { limit: Some(limit), ..Options::default() };
    Running::start(listener, options, serving(service)).unwrap()
}

/// Whether a request on a new connection is answered; the connection.
async fn ask(running: &Running) -> (bool, TcpStream) {
    let mut socket = TcpStream::connect(running.address()).await.unwrap();
    let asked = socket.write_all(GET).await;
    let answered = asked.is_ok() && socket.read_u8().await.is_ok();
    (answered, socket)
}

#[tokio::test]
async fn a_connection_beyond_the_share_of_its_address_is_closed_at_once() {
    let running = listen_with(&Service::new(), 9, 2).await;
    let (first, second) = (ask(&running).await, ask(&running).await);
    assert!(first.0 && second.0);
    assert!(!ask(&running).await.0, "the third of one address");
    drop(first);
    // It is noticed in a while that the first one went away.
    while !ask(&running).await.0 {}
}

#[tokio::test]
async fn a_connection_beyond_all_waits_until_another_ends() {
    let service = Service::new();
    let running = listen_with(&service, 2, 2).await;
    let (first, second) = (ask(&running).await, ask(&running).await);
    assert!(first.0 && second.0);
    let mut third = TcpStream::connect(running.address()).await.unwrap();
    third.write_all(GET).await.unwrap();
    // The others are still answered, and the third one is not.
    let mut second = second.1;
    for calls in 3..20 {
        second.write_all(GET).await.unwrap();
        while service.calls() < calls {
            tokio::task::yield_now().await;
        }
        assert_eq!(service.calls(), calls);
    }
    assert!(third.try_read(&mut [0]).is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock));
    drop(first);
    assert_eq!(third.read_u8().await.unwrap(), b'H', "it is answered now");
}
