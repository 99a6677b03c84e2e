//! What is sent once more, and what is not.

use tokio::time::advance;

use super::*;

/// On its first connection it answers once, then reads the head of the next request, `body` bytes of
/// its body, and hangs up. On others it answers.
async fn fickle(body: usize) -> Fake {
    Fake::new(move |number, mut talk| async move {
        talk.head().await.unwrap();
        talk.answer("200 OK", "first").await;
        let head = talk.head().await;
        if number == 0 {
            talk.body(body).await;
            return;
        }
        if head.is_some() {
            talk.answer("200 OK", "again").await;
            talk.closes().await;
        }
    })
    .await
}

/// The answer to `request` over a connection that a read has warmed up.
async fn second<B>(
    way: &Upstream,
    fake: &Fake,
    request: UpstreamRequest<B>,
) -> Result<String, UpstreamError>
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BodyError>,
{
    assert_eq!(text(way.send(get(fake), Kind::Usual).await?).await, "first");
    Ok(text(way.send(request, Kind::Usual).await?).await)
}

#[tokio::test]
async fn g26_a_read_whose_kept_connection_was_closed_is_sent_once_more() {
    for method in [Method::GET, Method::HEAD] {
        let (way, fake) = (upstream(), fickle(0).await);
        let again = second(&way, &fake, request(&fake, method.clone(), "")).await.unwrap();
        assert_eq!(again, if method == Method::HEAD { "" } else { "first" });
        assert_eq!(fake.connections(), 2);
    }
}

#[tokio::test]
async fn g26_a_change_that_may_have_acted_is_not_sent_again() {
    for (method, body) in
        [(Method::DELETE, ""), (Method::PUT, ""), (Method::POST, ""), (Method::PUT, "body")]
    {
        let (way, fake) = (upstream(), fickle(body.len()).await);
        let sent = second(&way, &fake, request(&fake, method.clone(), body)).await;
        assert!(matches!(sent, Err(UpstreamError::Lost { .. })), "{method} {body}: {sent:?}");
        assert_eq!(fake.connections(), 1);
    }
}

#[tokio::test]
async fn g26_a_body_of_which_nothing_was_taken_is_sent_once_more() {
    let (begin, mut begun) = tokio::sync::watch::channel(false);
    let begin = Arc::new(begin);
    let fake = Fake::new(move |number, mut talk| {
        let begin = Arc::clone(&begin);
        async move {
            talk.head().await.unwrap();
            if number == 0 {
                talk.answer("200 OK", "first").await;
                // The head of the upload, and no more.
                talk.head().await.unwrap();
                return;
            }
            begin.send_replace(true);
            assert_eq!(talk.body(4).await.unwrap(), b"body");
            talk.answer("200 OK", "again").await;
            talk.closes().await;
        }
    })
    .await;
    let body = futures_util::stream::once(async move {
        begun.wait_for(|begun| *begun).await.unwrap();
        Ok::<_, BodyError>(Frame::data(Bytes::from_static(b"body")))
    });
    let body = http_body_util::StreamBody::new(Box::pin(body));
    let sent = second(&upstream(), &fake, put(&fake, 4, body)).await;
    assert_eq!(sent.unwrap(), "again");
    assert_eq!(fake.connections(), 2);
}

#[tokio::test]
async fn g26_a_new_connection_that_is_closed_is_an_answer() {
    let fake = Fake::new(async |_, mut talk| {
        talk.head().await.unwrap();
    })
    .await;
    let sent = upstream().send(get(&fake), Kind::Usual).await;
    assert!(matches!(sent, Err(UpstreamError::Lost { .. })), "{sent:?}");
    assert_eq!(fake.connections(), 1);
}

#[tokio::test(start_paused = true)]
async fn g26_a_connection_that_was_idle_for_more_than_4_s_gets_no_put() {
    for (method, pause, connections) in [
        (Method::PUT, 3900, 1),
        (Method::PUT, 4100, 2),
        (Method::POST, 4100, 2),
        (Method::DELETE, 4100, 2),
        (Method::GET, 4100, 1),
        (Method::GET, 31_000, 2),
    ] {
        let (way, fake) = (upstream(), Fake::polite().await);
        way.send(get(&fake), Kind::Usual).await.unwrap().body.collect().await.unwrap();
        advance(Duration::from_millis(pause)).await;
        let sent = way.send(request(&fake, method.clone(), ""), Kind::Usual).await.unwrap();
        assert_eq!(text(sent).await, "fine");
        assert_eq!(fake.connections(), connections, "{method} after {pause} ms");
    }
}

#[tokio::test]
async fn g26_a_connection_that_the_storage_closed_meanwhile_is_not_used() {
    let fake = Fake::new(async |_, mut talk| {
        talk.head().await.unwrap();
        talk.answer("200 OK", "fine").await;
    })
    .await;
    let way = upstream();
    for connections in 1..=3 {
        // A PUT, which would not be sent again.
        let response = way.send(request(&fake, Method::PUT, ""), Kind::Usual).await.unwrap();
        assert_eq!(text(response).await, "fine");
        assert_eq!(fake.connections(), connections);
        tokio::task::yield_now().await;
    }
}
