use std::fs::{Permissions, set_permissions};
use std::os::unix::fs::PermissionsExt as _;

use rcgen::CertifiedKey as Made;
use tokio::io::duplex;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{
    ClientConfig, ProtocolVersion, RootCertStore, SupportedProtocolVersion,
};

use super::*;

/// A certificate for `localhost`, and its key.
fn made() -> Made<rcgen::KeyPair> {
    rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap()
}

/// Two files in a directory of their own.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn files(&self) -> TlsFiles {
        let at = |name: &str| self.0.path().join(name);
        TlsFiles { certificate: at("cert.pem"), key: at("key.pem") }
    }

    fn write(&self, certificate: &str, key: &str) {
        let files = self.files();
        std::fs::write(&files.certificate, certificate).unwrap();
        std::fs::write(&files.key, key).unwrap();
        set_permissions(&files.key, Permissions::from_mode(0o600)).unwrap();
    }

    fn with(made: &Made<rcgen::KeyPair>) -> Self {
        let place = Self::new();
        place.write(&made.cert.pem(), &made.signing_key.serialize_pem());
        place
    }
}

/// Shakes hands, and returns what the server showed: the protocol, and the version.
async fn shake(
    tls: &Tls,
    trusted: &Made<rcgen::KeyPair>,
    versions: &[&'static SupportedProtocolVersion],
    protocols: &[&str],
) -> std::io::Result<(Option<Vec<u8>>, ProtocolVersion)> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.cert.der().clone()).unwrap();
    let mut config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(versions)
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
    let (client, server) = duplex(1 << 16);
    let name = ServerName::try_from("localhost").unwrap();
    let connector = TlsConnector::from(Arc::new(config));
    let (client, server) =
        tokio::join!(connector.connect(name, client), tls.acceptor(false).accept(server));
    let client = client?;
    server.unwrap();
    let spoken = client.get_ref().1;
    let version = spoken.protocol_version().unwrap();
    Ok((spoken.alpn_protocol().map(<[u8]>::to_vec), version))
}

const BOTH: [&SupportedProtocolVersion; 2] = [&TLS12, &TLS13];

async fn shows(tls: &Tls, trusted: &Made<rcgen::KeyPair>) -> bool {
    shake(tls, trusted, &BOTH, &[]).await.is_ok()
}

#[tokio::test]
async fn g30_tls_1_2_and_1_3_are_spoken_and_http_1_1_over_it() {
    let made = made();
    let place = Place::with(&made);
    let tls = Tls::open(place.files()).unwrap();
    let http = Some(b"http/1.1".to_vec());
    for (version, spoken) in
        [(&TLS12, ProtocolVersion::TLSv1_2), (&TLS13, ProtocolVersion::TLSv1_3)]
    {
        let shaken = shake(&tls, &made, &[version], &["h2", "http/1.1"]).await.unwrap();
        assert_eq!(shaken, (http.clone(), spoken));
    }
    assert_eq!(shake(&tls, &made, &BOTH, &[]).await.unwrap().0, None, "nothing was asked for");
    let printed = format!("{tls:?}");
    assert!(printed.contains("key.pem") && !printed.contains("PRIVATE"), "{printed}");
}

#[tokio::test]
async fn g30_changed_files_are_shown_and_bad_ones_keep_what_was() {
    let (old, new) = (made(), made());
    let place = Place::with(&old);
    let tls = Tls::open(place.files()).unwrap();
    assert!(shows(&tls, &old).await && !shows(&tls, &new).await);
    for (certificate, key) in [
        (new.cert.pem(), old.signing_key.serialize_pem()),
        ("nothing".to_owned(), new.signing_key.serialize_pem()),
        (new.cert.pem(), String::new()),
    ] {
        place.write(&certificate, &key);
        tls.look();
        assert!(shows(&tls, &old).await, "{certificate} {key}");
    }
    std::fs::remove_file(place.files().key).unwrap();
    tls.look();
    assert!(shows(&tls, &old).await, "without a file");
    place.write(&new.cert.pem(), &new.signing_key.serialize_pem());
    tls.look();
    assert!(shows(&tls, &new).await && !shows(&tls, &old).await);
}

#[tokio::test(start_paused = true)]
async fn g30_the_files_are_looked_at_every_few_seconds() {
    let (old, new) = (made(), made());
    let place = Place::with(&old);
    let tls = Tls::open(place.files()).unwrap();
    let looking = tokio::spawn(tls.clone().keep_fresh());
    tokio::time::sleep(GLANCE).await;
    place.write(&new.cert.pem(), &new.signing_key.serialize_pem());
    tokio::time::sleep(GLANCE * 2).await;
    assert!(shows(&tls, &new).await);
    looking.abort();
}

#[test]
fn g30_wrong_files_are_named() {
    let (one, other) = (made(), made());
    let (certificate, key) = (one.cert.pem(), one.signing_key.serialize_pem());
    let public = one.signing_key.public_key_pem();
    for (certificate, key, wrong, says) in [
        ("", &*key, "cert.pem", "holds no certificates in PEM"),
        (&*key, &key, "cert.pem", "holds no certificates in PEM"),
        (&certificate, "", "key.pem", "holds no private key in PEM"),
        (&certificate, &public, "key.pem", "holds no private key in PEM"),
        (
            &certificate,
            &other.signing_key.serialize_pem(),
            "key.pem",
            "not the one of the certificate",
        ),
    ] {
        let place = Place::new();
        place.write(certificate, key);
        let said = Tls::open(place.files()).unwrap_err().to_string();
        assert!(said.contains(wrong) && said.contains(says), "{said}");
    }
    let said = Tls::open(Place::new().files()).unwrap_err().to_string();
    assert!(said.contains("cert.pem: No such file"), "{said}");
}
