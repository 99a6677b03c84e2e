//! TLS of the server's own.

use std::fs::{Permissions, set_permissions};
use std::os::unix::fs::PermissionsExt as _;

use rcgen::{CertifiedKey, KeyPair};

use crate::database::Kind;
use crate::town::{Process, Town, ask};

/// Makes a certificate, puts it and its key into the server's directory, and returns one who trusts it.
fn renew(town: &Town, mode: u32) -> reqwest::Client {
    let names = ["127.0.0.1".to_owned()];
    let CertifiedKey { cert, signing_key } = rcgen::generate_simple_self_signed(names).unwrap();
    let at = |name: &str| town.directory.path().join(name);
    std::fs::write(at("cert.pem"), cert.pem()).unwrap();
    std::fs::write(at("key.pem"), KeyPair::serialize_pem(&signing_key)).unwrap();
    set_permissions(at("key.pem"), Permissions::from_mode(mode)).unwrap();
    let root = reqwest::Certificate::from_pem(cert.pem().as_bytes()).unwrap();
    reqwest::Client::builder().tls_certs_only([root]).no_proxy().build().unwrap()
}

/// Whether `client` is answered by both listeners, over connections of its own.
fn trusts(client: &reqwest::Client, server: &Process) -> bool {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    [server.address(), server.ops()].into_iter().all(|address| {
        let asked = runtime.block_on(client.get(format!("https://{address}/livez")).send());
        asked.is_ok_and(|answer| answer.status() == 200)
    })
}

#[test]
fn g30_every_listener_speaks_tls_and_shows_what_its_files_hold_now() {
    let town = Town::furnished(Kind::Sqlite);
    let first = renew(&town, 0o644);
    let tls = ["--tls-cert", "cert.pem", "--tls-key", "key.pem", "--ops", "127.0.0.1:0"];
    let server = town.serve(&tls);
    assert!(trusts(&first, &server));
    for address in [server.address(), server.ops()] {
        assert!(ask(address, "/livez").is_err(), "nothing is said in the clear");
    }
    let open = "SAIL_CARGO_TLS_KEY: everybody on this machine can use key.pem";
    assert_eq!(server.lines(open).len(), 1, "{:?}", server.lines(""));
    assert!(server.server.url.starts_with("https://"));

    server.eventually("healthy", || {
        let mut command = town.command();
        command.args(["healthcheck", "--url", &server.server.url]).env("SSL_CERT_FILE", "cert.pem");
        command.output().unwrap().status.success()
    });

    let second = renew(&town, 0o600);
    assert!(!trusts(&second, &server));
    server.signal("-HUP");
    server.eventually("told", || !server.lines("SIGHUP: the new certificate").is_empty());
    assert!(trusts(&second, &server));

    let third = renew(&town, 0o600);
    server.eventually("looked", || !server.lines("changed: the new certificate").is_empty());
    assert!(trusts(&third, &server));

    std::fs::write(town.directory.path().join("cert.pem"), "no certificate").unwrap();
    server.signal("-HUP");
    server.eventually("kept", || !server.lines("the old certificate is kept").is_empty());
    assert!(trusts(&third, &server));
    let error = &server.lines("the old certificate is kept")[0];
    assert!(error.contains("cert.pem") && error.contains("holds no certificates"), "{error}");

    let refused = town.refuses_to_serve(&tls[..4]);
    assert!(refused.err.contains("SAIL_CARGO_TLS_CERT"), "{refused:?}");
    let refused = town.refuses_to_serve(&tls[2..4]);
    assert!(refused.err.contains("SAIL_CARGO_TLS_CERT: is missing"), "{refused:?}");
}

#[test]
fn g30_a_listener_on_the_network_without_tls_is_warned_about() {
    let town = Town::furnished(Kind::Sqlite);
    renew(&town, 0o600);
    let warning = "is open to the network without TLS";
    let plain = town.serve(&["--ops", "0.0.0.0:0"]);
    plain.ops();
    let said = plain.lines(warning);
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].contains("--ops: 0.0.0.0:") && said[0].contains("--tls-cert"), "{said:?}");
    let tls = ["--tls-cert", "cert.pem", "--tls-key", "key.pem", "--ops", "0.0.0.0:0"];
    let encrypted = town.serve(&tls);
    encrypted.ops();
    assert!(encrypted.lines(warning).is_empty());
}
