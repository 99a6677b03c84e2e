//! What goes out, and what may come back.

use super::*;

#[tokio::test]
async fn g20_a_request_goes_out_with_its_length_and_nothing_of_another_connection() {
    let (heads, mut seen) = tokio::sync::mpsc::unbounded_channel();
    let fake = Fake::new(move |_, mut talk| {
        let heads = heads.clone();
        async move {
            while let Some(head) = talk.head().await {
                let length = head
                    .split_once("content-length: ")
                    .map_or("0", |(_, rest)| rest.split_once("\r\n").unwrap().0);
                talk.body(length.parse().unwrap()).await.unwrap();
                heads.send(head).unwrap();
                talk.answer("200 OK", "").await;
            }
        }
    })
    .await;
    let way = upstream();
    for (method, body, length) in [
        (Method::PUT, "twelve bytes", "12"),
        (Method::PUT, "", "0"),
        (Method::POST, "", "0"),
        (Method::GET, "", "0"),
        (Method::HEAD, "", "0"),
        (Method::DELETE, "", "0"),
    ] {
        let mut asked = request(&fake, method.clone(), body);
        asked.url = "http://photos.s3.example/a%20b//c?versionId=1".to_owned();
        for (name, value) in [
            ("x-amz-meta-a", "one"),
            ("accept-encoding", "gzip"),
            ("connection", "close"),
            ("keep-alive", "9"),
            ("te", "trailers"),
            ("trailer", "x"),
            ("transfer-encoding", "chunked"),
            ("upgrade", "h2c"),
            ("expect", "100-continue"),
            ("content-length", "77"),
            ("host", "evil.example"),
            ("proxy-authorization", "x"),
        ] {
            asked.headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        way.send(asked, Kind::Usual).await.unwrap();
        let head = seen.recv().await.unwrap();
        let mut lines = head.trim_end().lines();
        let first = format!("{} /a%20b//c?versionid=1 http/1.1", method.as_str().to_lowercase());
        assert_eq!(lines.next(), Some(first.as_str()));
        let mut lines: Vec<_> = lines.collect();
        lines.sort_unstable();
        let length = format!("content-length: {length}");
        let expected =
            ["accept-encoding: identity", &length, "host: photos.s3.example", "x-amz-meta-a: one"];
        assert_eq!(lines, expected, "{method} {body}");
    }
    assert_eq!(fake.connections(), 1, "the connection was kept");
}

#[tokio::test]
async fn g20_a_body_of_another_length_never_arrives_whole() {
    for (length, body) in [(4, "five!"), (6, "five!")] {
        let (heard, arrived) = tokio::sync::oneshot::channel();
        let heard = std::sync::Mutex::new(Some(heard));
        let fake = Fake::new(move |_, mut talk| {
            let heard = heard.lock().unwrap().take().unwrap();
            async move {
                let came = match talk.head().await {
                    Some(_) => talk.body(length).await,
                    None => None,
                };
                heard.send(came).unwrap();
            }
        })
        .await;
        let sent = upstream().send(put(&fake, length as u64, Full::from(body)), Kind::Usual).await;
        assert!(matches!(sent, Err(UpstreamError::Body(_))), "{sent:?}");
        assert_eq!(arrived.await.unwrap(), None, "a body of {length} bytes came");
    }
}

#[tokio::test]
async fn g22_an_early_answer_ends_the_upload_and_its_connection_is_not_used_again() {
    let fake = Fake::new(async |_, mut talk| {
        let head = talk.head().await.unwrap();
        if head.starts_with("put") {
            talk.body(1000).await.unwrap();
            talk.answer("403 Forbidden", "no").await;
            return talk.closes().await;
        }
        talk.answer("200 OK", "fine").await;
        talk.closes().await;
    })
    .await;
    let way = upstream();
    let (source, _, dropped) = Source::new(1, 1000);
    let response = way.send(put(&fake, 1 << 30, source), Kind::Usual).await.unwrap();
    dropped.await.expect_err("nobody asks for the rest of the body");
    assert_eq!(response.status, 403);
    assert_eq!(text(response).await, "no");
    assert_eq!(text(way.send(get(&fake), Kind::Usual).await.unwrap()).await, "fine");
    assert_eq!(fake.connections(), 2);
}

#[tokio::test]
async fn g22_what_comes_behind_an_answer_is_no_answer_to_the_next_request() {
    const STOLEN: &str = "HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nstolen";
    let fake = Fake::new(async |number, mut talk| {
        talk.head().await.unwrap();
        match number {
            // In one piece with the answer, after it, as the body of an answer to HEAD, half.
            0 => talk.say(&format!("HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n0{STOLEN}")).await,
            1 => {
                talk.answer("200 OK", "1").await;
                talk.say(STOLEN).await;
            }
            2 => talk.say("HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\n").await,
            _ => talk.answer("200 OK", &number.to_string()).await,
        }
        talk.closes().await;
    })
    .await;
    let way = upstream();
    for expected in ["0", "1", "", "3"] {
        let response = way.send(get(&fake), Kind::Usual).await.unwrap();
        assert_eq!(text(response).await, expected);
        // What was written has arrived: loopback has no other way.
        tokio::task::yield_now().await;
    }
    assert_eq!(fake.connections(), 4);
}

#[tokio::test]
async fn g22_an_answer_that_was_not_read_to_its_end_closes_the_connection() {
    let fake = Fake::new(async |number, mut talk| {
        talk.head().await.unwrap();
        talk.answer("200 OK", if number == 0 { "long enough" } else { "fine" }).await;
        talk.closes().await;
    })
    .await;
    let way = upstream();
    drop(way.send(get(&fake), Kind::Usual).await.unwrap());
    assert_eq!(text(way.send(get(&fake), Kind::Usual).await.unwrap()).await, "fine");
    assert_eq!(fake.connections(), 2);
}

#[tokio::test]
async fn g23_a_redirect_is_not_followed_and_names_the_setting() {
    let elsewhere = Fake::polite().await;
    let location = elsewhere.endpoint().url();
    for (status, region, said) in [
        ("301 Moved Permanently", "eu-west-1", Some("`region`")),
        ("307 Temporary Redirect", "", Some("`endpoints`")),
        ("302 Found", "", Some("`endpoints`")),
        ("304 Not Modified", "", None),
    ] {
        let head = format!(
            "HTTP/1.1 {status}\r\nlocation: {location}/photos/a\r\nx-amz-bucket-region: {region}\r\n\
             content-length: 0\r\n\r\n"
        );
        let fake = Fake::new(move |_, mut talk| {
            let head = head.clone();
            async move {
                talk.head().await.unwrap();
                talk.say(&head).await;
                talk.closes().await;
            }
        })
        .await;
        let sent = upstream().send(get(&fake), Kind::Usual).await;
        match (sent, said) {
            (Err(error @ UpstreamError::Redirected { .. }), Some(said)) => {
                let error = error.to_string();
                assert!(error.contains(said) && error.contains(&status[..3]), "{error}");
                assert!(!error.contains(&location), "what a storage says is not repeated: {error}");
            }
            (Ok(response), None) => assert_eq!(response.status, 304),
            (other, _) => panic!("{status}: {other:?}"),
        }
    }
    assert_eq!(elsewhere.connections(), 0);
}
