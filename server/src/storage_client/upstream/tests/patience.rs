//! How long a storage may take.

use futures_util::stream;
use http_body_util::StreamBody;
use tokio::time::{Instant, sleep};

use super::*;

const SECOND: Duration = Duration::from_secs(1);

/// It reads a head, says `begins`, and nothing more for ever.
async fn silent(begins: &'static str) -> Fake {
    Fake::new(move |_, mut talk| async move {
        talk.head().await;
        talk.say(begins).await;
        talk.closes().await;
    })
    .await
}

#[tokio::test(start_paused = true)]
async fn g27_a_storage_that_never_answers_has_so_long() {
    let fake = silent("").await;
    for (kind, seconds) in
        [(Kind::Usual, 60), (Kind::Long, 900), (Kind::Own(Duration::from_secs(5)), 5)]
    {
        let begun = Instant::now();
        let sent = upstream().send(get(&fake), kind).await;
        assert!(matches!(sent, Err(UpstreamError::Late(_))), "{kind:?}: {sent:?}");
        assert_eq!(begun.elapsed().as_secs(), seconds, "{kind:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn g27_the_answer_s_time_counts_from_the_end_of_the_request() {
    let fake = silent("").await;
    // Ten minutes of upload: a byte every other minute.
    let bytes = stream::unfold(0, async |sent| {
        (sent < 5).then_some(())?;
        sleep(SECOND * 120).await;
        Some((Ok::<_, BodyError>(Frame::data(Bytes::from_static(b"x"))), sent + 1))
    });
    let begun = Instant::now();
    let sent = upstream().send(put(&fake, 5, StreamBody::new(Box::pin(bytes))), Kind::Usual).await;
    assert!(matches!(sent, Err(UpstreamError::Late(_))), "{sent:?}");
    assert_eq!(begun.elapsed().as_secs(), 10 * 60 + 60);
}

#[tokio::test(start_paused = true)]
async fn g27_a_storage_that_takes_no_more_of_an_upload_is_late() {
    let fake = Fake::new(async |_, mut talk| {
        talk.head().await;
        std::future::pending::<()>().await;
    })
    .await;
    let (source, _, dropped) = Source::new(u64::MAX, 64 * 1024);
    let begun = Instant::now();
    let sent = upstream().send(put(&fake, 1 << 40, source), Kind::Long).await;
    assert!(matches!(sent, Err(UpstreamError::Late(_))), "{sent:?}");
    assert_eq!(begun.elapsed().as_secs(), 60);
    dropped.await.unwrap_err();
}

#[tokio::test(start_paused = true)]
async fn g27_an_answer_that_stops_is_late_and_one_that_trickles_is_not() {
    let fake = silent("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf").await;
    let mut body = upstream().send(get(&fake), Kind::Usual).await.unwrap().body;
    assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), "half");
    // Whoever reads may take their time.
    sleep(SECOND * 300).await;
    let begun = Instant::now();
    let rest = body.frame().await.unwrap();
    assert!(matches!(rest, Err(UpstreamError::Late(_))), "{rest:?}");
    assert_eq!(begun.elapsed().as_secs(), 60);
    assert!(body.frame().await.is_none());

    let fake = trickle(600, 1).await;
    let response = upstream().send(get(&fake), Kind::Usual).await.unwrap();
    assert_eq!(text(response).await.len(), 600);
}

/// It answers `times` × `bytes`, a second between them.
pub(super) async fn trickle(times: usize, bytes: usize) -> Fake {
    Fake::new(move |_, mut talk| async move {
        while talk.head().await.is_some() {
            let length = times * bytes;
            talk.say(&format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n")).await;
            for _ in 0..times {
                sleep(SECOND).await;
                talk.say(&"x".repeat(bytes)).await;
            }
        }
    })
    .await
}

#[tokio::test(start_paused = true)]
async fn g27_the_server_s_own_requests_have_so_long_in_all() {
    let fake = trickle(600, 1).await;
    let begun = Instant::now();
    let mut body = upstream().send(get(&fake), Kind::Own(SECOND * 5)).await.unwrap().body;
    let end = loop {
        if let Err(end) = body.frame().await.unwrap() {
            break end;
        }
    };
    assert!(matches!(end, UpstreamError::Late(_)), "{end:?}");
    assert_eq!(begun.elapsed().as_secs(), 5);
}

#[tokio::test]
async fn g27_a_storage_that_is_down_or_talks_nonsense_is_told_apart() {
    let gone = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    let mut asked = get(&Fake::polite().await);
    asked.endpoint = Endpoint::parse(&gone, crate::domain::s3::AddressingStyle::Path).unwrap();
    let sent = upstream().send(asked, Kind::Usual).await;
    let Err(UpstreamError::Unreachable { endpoint, cause }) = sent else { panic!("{sent:?}") };
    assert_eq!(endpoint, gone);
    assert!(cause.starts_with("Connection refused"), "{cause}");

    for garbage in [
        "SSH-2.0-OpenSSH\r\n\r\n",
        "HTTP/1.1 banana\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n",
        "\0\0\0\0",
    ] {
        let fake = Fake::new(move |_, mut talk| async move {
            talk.head().await;
            talk.say(garbage).await;
        })
        .await;
        let sent = upstream().send(get(&fake), Kind::Usual).await;
        assert!(matches!(sent, Err(UpstreamError::Lost { .. })), "{garbage:?}: {sent:?}");
    }
}

#[tokio::test]
async fn g27_a_storage_that_hangs_up_in_the_middle_breaks_what_is_under_way() {
    let fake = Fake::new(async |number, mut talk| {
        talk.head().await;
        if number == 0 {
            return talk.say("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf").await;
        }
        talk.body(1000).await;
    })
    .await;
    let way = upstream();
    let response = way.send(get(&fake), Kind::Usual).await.unwrap();
    let read = response.body.collect().await;
    assert!(matches!(read, Err(UpstreamError::Lost { .. })), "{read:?}");
    let (source, ..) = Source::new(1, 1000);
    let sent = way.send(put(&fake, 2000, source), Kind::Usual).await;
    assert!(matches!(sent, Err(UpstreamError::Lost { .. })), "{sent:?}");
}
