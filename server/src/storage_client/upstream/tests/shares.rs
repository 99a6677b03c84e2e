//! Who gets a connection when there are not enough.

use tokio::time::{Instant, sleep};

use super::patience::trickle;
use super::*;
use crate::domain::ProjectId;

fn of(
    project: &str,
    key: &str,
    request: UpstreamRequest<Full<Bytes>>,
) -> UpstreamRequest<Full<Bytes>> {
    let project =
        ProjectId::parse(&format!("6f2c1d7e-3b5a-4c0e-9a44-0d7d3a1f5b2{project}")).unwrap();
    UpstreamRequest { holder: Holder::Caller { project, key: key.into() }, ..request }
}

fn connections(connections: usize) -> UpstreamLimits {
    UpstreamLimits { connections, ..UpstreamLimits::default() }
}

#[tokio::test(start_paused = true)]
async fn g27_a_key_has_a_quarter_and_a_project_half_of_a_store_s_connections() {
    let (way, fake) = (within(connections(8)), trickle(1000, 8192).await);
    let mut open = Vec::new();
    for (project, key, is_free) in [
        ("1", "a", true),
        ("1", "a", true),
        ("1", "a", false),
        ("1", "b", true),
        ("1", "b", true),
        ("1", "c", false),
        ("2", "a", true),
        ("2", "a", true),
        ("2", "a", false),
        ("3", "a", true),
        ("3", "b", true),
        ("3", "c", false),
    ] {
        let begun = Instant::now();
        match way.send(of(project, key, get(&fake)), Kind::Usual).await {
            Ok(response) => {
                assert!(is_free, "{project} {key}");
                open.push(response);
            }
            Err(UpstreamError::Busy(_)) => {
                assert!(!is_free, "{project} {key}");
                assert_eq!(begun.elapsed().as_secs(), 5, "it waited for one");
            }
            Err(other) => panic!("{other}"),
        }
    }
    // All are in use: the server's own wait as well, and have the first that is free.
    let waits = tokio::spawn({
        let (way, request) = (way.clone(), get(&fake));
        async move { way.send(request, Kind::Usual).await.map(|response| response.status) }
    });
    sleep(Duration::from_secs(1)).await;
    open.pop();
    assert_eq!(waits.await.unwrap().unwrap(), 200);
    assert_eq!(fake.connections(), 9, "no more than 8 at a time");
}

#[tokio::test(start_paused = true)]
async fn g27_when_all_are_in_use_a_slow_stream_is_broken_off_and_a_fast_one_is_not() {
    for (bytes, is_slow) in [(1, true), (3000, true), (4200, false)] {
        let (way, fake) = (within(connections(1)), trickle(1000, bytes).await);
        let mut slow = way.send(get(&fake), Kind::Usual).await.unwrap().body;
        let reader = tokio::spawn(async move {
            loop {
                match slow.frame().await {
                    Some(Ok(_)) => {}
                    Some(Err(error)) => return Err(error),
                    None => return Ok(()),
                }
            }
        });
        sleep(Duration::from_secs(30)).await;
        let early = way.send(get(&fake), Kind::Usual).await;
        assert!(matches!(early, Err(UpstreamError::Busy(_))), "nobody is slow after half a minute");
        sleep(Duration::from_mins(1)).await;
        let next = way.send(get(&fake), Kind::Usual).await;
        if is_slow {
            assert_eq!(next.unwrap().status, 200, "{bytes}");
            let ended = reader.await.unwrap();
            assert!(matches!(ended, Err(UpstreamError::TooSlow(_))), "{ended:?}");
        } else {
            assert!(matches!(next, Err(UpstreamError::Busy(_))), "{bytes}: {next:?}");
            reader.await.unwrap().unwrap();
        }
    }
}

#[tokio::test(start_paused = true)]
async fn g27_a_client_that_reads_or_sends_nothing_makes_room_for_others() {
    let fake = Fake::new(async |_, mut talk| {
        while let Some(head) = talk.head().await {
            if head.starts_with("put") {
                return talk.closes().await;
            }
            talk.answer("200 OK", "fine").await;
        }
    })
    .await;
    let way = within(connections(1));
    // An answer that nobody reads.
    let mut unread = way.send(get(&fake), Kind::Usual).await.unwrap().body;
    sleep(Duration::from_secs(61)).await;
    // In its place, an upload of which no byte comes.
    let (source, _, dropped) = Source::new(0, 0);
    let upload = tokio::spawn({
        let (way, request) = (way.clone(), put(&fake, 100, source));
        async move { way.send(request, Kind::Usual).await.map(|response| response.status) }
    });
    sleep(Duration::from_secs(61)).await;
    let ended = unread.frame().await;
    assert!(matches!(ended, Some(Err(UpstreamError::TooSlow(_)))), "{ended:?}");
    assert_eq!(text(way.send(get(&fake), Kind::Usual).await.unwrap()).await, "fine");
    assert!(matches!(upload.await.unwrap(), Err(UpstreamError::TooSlow(_))));
    dropped.await.unwrap_err();
}

#[tokio::test(start_paused = true)]
async fn g27_a_storage_that_works_on_its_answer_is_not_slow() {
    let fake = Fake::new(async |_, mut talk| {
        talk.head().await;
        sleep(Duration::from_mins(10)).await;
        talk.answer("200 OK", "done").await;
        talk.closes().await;
    })
    .await;
    let way = within(connections(1));
    let copy = tokio::spawn({
        let (way, request) = (way.clone(), get(&fake));
        async move { text(way.send(request, Kind::Long).await.unwrap()).await }
    });
    sleep(Duration::from_mins(2)).await;
    let next = way.send(get(&fake), Kind::Usual).await;
    assert!(matches!(next, Err(UpstreamError::Busy(_))), "{next:?}");
    assert_eq!(copy.await.unwrap(), "done");
}
