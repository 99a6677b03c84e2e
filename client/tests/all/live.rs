//! Event streams that reconnect, and a server on a Unix domain socket.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::TryStreamExt as _;
use sail_cargo_client::protocol::AuditQuery;
use sail_cargo_client::{Client, Credentials};

use crate::stub::{Reply, Stub};

fn change(revision: i64) -> String {
    format!(
        "id: {revision}\ndata: {{\"revision\":{revision},\"at\":\"2026-01-01T00:00:00Z\",\
         \"actor\":\"operator\",\"request_id\":\"r\",\"kind\":\"grant.put\",\"rows\":[],\
         \"hash\":\"00\"}}\n\n"
    )
}

#[tokio::test]
async fn a_stream_that_breaks_off_is_taken_up_where_it_ended() {
    let asked = Arc::new(AtomicUsize::new(0));
    let stub = Stub::start(move |_| {
        let asked = asked.clone();
        async move {
            match asked.fetch_add(1, Ordering::SeqCst) {
                0 => Reply::json(200, format!(": welcome\n\n{}{}", change(1), change(2))),
                1 => Reply::Hangup,
                2 => Reply::json(200, format!("{}: keep-alive\n\nid: 4\nda", change(3))),
                3 => Reply::json(200, change(4)),
                _ => Reply::problem(403, "scope_missing"),
            }
        }
    })
    .await;
    let cargo = stub.client(Credentials::api_key("cgok_x"));
    let mut changes = std::pin::pin!(cargo.changes_live(0));
    let mut told = Vec::new();
    let error = loop {
        match changes.try_next().await {
            Ok(change) => told.push(change.expect("it ends with an error").revision),
            Err(error) => break error,
        }
    };
    assert_eq!(told, [1, 2, 3, 4]);
    assert!(error.is_denied());
    assert_eq!(changes.try_next().await.unwrap(), None);
    let from: Vec<_> =
        stub.seen().iter().map(|seen| seen.header("last-event-id").to_owned()).collect();
    assert_eq!(from, ["0", "2", "2", "3", "4"]);
    assert!(stub.seen().iter().all(|seen| seen.header("accept") == "text/event-stream"));

    let query = AuditQuery { bucket: Some("photos".to_owned()), ..AuditQuery::default() };
    let mut events = std::pin::pin!(cargo.audit_events_live(&query));
    events.try_next().await.unwrap_err();
    assert_eq!(stub.seen()[5].line, "GET /v1/audit-events?bucket=photos");
}

#[cfg(unix)]
#[tokio::test]
async fn a_server_on_a_socket_is_asked_over_one_connection() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    let path = std::env::temp_dir().join(format!("sail-cargo-{}.sock", std::process::id()));
    std::fs::remove_file(&path).ok();
    let listener = tokio::net::UnixListener::bind(&path).unwrap();
    let connections = Arc::new(AtomicUsize::new(0));
    let counted = connections.clone();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(async move {
                let mut request = Vec::new();
                while socket.read_buf(&mut request).await.unwrap_or(0) > 0 {
                    if request.ends_with(b"\r\n\r\n") {
                        let text = String::from_utf8_lossy(&request).to_lowercase();
                        assert!(text.contains("host: localhost"), "{text}");
                        request.clear();
                        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 12\r\n\r\n{\"items\":[]}";
                        socket.write_all(answer).await.unwrap();
                    }
                }
            });
        }
    });
    let cargo = Client::builder(format!("unix:{}", path.display())).build().unwrap();
    for _ in 0..3 {
        cargo.permissions().await.unwrap();
    }
    assert_eq!(connections.load(Ordering::SeqCst), 1);
    std::fs::remove_file(&path).ok();
}
