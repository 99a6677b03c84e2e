//! What is taken away while a download is under way: it is cut where the project says so, and nowhere else
//! (G7).

use sail_cargo_client::protocol::{AuditQuery, PatchProject};

use super::last_look::{Holder, Taken};
use crate::database;
use crate::gateway_stack::{BUCKET, GatewayStack, eventually};
use crate::raw::Connection;

/// More than the buffers between a storage and a client that does not read.
const SIZE: usize = 48 << 20;
/// What the client reads before it stops.
const READ: u64 = 64 << 10;

/// How the downloads of a holder's user ended, as it is on record.
async fn ends(test: &GatewayStack, holder: &Holder) -> Vec<(String, String)> {
    let actor = Some(format!("user:{}", holder.user));
    let query = AuditQuery { bucket: Some(BUCKET.to_owned()), actor, ..AuditQuery::default() };
    let events = test.root().audit_events(&query).await.unwrap().items;
    let ends = events.into_iter().filter(|event| event.detail.starts_with("gateway: ended"));
    ends.map(|event| (event.reason, event.detail)).collect()
}

/// Begins a download, stops reading, takes the right away, and reads on: whether all of it came.
async fn finishes(test: &GatewayStack, taken: Taken, is_cut: bool) -> bool {
    let holder = taken.user(test).await;
    let mut connection = Connection::open(test.gateway()).await;
    let wire = holder.signer.ask("GET", "/photos/kept").signed();
    connection.say(&wire.head()).await;
    let head = connection.head().await.unwrap();
    assert_eq!((head.status, head.header("content-length")), (200, Some("50331648")));
    let begun = connection.skip(READ).await;
    holder.take(test).await;
    if is_cut {
        eventually("the download is on record as cut", || async {
            let ends = ends(test, &holder).await;
            let (_, code) = taken.code();
            ends.iter().any(|(reason, detail)| reason == "cut_off" && detail.contains(code))
        })
        .await;
    } else {
        let look = || holder.signer.ask("HEAD", "/photos/kept").signed();
        eventually("others are refused", || async { test.send(&look()).await.status >= 400 }).await;
    }
    let length = SIZE as u64;
    begun + connection.skip(length - begun).await == length
}

#[tokio::test]
async fn g7_a_download_is_cut_where_the_project_says_so_and_finished_where_it_does_not() {
    for kind in database::kinds() {
        let test = GatewayStack::start_on(*kind).await;
        let root = test.signer_of(None).await;
        let put = root.put("/photos/kept", &vec![b'a'; SIZE]).signed();
        assert_eq!(test.send(&put).await.status, 200);
        for cut_streams in [true, false] {
            let patch = PatchProject { cut_streams: Some(cut_streams), ..PatchProject::default() };
            test.patch_project(&patch).await;
            for taken in [Taken::Grant, Taken::Key, Taken::Place, Taken::Parent, Taken::Sessions] {
                let is_whole = finishes(&test, taken, cut_streams).await;
                assert_eq!(is_whole, !cut_streams, "{taken:?}");
            }
        }
    }
}

/// Changes that take nothing from it leave a download alone.
#[tokio::test]
async fn g7_a_download_that_is_still_allowed_is_finished_whatever_else_changes() {
    let test = GatewayStack::start().await;
    let root = test.signer_of(None).await;
    let put = root.put("/photos/kept", &vec![b'a'; SIZE]).signed();
    assert_eq!(test.send(&put).await.status, 200);
    test.patch_project(&PatchProject { cut_streams: Some(true), ..PatchProject::default() }).await;
    let holder = Taken::Grant.user(&test).await;
    let mut connection = Connection::open(test.gateway()).await;
    connection.say(&holder.signer.ask("GET", "/photos/kept").signed().head()).await;
    assert_eq!(connection.head().await.unwrap().status, 200);
    let begun = connection.skip(READ).await;
    // Another user's right goes, and their download with it: both were looked at since.
    let other = Taken::Place.user(&test).await;
    let mut others = Connection::open(test.gateway()).await;
    others.say(&other.signer.ask("GET", "/photos/kept").signed().head()).await;
    assert_eq!(others.head().await.unwrap().status, 200);
    other.take(&test).await;
    eventually("the other download is cut", || async {
        ends(&test, &other).await.iter().any(|(reason, _)| reason == "cut_off")
    })
    .await;
    let length = SIZE as u64;
    assert_eq!(begun + connection.skip(length - begun).await, length);
    eventually("it is on record as whole", || async {
        ends(&test, &holder).await.iter().any(|(reason, detail)| {
            reason == "ended" && detail.contains(&format!("{SIZE} bytes out"))
        })
    })
    .await;
}
