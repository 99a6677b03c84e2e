//! A server stops within its time, announces it first, and does so even if its database hangs.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::database::kinds;
use crate::faults::Fault;
use crate::town::{Town, ask};

/// Slack for a busy machine, beyond the time to drain.
const SLACK: Duration = Duration::from_secs(2);

#[test]
fn a_server_that_is_told_to_stop_sends_the_others_elsewhere_first() {
    for kind in kinds() {
        let town = Town::furnished(*kind);
        let mut server = town.serve_ready(&["--drain-seconds", "8", "--drain-notice-seconds", "2"]);
        let mut kept = TcpStream::connect(server.address()).unwrap();
        let told = Instant::now();
        server.signal("-TERM");
        let mut not_ready = 0;
        while told.elapsed() < Duration::from_millis(1500) {
            // New connections and their requests are answered as before.
            assert_eq!(server.ask("/livez").status, 200);
            assert_eq!(server.ask("/v1/whoami").status, 401);
            let ready = server.ask("/readyz");
            if ready.status == 503 {
                not_ready += 1;
                let check = ready.check("server");
                assert!(check["detail"].as_str().unwrap().contains("stopping"), "{ready:?}");
            }
        }
        assert!(not_ready > 0, "it said that it stops");
        // A keep-alive connection is closed after its answer.
        kept.write_all(b"GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n").unwrap();
        let mut answer = String::new();
        kept.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert!(answer.to_lowercase().contains("connection: close"), "{answer}");
        assert_eq!(server.ends(), 0);
        assert!(told.elapsed() >= Duration::from_secs(2), "the notice was kept");
        assert!(told.elapsed() < Duration::from_secs(8), "nothing was under way");
        assert!(ask(server.address(), "/livez").is_err());
    }
}

#[test]
fn a_server_whose_database_hangs_ends_within_its_time() {
    for kind in kinds() {
        let town = Town::furnished(*kind);
        let spool = ["--audit-spool", "."];
        for more in [&[][..], &spool] {
            let budget = ["--drain-seconds", "3", "--drain-notice-seconds", "1"];
            let mut server = town.serve_ready(&[&budget[..], more].concat());
            let busy = town.database.barrier();
            if let Some(proxy) = &town.proxy {
                proxy.set(Fault::Swallow);
            }
            // Requests that wait for the database, and a failed authentication.
            let waiting: Vec<_> = (0..4).map(|_| sign(&town, server.address())).collect();
            let told = Instant::now();
            server.signal("-TERM");
            let code = server.ends();
            let took = told.elapsed();
            assert!(took < Duration::from_secs(3) + SLACK, "{kind:?} {more:?}: {took:?}");
            assert_eq!(code, 0);
            drop((waiting, busy));
            if let Some(proxy) = &town.proxy {
                proxy.heal();
                proxy.reset();
            }
        }
    }
}

/// Requests a signature without waiting for it.
fn sign(town: &Town, address: std::net::SocketAddr) -> TcpStream {
    let key = std::fs::read_to_string(town.directory.path().join("root.key")).unwrap();
    let body =
        r#"{"method":"GET","url":"http://127.0.0.1:9/photos/x","payload":"UNSIGNED-PAYLOAD"}"#;
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "POST /v1/sign HTTP/1.1\r\nhost: localhost\r\nx-api-key: {}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        key.trim(),
        body.len()
    )
    .unwrap();
    stream
}

#[test]
fn whoever_presses_ctrl_c_does_not_wait() {
    let town = Town::furnished(crate::database::Kind::Sqlite);
    let mut server = town.serve_ready(&["--drain-seconds", "20"]);
    let told = Instant::now();
    server.signal("-TERM");
    server.eventually("stopping", || !server.lines("still accepting requests").is_empty());
    server.signal("-INT");
    assert_eq!(server.ends(), 0);
    assert!(told.elapsed() < Duration::from_secs(3), "{:?}", told.elapsed());
}

#[test]
fn operators_are_answered_at_once_whatever_the_database_does() {
    for kind in kinds() {
        let town = Town::furnished(*kind);
        let server = town.serve_ready(&["--ops", "127.0.0.1:0", "--workers", "1"]);
        let ops = server.ops();
        let ready = ask(ops, "/readyz").unwrap();
        assert_eq!(ready.status, 200, "{ready:?}");
        assert_eq!(ask(ops, "/livez").unwrap().status, 200);
        assert_eq!(ask(ops, "/v1/whoami").unwrap().status, 404, "nothing else is there");

        let busy = town.database.barrier();
        if let Some(proxy) = &town.proxy {
            proxy.set(Fault::Swallow);
        }
        let waiting: Vec<_> = (0..200).map(|_| sign(&town, server.address())).collect();
        let mut times = Vec::new();
        server.eventually("not ready", || ask(ops, "/readyz").unwrap().status == 503);
        for _ in 0..50 {
            let ready = ask(ops, "/readyz").unwrap();
            assert_eq!(ready.status, 503);
            times.push(ready.took);
            times.push(ask(ops, "/livez").unwrap().took);
        }
        times.sort();
        let slow = times[times.len() * 9 / 10];
        assert!(slow < Duration::from_millis(100), "{times:?}");
        drop((waiting, busy));
    }
}
