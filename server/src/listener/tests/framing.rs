//! Requests of which two readers might read different things.

use super::*;

use tokio::net::TcpStream;

/// Sends bytes over a real socket, and returns what comes until the server closes.
async fn send(running: &Running, bytes: &[u8]) -> String {
    let mut socket = TcpStream::connect(running.address()).await.unwrap();
    socket.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).await.unwrap();
    String::from_utf8(answer).unwrap()
}

#[tokio::test]
async fn g17_what_is_ambiguous_is_refused_before_anybody_handles_it() {
    let service = Service::new();
    let running = listen(&service, Patience::default()).await;
    let smuggled = "GET /echo HTTP/1.1\r\nHost: h\r\n\r\n";
    for (status, head) in [
        (
            400,
            "PUT /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        ),
        (
            400,
            "PUT /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
        ),
        (
            400,
            "PUT /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        ),
        (400, "PUT /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5,6\r\n\r\nhello"),
        (400, "PUT http://h/echo HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n"),
        (400, "GET http://h/echo HTTP/1.1\r\nHost: h\r\n\r\n"),
        (400, "PUT /echo HTTP/1.0\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello"),
        (400, "GET /echo HTTP/1.1\r\nHost: h\r\nX-A: b\r\n c\r\n\r\n"),
        (400, "GET /echo HTTP/1.1\nHost: h\n\n"),
        (400, "GET /echo HTTP/1.1\r\nHost: h\r\nX-A: b\nX-B: c\r\n\r\n"),
        (400, "GET /echo HTTP/1.1\r\nHost: h\r\nX-A: b\rX-B: c\r\n\r\n"),
        (400, "GET /echo HTTP/1.1\r\n\r\n"),
        (400, "GET /echo HTTP/1.1\r\nHost: h\r\nhost: h\r\n\r\n"),
        (400, "CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n"),
        (501, "PUT /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
        (505, "GET /echo HTTP/3.0\r\nHost: h\r\n\r\n"),
    ] {
        let answer = send(&running, format!("{head}{smuggled}").as_bytes()).await;
        assert_eq!(statuses(&answer), [status], "{head:?}: {answer}");
        assert!(answer.contains("connection: close"), "{head:?}: {answer}");
    }
    let long = format!("GET /{} HTTP/1.1\r\nHost: h\r\n\r\n", "a".repeat(head::LONGEST));
    assert_eq!(statuses(&send(&running, long.as_bytes()).await), [431]);
    assert_eq!(service.calls(), 0);
    let head = send(&running, b"HEAD /echo HTTP/1.1\r\n\r\n").await;
    assert!(head.starts_with("HTTP/1.1 400") && head.ends_with("\r\n\r\n"), "no body: {head}");
}

#[tokio::test]
async fn g17_what_is_refused_is_answered_in_its_turn() {
    let service = Service::new();
    let running = listen(&service, Patience::default()).await;
    let good = "PUT /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello";
    let three = format!("{good}GET http://h/ HTTP/1.1\r\n\r\n{good}");
    let answer = send(&running, three.as_bytes()).await;
    assert_eq!(statuses(&answer), [200, 400], "{answer}");
    assert!(answer.contains("\r\n\r\nhelloHTTP/1.1 400"), "{answer}");
    assert_eq!(service.calls(), 1);
}

#[tokio::test]
async fn requests_in_a_row_keep_their_bodies_however_they_are_cut() {
    let requests = "\r\nPUT /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nfirst\
        PUT /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n\
        6\r\nsecond\r\n0\r\na: b\r\n\r\n\r\n\
        GET /no HTTP/1.1\r\nHost: h\r\n\r\n\
        PUT /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nConnection: close\r\n\r\nthird";
    for size in [1, 2, 7, 50, requests.len()] {
        let mut talk = Talk::with(&Service::new(), Patience::default());
        for piece in requests.as_bytes().chunks(size) {
            talk.client.write_all(piece).await.unwrap();
            tokio::task::yield_now().await;
        }
        let answers = talk.rest().await;
        assert_eq!(statuses(&answers), [200, 200, 403, 200], "by {size}: {answers}");
        for body in ["first", "second", "third"] {
            assert!(answers.contains(&format!("\r\n\r\n{body}")), "by {size}: {answers}");
        }
    }
}

#[tokio::test]
async fn a_refused_request_whose_body_came_along_leaves_the_connection_open() {
    let mut talk = Talk::with(&Service::new(), Patience::default());
    let small = "PUT /no HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc";
    talk.say(&format!("{small}GET /echo HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")).await;
    assert_eq!(statuses(&talk.rest().await), [403, 200]);
}

#[tokio::test]
async fn g17_broken_chunks_end_the_body_with_an_error_and_the_connection() {
    for chunks in
        ["5\nhello\r\n0\r\n\r\n", "5\r\nhello!\r\n0\r\n\r\n", "5;a\nb\r\nhello\r\n0\r\n\r\n"]
    {
        let service = Service::new();
        let mut talk = Talk::with(&service, Patience::default());
        let head = "PUT /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
        talk.say(&format!("{head}{chunks}GET /echo HTTP/1.1\r\nHost: h\r\n\r\n")).await;
        talk.client.shutdown().await.unwrap();
        let answer = talk.rest().await;
        assert!(!answer.contains(" 200 "), "{chunks:?}: {answer}");
        assert_eq!(service.calls(), 1, "{chunks:?}: {answer}");
    }
}

#[tokio::test]
async fn large_answers_and_bodies_pass_whole() {
    let service = Service::new();
    let running = listen(&service, Patience::default()).await;
    let body = vec![b'x'; 3 << 20];
    let mut chunked = b"PUT /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n".to_vec();
    chunked.extend_from_slice(b"Connection: close\r\n\r\n");
    for chunk in body.chunks(100_000) {
        chunked.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        chunked.extend_from_slice(chunk);
        chunked.extend_from_slice(b"\r\n");
    }
    chunked.extend_from_slice(b"0\r\n\r\n");
    let socket = TcpStream::connect(running.address()).await.unwrap();
    let (mut reading, mut writing) = socket.into_split();
    let send = tokio::spawn(async move { writing.write_all(&chunked).await.map(|()| writing) });
    let mut answer = Vec::new();
    reading.read_to_end(&mut answer).await.unwrap();
    drop(send.await.unwrap().unwrap());
    assert!(answer.ends_with(&body), "{} bytes", answer.len());
}
