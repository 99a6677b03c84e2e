//! The end of a server with requests under way.

use sail_cargo_client::protocol::AuditQuery;

use super::fake_storage::{FakeStorage, Reply, fine};
use super::process::Process;
use crate::database;
use crate::raw::{Connection, Signer, Wire};

/// A storage that says nothing more after some bytes of `/photos/endless`.
async fn storage() -> FakeStorage {
    FakeStorage::start(|asked| match asked.path() {
        "/photos/endless" => {
            Reply::Bytes("HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\nbegun".to_owned())
        }
        _ => fine(),
    })
    .await
}

fn upload(by: &Signer) -> Wire {
    by.put("/photos/x", &vec![b'a'; 400_000]).with("Expect", "100-continue").signed()
}

/// A connection on which half of an upload came.
async fn half(process: &Process, upload: &Wire) -> Connection {
    let mut half = Connection::open(process.gateway().await).await;
    half.say(&upload.head()).await;
    assert_eq!(half.head().await.unwrap().status, 100);
    half.say(&upload.body[..200_000]).await;
    half
}

/// How the requests of ada ended, as the next server says.
async fn ends(process: Process) -> Vec<(String, String)> {
    let process = process.restarted(&[]).await;
    let query = AuditQuery { actor: Some("user:ada".to_owned()), ..AuditQuery::default() };
    let events = process.root().audit_events(&query).await.unwrap().items;
    let ends = events.into_iter().filter(|event| event.detail.starts_with("gateway: ended"));
    let mut ends: Vec<_> = ends.map(|event| (event.action, event.reason)).collect();
    ends.sort_unstable();
    ends
}

#[tokio::test]
async fn g25_what_a_stop_cuts_has_its_end_on_record() {
    let storage = storage().await;
    for kind in database::kinds() {
        // A fifth of the time is kept for records.
        let process = Process::start_on(*kind, &storage.url, &["--drain-seconds", "150"]).await;
        let ada = process.signer().await;
        let mut download = Connection::open(process.gateway().await).await;
        download.say(&ada.ask("GET", "/photos/endless").signed().head()).await;
        assert_eq!(download.head().await.unwrap().status, 200);
        let _half = half(&process, &upload(&ada)).await;
        process.signal("-INT");
        assert!(download.skip(100_000).await < 100_000, "it was cut");
        let broken = |action: &str| (action.to_owned(), "broken_off".to_owned());
        assert_eq!(ends(process).await, ["s3:GetObject", "s3:PutObject"].map(broken), "{kind:?}");
    }
}

#[tokio::test]
async fn g27_a_gentle_stop_lets_an_upload_finish_and_has_its_end_on_record() {
    let storage = storage().await;
    for kind in database::kinds() {
        let more = ["--drain-seconds", "300", "--drain-notice-seconds", "0"];
        let process = Process::start_on(*kind, &storage.url, &more).await;
        let ada = process.signer().await;
        let wire = upload(&ada);
        let mut upload = half(&process, &wire).await;
        process.signal("-TERM");
        process.said("requests in progress may finish").await;
        upload.say(&wire.body[200_000..]).await;
        assert_eq!(upload.answer("PUT").await.unwrap().status, 200);
        let ended = [("s3:PutObject".to_owned(), "ended".to_owned())];
        assert_eq!(ends(process).await, ended, "{kind:?}");
    }
}
