//! The same rules over TLS.

use super::*;

use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::tls::TlsFiles;

/// A listener with a certificate for 127.0.0.1, and a client that trusts it.
async fn listen_with_tls(
    service: &Arc<Service>,
    (patience, is_http2): (Patience, bool),
    alpn: &[&[u8]],
) -> (Running, TlsConnector) {
    let place = tempfile::tempdir().unwrap();
    let at = |name: &str| place.path().join(name);
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    std::fs::write(at("cert.pem"), made.cert.pem()).unwrap();
    std::fs::write(at("key.pem"), made.signing_key.serialize_pem()).unwrap();
    let tls = Tls::open(TlsFiles { certificate: at("cert.pem"), key: at("key.pem") }).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let options = Options { tls: Some(tls), patience, is_http2, ..Options::default() };
    let running = Running::start(listener, options, serving(service)).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let mut config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
    (running, TlsConnector::from(Arc::new(config)))
}

#[tokio::test]
async fn g30_requests_are_answered_over_tls_and_only_over_tls() {
    let service = Service::new();
    let (running, client) = listen_with_tls(&service, (Patience::default(), false), &[]).await;
    let body = "x".repeat(300_000);
    for (path, status, end) in [("/echo", 200, &*body), ("/no", 403, "\r\n\r\n")] {
        let socket = TcpStream::connect(running.address()).await.unwrap();
        let name = ServerName::try_from("127.0.0.1").unwrap();
        let socket = client.connect(name, socket).await.unwrap();
        let (mut reading, mut writing) = tokio::io::split(socket);
        let head = "HTTP/1.1\r\nHost: h\r\nContent-Length: 300000\r\nConnection: close\r\n\r\n";
        let request = format!("PUT {path} {head}{body}");
        let sent = async { writing.write_all(request.as_bytes()).await };
        let mut answer = String::new();
        let (sent, heard) = tokio::join!(sent, reading.read_to_string(&mut answer));
        sent.and(heard).unwrap();
        assert_eq!(statuses(&answer), [status], "{path}");
        assert!(answer.ends_with(end), "{path}");
    }
    let mut plain = TcpStream::connect(running.address()).await.unwrap();
    plain.write_all(b"GET /echo HTTP/1.1\r\nHost: h\r\n\r\n").await.unwrap();
    let mut said = Vec::new();
    plain.read_to_end(&mut said).await.ok();
    assert!(!said.starts_with(b"HTTP"), "{said:?}");
    assert_eq!(service.calls(), 2);
}

#[tokio::test]
async fn g30_a_handshake_has_the_time_of_a_head() {
    let patience = Patience { head: Duration::from_millis(50), ..Patience::default() };
    let (running, _) = listen_with_tls(&Service::new(), (patience, false), &[]).await;
    let mut silent = TcpStream::connect(running.address()).await.unwrap();
    assert_eq!(silent.read(&mut [0; 8]).await.unwrap(), 0, "it was let go");
}

#[tokio::test]
async fn http2_is_agreed_on_where_both_sides_speak_it() {
    let both: &[&[u8]] = &[b"h2", b"http/1.1"];
    for (is_http2, alpn, agreed) in [
        (true, both, Some(&b"h2"[..])),
        (true, &both[1..], Some(b"http/1.1")),
        (true, &[], None),
        (false, both, Some(b"http/1.1")),
    ] {
        let (service, patience) = (Service::new(), Patience::default());
        let (running, client) = listen_with_tls(&service, (patience, is_http2), alpn).await;
        let socket = TcpStream::connect(running.address()).await.unwrap();
        let name = ServerName::try_from("127.0.0.1").unwrap();
        let mut socket = client.connect(name, socket).await.unwrap();
        assert_eq!(socket.get_ref().1.alpn_protocol(), agreed, "{is_http2} {alpn:?}");
        if agreed == Some(b"h2") {
            let io = TokioIo::new(socket);
            let executor = hyper_util::rt::TokioExecutor::new();
            let (mut client, connection) =
                hyper::client::conn::http2::handshake(executor, io).await.unwrap();
            tokio::spawn(connection);
            let request = Request::get("https://h/echo").body(Full::<Bytes>::default()).unwrap();
            assert_eq!(client.send_request(request).await.unwrap().status(), 200);
        } else {
            socket.write_all(b"GET /echo HTTP/1.1\r\nHost: h\r\n\r\n").await.unwrap();
            assert_eq!(socket.read_u8().await.unwrap(), b'H');
        }
    }
}
