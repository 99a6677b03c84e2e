//! The end of a server with requests under way.

use sail_cargo_client::protocol::AuditQuery;

use super::fake_storage::{FakeStorage, Reply, fine};
use super::process::Process;
use crate::database;
use crate::raw::Connection;

/// The storage says nothing more after some bytes.
#[tokio::test]
async fn g25_a_stop_that_cuts_a_download_and_an_upload_has_their_ends_on_record() {
    let storage = FakeStorage::start(|asked| match asked.path() {
        "/photos/endless" => {
            Reply::Bytes("HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\nbegun".to_owned())
        }
        _ => fine(),
    })
    .await;
    for kind in database::kinds() {
        let more = ["--drain-seconds", "2", "--drain-notice-seconds", "0"];
        let process = Process::start_on(*kind, &storage.url, &more).await;
        let ada = process.signer().await;
        let mut download = Connection::open(process.gateway().await).await;
        download.say(&ada.ask("GET", "/photos/endless").signed().head()).await;
        let begun = download.head().await.unwrap();
        let upload = ada.put("/photos/x", &[b'a'; 400_000]).with("Expect", "100-continue").signed();
        let mut half = Connection::open(process.gateway().await).await;
        half.say(&upload.head()).await;
        assert_eq!((begun.status, half.head().await.unwrap().status), (200, 100));
        half.say(&upload.body[..200_000]).await;
        process.terminate();
        assert!(download.skip(100_000).await < 100_000, "it was cut");
        let process = process.restarted(&[]).await;
        let query = AuditQuery { actor: Some("user:ada".to_owned()), ..AuditQuery::default() };
        let events = process.root().audit_events(&query).await.unwrap().items;
        let ends = events.iter().filter(|event| event.detail.starts_with("gateway: ended"));
        let mut ends: Vec<_> =
            ends.map(|event| (event.action.as_str(), event.reason.as_str())).collect();
        ends.sort_unstable();
        assert_eq!(
            ends,
            [("s3:GetObject", "broken_off"), ("s3:PutObject", "broken_off")],
            "{kind:?}"
        );
    }
}
