//! What clients send that nobody asked for.

use super::*;

const ASKS: &str = "Host: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n";

#[tokio::test(start_paused = true)]
async fn g17_a_client_is_told_to_continue_when_its_body_is_asked_for() {
    let service = Service::new();
    let mut talk = Talk::with(&service, Patience::default());
    talk.say(&format!("PUT /echo HTTP/1.1\r\n{ASKS}")).await;
    assert_eq!(talk.until("\r\n\r\n").await, "HTTP/1.1 100 Continue\r\n\r\n");
    talk.say("hello").await;
    assert!(talk.until("hello").await.starts_with("HTTP/1.1 200"));
}

#[tokio::test(start_paused = true)]
async fn g17_a_client_that_is_refused_is_never_told_to_continue() {
    let service = Service::new();
    let mut talk = Talk::with(&service, Patience::default());
    talk.say(&format!("PUT /no HTTP/1.1\r\n{ASKS}")).await;
    let answer = talk.rest().await;
    assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
    assert!(answer.contains("connection: close"), "{answer}");
    // Nor while it is still being judged.
    let mut talk = Talk::with(&service, Patience::default());
    talk.say(&format!("PUT /wait HTTP/1.1\r\n{ASKS}")).await;
    tokio::time::sleep(Duration::from_hours(1)).await;
    service.may_answer.add_permits(1);
    assert!(talk.rest().await.starts_with("HTTP/1.1 200"));
}

#[tokio::test(start_paused = true)]
async fn g17_a_refused_upload_is_read_to_its_end_so_that_the_answer_arrives() {
    let service = Service::new();
    let mut talk = Talk::with(&service, Patience::default());
    let begun = tokio::time::Instant::now();
    talk.say("PUT /no HTTP/1.1\r\nHost: h\r\nContent-Length: 900000\r\n\r\n").await;
    // More than the pipe holds: it is read although the answer was given.
    talk.client.write_all(&vec![b'x'; 900_000]).await.unwrap();
    talk.client.shutdown().await.unwrap();
    let answer = talk.rest().await;
    assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
    assert!(answer.contains("connection: close"), "{answer}");
    assert!(begun.elapsed() < Duration::from_secs(1), "nothing was waited for");
}

#[tokio::test(start_paused = true)]
async fn g17_no_more_than_a_mebibyte_of_a_refused_upload_is_read() {
    let service = Service::new();
    let mut talk = Talk::with(&service, Patience::default());
    talk.say("PUT /no HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999\r\n\r\n").await;
    let (mut sent, piece) = (0, vec![b'x'; 8192]);
    while talk.client.write_all(&piece).await.is_ok() {
        sent += piece.len();
        assert!(sent < 2 << 20, "{sent} bytes were read");
    }
    assert!(sent > 1 << 20, "only {sent} bytes were read");
    assert!(talk.rest().await.starts_with("HTTP/1.1 403"));
}

#[tokio::test(start_paused = true)]
async fn g17_the_rest_of_a_refused_upload_is_waited_for_two_seconds() {
    let service = Service::new();
    let mut talk = Talk::with(&service, Patience::default());
    let begun = tokio::time::Instant::now();
    talk.say("PUT /no HTTP/1.1\r\nHost: h\r\nContent-Length: 900000\r\n\r\nsome").await;
    let answer = talk.rest().await;
    assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
    // The answer is whole before that: what is waited for is that the server lets go.
    while talk.client.write_all(b"x").await.is_ok() {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let took = begun.elapsed();
    assert!((2000..2300).contains(&took.as_millis()), "{took:?}");
}
