//! An auth service whose certificate is signed by a private CA.

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::test_stack::TestStack;

const KEYS: &str = include_str!("../data/rsa-2048.pem");

/// Serves keys over TLS. Returns the URL, and the CA certificate.
async fn auth_service() -> (String, String) {
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let issuer = KeyPair::generate().unwrap();
    let root = authority.self_signed(&issuer).unwrap();
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
    let leaf = leaf.signed_by(&key, &Issuer::new(authority, issuer)).unwrap();
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(
            vec![leaf.der().clone()],
            PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        )
        .unwrap();
    let acceptor = TlsAcceptor::from(std::sync::Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/keys", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((connection, _)) = listener.accept().await {
            // A client that does not trust the certificate hangs up.
            let Ok(mut stream) = acceptor.accept(connection).await else { continue };
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n")
                && stream.read_buf(&mut request).await.unwrap() > 0
            {}
            let length = KEYS.len();
            let head =
                format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
            stream.write_all((head + KEYS).as_bytes()).await.unwrap();
            stream.shutdown().await.ok();
        }
    });
    (url, root.pem())
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_come_from_who_a_named_authority_vouches_for() {
    let (url, root) = auth_service().await;
    let auth =
        ["--auth-keys", &url, "--auth-issuer", "https://auth.example", "--auth-any-audience"];
    let refresh = ["auth-keys", "refresh"];

    let stranger = TestStack::set_with(&auth).operator(&refresh);
    assert_eq!(stranger.code, 1);
    assert!(stranger.out.contains("certificate"), "{stranger:?}");

    let trusting = [&auth[..], &["--auth-ca", "ca.pem"]].concat();
    let stack = TestStack::set_with_files(&[("ca.pem", &root)], &trusting);
    assert!(stack.operator(&refresh).ok().out.contains("1 keys in use"));

    for (file, text) in [("ca.pem", "no PEM"), ("elsewhere.pem", "")] {
        let stack = TestStack::set_with_files(&[("ca.pem", text)], &[]);
        let said = stack.operator(&[&["serve"], &auth[..], &["--auth-ca", file]].concat());
        assert_eq!(said.code, 1);
        assert!(said.err.contains("SAIL_CARGO_AUTH_CA") && said.err.contains(file), "{said:?}");
    }
}
