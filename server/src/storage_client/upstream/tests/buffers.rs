//! How much of a body is in memory. Over a pipe that holds next to nothing, so that no kernel's buffer
//! hides it.

use std::sync::Mutex;

use futures_util::FutureExt as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};

use super::*;
use crate::storage_client::upstream::connection::{BoxedStream, Connection};
use crate::storage_client::upstream::flow::Content;

/// What a request may keep in memory.
const MOST: u64 = 256 * 1024;
const PIPE: usize = 1024;

/// An exchange over a pipe, and the storage's end of it.
async fn over_a_pipe(
    method: Method,
    length: u64,
) -> (Asking, Connection, seats::Seat, DuplexStream) {
    let fake = Fake::polite().await;
    let way = upstream();
    let store = way.store(&fake.endpoint()).unwrap();
    let (ours, theirs) = duplex(PIPE);
    let connection = Connection::over(BoxedStream::new(ours)).await.unwrap();
    let limits = UpstreamLimits::default();
    let head = Head::new((method, "http://s3.example/a", HeaderMap::new(), length), None, false);
    let (head, kind) = (head.unwrap(), Kind::Usual);
    let seat = store.seat(&Holder::Server, &limits, Instant::now()).await.unwrap();
    (Asking { head, length, kind, limits, store, end: None }, connection, seat, theirs)
}

#[tokio::test]
async fn g16_an_upload_that_nobody_takes_holds_no_more_than_its_buffers() {
    let (asking, mut connection, seat, mut theirs) = over_a_pipe(Method::PUT, 1 << 40).await;
    assert!(connection.ready().await);
    let (source, taken, _) = Source::new(u64::MAX, 16 * 1024);
    let content = Content::new(source);
    let mut sent = std::pin::pin!(asking.ask(connection, seat, Some(content)));
    let mut read = 0;
    for _ in 0..100 {
        for _ in 0..100 {
            assert!(sent.as_mut().now_or_never().is_none());
        }
        let in_memory = taken.load(Ordering::SeqCst).saturating_sub(read);
        assert!((1..=MOST).contains(&in_memory), "{in_memory} bytes after {read}");
        read += theirs.read(&mut [0; PIPE]).await.unwrap() as u64;
    }
}

#[tokio::test]
async fn g16_an_answer_that_nobody_reads_stays_with_the_storage() {
    let (asking, mut connection, seat, mut theirs) = over_a_pipe(Method::GET, 0).await;
    assert!(connection.ready().await);
    let given = Arc::new(Mutex::new(0));
    let storage = tokio::spawn({
        let given = Arc::clone(&given);
        async move {
            theirs
                .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100000000\r\n\r\n")
                .await
                .unwrap();
            while theirs.write_all(&[b'x'; PIPE]).await.is_ok() {
                *given.lock().unwrap() += PIPE as u64;
            }
        }
    });
    let Ok(answered) = asking.ask(connection, seat, None).await else { panic!("no answer") };
    let patience = Patience::new(Duration::from_mins(1), None);
    let mut body = UpstreamResponse::new(answered, patience).await.body;
    let mut read = 0;
    for _ in 0..100 {
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        let in_memory = given.lock().unwrap().saturating_sub(read);
        assert!(in_memory <= MOST, "{in_memory} bytes after {read}");
        read += body.frame().await.unwrap().unwrap().into_data().unwrap().len() as u64;
    }
    drop(body);
    storage.await.unwrap();
}
