//! Limits that are settings of the server.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::Digest as _;

use super::fake_storage::{FakeStorage, fine};
use super::process::Process;
use super::refusals::{demand_one, refusals};
use crate::database;
use crate::gateway_stack::eventually;
use crate::raw::{Connection, Signer, Wire, hash};

/// A list of so many keys to delete.
fn delete(by: &Signer, keys: usize) -> Wire {
    let objects: String = (0..keys)
        .map(|key| format!("<Object><Key>{key}</Key></Object>"))
        .collect::<Vec<_>>()
        .concat();
    let list = format!("<Delete>{objects}</Delete>");
    let md5 = STANDARD.encode(md5::Md5::digest(list.as_bytes()));
    let wire = by.ask("POST", "/photos?delete").with("content-md5", &md5);
    wire.changed("x-amz-content-sha256", &hash(list.as_bytes())).carrying(list.as_bytes())
}

/// One request a second, and two at once. A list of three keys is three requests: the whole is charged as one,
/// before it is read, and the two others when it is.
#[tokio::test]
async fn g14_each_key_of_a_list_is_charged_and_what_is_too_much_is_on_record() {
    let storage = FakeStorage::start(|_| fine()).await;
    for kind in database::kinds() {
        let process = Process::start_on(*kind, &storage.url, &["--rate-per-user", "1"]).await;
        let ada = process.signer().await;
        let root = process.root();
        let is_too_much = || async {
            let answer = process.send(&delete(&ada, 3).signed()).await;
            if answer.status != 503 {
                return false;
            }
            assert_eq!(answer.said(), (503, "SlowDown".to_owned()));
            let refused = refusals(&root, &answer).await;
            // Before the list is read it is not known what is asked.
            let is_of_the_list = refused.iter().any(|event| event.action == "s3:DeleteObjects");
            let action = if is_of_the_list { "s3:DeleteObjects" } else { "s3:?" };
            demand_one(&root, &answer, action, "rate_limited").await;
            is_of_the_list
        };
        eventually("the keys of a list are too many", is_too_much).await;
    }
}

/// A client that stops in the middle of its body.
#[tokio::test]
async fn g27_a_body_that_is_read_whole_and_one_that_does_not_go_on_have_their_time() {
    let storage = FakeStorage::start(|_| fine()).await;
    for setting in ["--gateway-body-seconds", "--gateway-idle-seconds"] {
        let process = Process::start(&storage.url, &[setting, "1"]).await;
        let (ada, root) = (process.signer().await, process.root());
        let stops = async |wire: Wire, action: &str| {
            let mut connection = Connection::open(process.gateway().await).await;
            connection.say(&wire.head()).await;
            connection.say(&wire.body[..wire.body.len() / 2]).await;
            let answer = connection.answer(&wire.method).await.unwrap();
            assert_eq!(answer.said(), (400, "RequestTimeout".to_owned()), "{setting}");
            assert!(answer.closes(), "{setting}");
            demand_one(&root, &answer, action, "request_timeout").await;
        };
        stops(delete(&ada, 900).signed(), "s3:DeleteObjects").await;
        if setting == "--gateway-idle-seconds" {
            stops(ada.put("/photos/x", &vec![b'a'; 400_000]).signed(), "s3:PutObject").await;
        }
    }
    assert!(storage.asked().iter().all(|asked| asked.body.len() < 400_000));
}
