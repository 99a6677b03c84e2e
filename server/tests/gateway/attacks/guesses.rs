//! Failed proofs are counted by address, and beyond the limit nothing is verified (G9).

use super::fake_storage::{FakeStorage, fine};
use super::process::Process;
use crate::raw::{Signer, Wire};

/// The proxy that the addresses come from is the test.
const SETTINGS: [&str; 4] = ["--rate-of-failed-proofs", "1", "--trusted-proxies", "127.0.0.0/8"];
/// More than the limit and its burst, however fast they come.
const MANY: usize = 200;

fn from(wire: &Wire, address: &str) -> Wire {
    wire.clone().with("X-Forwarded-For", address)
}

#[tokio::test]
async fn g9_an_address_with_too_many_failed_proofs_is_told_to_slow_down_and_no_other() {
    let storage = FakeStorage::start(|_| fine()).await;
    let process = Process::start(&storage.url, &SETTINGS).await;
    let ada = process.signer().await;
    let right = ada.ask("GET", "/photos/x").signed();
    let guess = Signer { secret: "b".repeat(40), ..ada.clone() };
    let unknown = Signer { id: "CGAKAAAAAAAAAAAAAAAA".to_owned(), ..ada.clone() };
    let kinds = [
        ("a secret", "192.0.2.1", guess.ask("GET", "/photos/x").signed()),
        ("a key", "192.0.2.2", unknown.ask("GET", "/photos/x").signed()),
        ("a URL", "192.0.2.3", guess.bare("GET", "/photos/x").presigned("60")),
        (
            "an API key",
            "192.0.2.4",
            ada.bare("GET", "/photos/x")
                .with("x-api-key", "cgpk_AAAAAAAAAAAA_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
        ),
        ("a network", "2001:db8::1", guess.ask("GET", "/photos/x").signed()),
    ];
    for (name, address, wrong) in kinds {
        let mut slowed = None;
        for _ in 0..MANY {
            let answer = process.send(&from(&wrong, address)).await;
            if answer.status == 503 {
                slowed = Some(answer);
                break;
            }
            assert_eq!(answer.status, 403, "{name}: {}", answer.text());
        }
        let slowed = slowed.unwrap_or_else(|| panic!("{name}: {MANY} guesses were answered"));
        assert_eq!(slowed.element("Code"), "SlowDown", "{name}");
        assert_eq!(slowed.header("retry-after"), Some("1"), "{name}");
        // Whoever knows a key id cannot lock its owner out.
        let elsewhere = process.send(&from(&right, "198.51.100.1")).await;
        assert_eq!(elsewhere.status, 200, "{name}: {}", elsewhere.text());
    }
    // Nothing is verified for an address beyond the limit, a right signature neither. A second goes by
    // between guesses on a slow machine: the last guess shuts the address once more.
    for (address, shut) in [("192.0.2.1", true), ("2001:db8::2", true), ("2001:db8:0:1::1", false)]
    {
        let is_shut = async {
            for _ in 0..MANY {
                if address.contains("db8:0:1") {
                    break;
                }
                process.send(&from(&guess.ask("GET", "/photos/x").signed(), address)).await;
                if process.send(&from(&right, address)).await.status == 503 {
                    return true;
                }
            }
            process.send(&from(&right, address)).await.status == 503
        };
        assert_eq!(is_shut.await, shut, "{address}");
    }
    // An address that is only said to be another's is not counted as another's.
    let failed = storage.asked().iter().filter(|asked| asked.path() != "/photos/x").count();
    assert_eq!(failed, 0);
}

/// Ids of access keys stand in every presigned URL: what is counted of them is counted with the address.
#[tokio::test]
async fn g9_an_address_that_guesses_one_keys_secret_is_slowed_for_that_key_first_and_nobody_else_is()
 {
    let storage = FakeStorage::start(|_| fine()).await;
    let settings = ["--rate-of-failed-proofs", "4", "--trusted-proxies", "127.0.0.0/8"];
    let process = Process::start(&storage.url, &settings).await;
    let ada = process.signer().await;
    let right = ada.ask("GET", "/photos/x").signed();
    let guess = Signer { secret: "b".repeat(40), ..ada.clone() };
    let unknown = Signer { id: "CGAKAAAAAAAAAAAAAAAA".to_owned(), ..ada.clone() };
    let (here, owner) = ("192.0.2.1", "198.51.100.1");
    // Two a second are enough, and far from the eight that an address has at once.
    let mut slowed = None;
    for _ in 0..MANY {
        let answer = process.send(&from(&guess.ask("GET", "/photos/x").signed(), here)).await;
        if answer.status == 503 {
            slowed = Some(answer);
            break;
        }
        assert_eq!(answer.said(), (403, "SignatureDoesNotMatch".to_owned()));
    }
    let slowed = slowed.expect("all guesses were answered");
    assert_eq!(
        (slowed.element("Code").as_str(), slowed.header("retry-after")),
        ("SlowDown", Some("1"))
    );
    let other_key = process.send(&from(&unknown.ask("GET", "/photos/x").signed(), here)).await;
    assert_eq!(other_key.said(), (403, "InvalidAccessKeyId".to_owned()), "another key from there");
    assert_eq!(process.send(&from(&right, owner)).await.status, 200, "the key from elsewhere");
}
