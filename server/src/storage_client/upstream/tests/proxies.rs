//! The way through a proxy that was named, and whom TLS believes.

use std::sync::Mutex;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_rustls::TlsAcceptor;

use super::*;
use crate::domain::s3::AddressingStyle;

/// Where no name leads: only a proxy answers.
const STORAGE: &str = "s3.storage.example";

fn asked(scheme: &str) -> UpstreamRequest<Full<Bytes>> {
    UpstreamRequest {
        endpoint: Endpoint::parse(&format!("{scheme}://{STORAGE}"), AddressingStyle::Path).unwrap(),
        holder: Holder::Server,
        method: Method::GET,
        url: format!("{scheme}://photos.{STORAGE}/a?b"),
        headers: HeaderMap::new(),
        length: 0,
        body: Full::default(),
    }
}

fn through(proxy: &Fake) -> Outbound {
    let url = proxy.endpoint().url().replace("http://", "http://ada:secret@");
    Outbound::through(&url).unwrap()
}

#[tokio::test]
async fn a_proxy_is_asked_for_the_whole_url_of_a_plain_storage() {
    let heads = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&heads);
    let proxy = Fake::new(move |_, mut talk| {
        let seen = Arc::clone(&seen);
        async move {
            while let Some(head) = talk.head().await {
                seen.lock().unwrap().push(head);
                talk.answer("200 OK", "by proxy").await;
            }
        }
    })
    .await;
    // It would answer for the machine itself as well, and is not asked.
    let fake = Fake::polite().await;
    let way = Upstream::new(&through(&proxy), UpstreamLimits::default()).unwrap();
    assert_eq!(text(way.send(get(&fake), Kind::Usual).await.unwrap()).await, "fine");
    assert_eq!(text(way.send(asked("http"), Kind::Usual).await.unwrap()).await, "by proxy");
    let heads = heads.lock().unwrap();
    assert_eq!(heads.len(), 1);
    assert!(heads[0].starts_with(&format!("get http://photos.{STORAGE}/a?b http/1.1\r\n")));
    assert!(heads[0].contains(&format!("\r\nhost: photos.{STORAGE}\r\n")), "{}", heads[0]);
    assert!(heads[0].contains("\r\nproxy-authorization: basic "), "{}", heads[0]);
}

/// A root, and a certificate by it for the storage.
fn certificates() -> (CertificateDer<'static>, TlsAcceptor) {
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let leaf =
        CertificateParams::new([STORAGE.to_owned()]).unwrap().signed_by(&key, &root).unwrap();
    let key = PrivatePkcs8KeyDer::from(key.serialize_der());
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let server = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], key.into())
        .unwrap();
    (root.der().clone(), TlsAcceptor::from(Arc::new(server)))
}

#[tokio::test]
async fn a_storage_with_tls_is_reached_by_a_tunnel_and_believed_by_its_root_alone() {
    let (root, acceptor) = certificates();
    let (head, seen) = tokio::sync::mpsc::unbounded_channel();
    let mut seen = seen;
    let proxy = Fake::new(move |_, mut talk| {
        let (acceptor, head) = (acceptor.clone(), head.clone());
        async move {
            head.send(talk.head().await.unwrap()).unwrap();
            talk.say("HTTP/1.1 200 Connection established\r\n\r\n").await;
            let Ok(mut storage) = acceptor.accept(talk.into_stream()).await else { return };
            let mut asked = vec![0; 4096];
            let length = storage.read(&mut asked).await.unwrap();
            head.send(String::from_utf8_lossy(&asked[..length]).to_ascii_lowercase()).unwrap();
            storage.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nsafe").await.unwrap();
        }
    })
    .await;
    let stranger = Upstream::new(&through(&proxy), UpstreamLimits::default()).unwrap();
    let sent = stranger.send(asked("https"), Kind::Usual).await;
    let Err(UpstreamError::Unreachable { cause, .. }) = sent else { panic!("{sent:?}") };
    assert!(cause.contains("certificate"), "{cause}");
    seen.recv().await.unwrap();

    let known = through(&proxy).trusting(vec![root]);
    let known = Upstream::new(&known, UpstreamLimits::default()).unwrap();
    assert_eq!(text(known.send(asked("https"), Kind::Usual).await.unwrap()).await, "safe");
    let connect = seen.recv().await.unwrap();
    assert!(connect.starts_with(&format!("connect {STORAGE}:443 http/1.1\r\n")), "{connect}");
    assert!(connect.contains("\r\nproxy-authorization: basic "), "{connect}");
    let inner = seen.recv().await.unwrap();
    assert!(inner.starts_with("get /a?b http/1.1\r\n"), "{inner}");
    assert!(!inner.contains("proxy-authorization"), "the storage learns nothing of it: {inner}");
}

#[tokio::test]
async fn a_proxy_that_makes_no_tunnel_is_no_way() {
    let proxy = Fake::new(async |_, mut talk| {
        talk.head().await;
        talk.answer("407 Proxy Authentication Required", "").await;
    })
    .await;
    let way = Upstream::new(&through(&proxy), UpstreamLimits::default()).unwrap();
    let sent = way.send(asked("https"), Kind::Usual).await;
    let Err(UpstreamError::Unreachable { cause, .. }) = sent else { panic!("{sent:?}") };
    assert_eq!(cause, "the proxy answered 407");
}
