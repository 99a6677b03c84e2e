use super::*;

#[tokio::test]
async fn a_web_page_may_ask_and_read() {
    let root = tempfile::tempdir().unwrap();
    let storage = start(&root).await;
    let asked = [
        header("host", "localhost"),
        header("origin", "http://app.test"),
        header("access-control-request-method", "PUT"),
        header("access-control-request-headers", "authorization,x-amz-date"),
    ];
    let answer = send(&storage, "OPTIONS", "/photos/x", &asked, "").await;
    for line in [
        "HTTP/1.1 204",
        "access-control-allow-origin: *\r\n",
        "access-control-allow-methods: GET, HEAD, PUT, POST, DELETE\r\n",
        "access-control-allow-headers: authorization,x-amz-date\r\n",
        "access-control-max-age: 600\r\n",
    ] {
        assert!(answer.contains(line), "{answer}");
    }
    let answer = send(&storage, "GET", "/photos/x", &asked[..2], "").await;
    assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
    assert!(answer.contains("access-control-allow-origin: *\r\n"), "{answer}");
    assert!(answer.contains("access-control-expose-headers: ETag"), "{answer}");
    assert_eq!(storage.served(), 2);
}

#[tokio::test]
async fn objects_outlive_the_server() {
    let root = tempfile::tempdir().unwrap();
    let (storage, _still_connected) = start_filled(&root).await;
    let address = storage.address();
    let stopping = Instant::now();
    storage.stop().await;
    assert!(stopping.elapsed() < Duration::from_secs(2));
    assert!(TcpStream::connect(address).await.is_err());
    let storage = start(&root).await;
    assert_eq!(get(&client(&storage), "vault", "secret").await, b"secret");
    assert_eq!(storage.served(), 1);
}

#[tokio::test]
async fn dropping_the_storage_stops_it() {
    let root = tempfile::tempdir().unwrap();
    let storage = start(&root).await;
    let address = storage.address();
    drop(storage);
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(TcpStream::connect(address).await.is_err());
}

#[test]
fn a_concealed_signature_does_not_print() {
    let mut headers = http::HeaderMap::new();
    headers.insert("authorization", http::HeaderValue::from_static("AWS4-HMAC-SHA256 x"));
    super::super::conceal(&mut headers);
    assert!(!format!("{headers:?}").contains("AWS4"), "{headers:?}");
}
