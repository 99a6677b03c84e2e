//! The cookbook's proxies forward the request as it was signed, without the headers that SeaweedFS
//! trusts unsigned.

use std::any::Any;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use crate::storages::{Caddy, Nginx, free_port};

/// Headers that SeaweedFS 4.48 reads from S3 requests, from its source.
const BELIEVED: [&str; 25] = [
    "X-Forwarded-Prefix",
    "X-Forwarded-Host",
    "X-Forwarded-Port",
    "X-Forwarded-Proto",
    "X-Forwarded-For",
    "X-Real-IP",
    "X-SeaweedFS-Principal",
    "X-SeaweedFS-Session-Token",
    "X-SeaweedFS-SSE-IV",
    "X-SeaweedFS-SSE-KMS-Key",
    "X-SeaweedFS-SSE-KMS-Base-IV",
    "X-SeaweedFS-SSE-S3-Key-Data",
    "X-SeaweedFS-SSE-S3-Base-IV",
    "X-Seaweedfs-Destination",
    "X-Seaweedfs-Upload-Id",
    "Seaweed-X-Amz-Owner",
    "Seaweed-X-Amz-Acl",
    "Seaweed-X-Amz-Version-Id",
    "Seaweed-X-Amz-Object-Lock-Mode",
    "Seaweed-X-Amz-Retention-Until-Date",
    "Seaweed-X-Amz-Legal-Hold",
    "Response-Content-Disposition",
    "S3-Identity-Id",
    "S3-Account-Id",
    "S3-Auth-Type",
];

/// Headers that proxies and frameworks act on.
const ROUTING: [&str; 8] = [
    "Forwarded",
    "X-Host",
    "X-Original-URL",
    "X-Original-Host",
    "X-Rewrite-URL",
    "X-Http-Method",
    "X-Http-Method-Override",
    "X-Method-Override",
];

/// The headers of a signed request.
const SIGNED: [&str; 5] = [
    "Authorization: AWS4-HMAC-SHA256 Credential=…",
    "x-amz-date: 20260101T000000Z",
    "x-amz-meta-note: a  b",
    "Content-Type: text/plain",
    "Range: bytes=0-1",
];

/// Paths that a proxy might normalize.
const TARGETS: [&str; 6] = [
    "/photos/a%2Fb/%41?x-id=GetObject&empty=&plain",
    "/photos//a///b",
    "/photos/100%25/%7Etilde/+/%20",
    "/photos/a;b,c:d@e$f!'()*",
    "/photos/%E6%97%A5%E6%9C%AC?prefix=a%2F&delimiter=%2F",
    "/",
];

#[tokio::test]
async fn a_proxy_passes_on_what_was_signed_and_no_more() {
    for stack in TestStack::all().await {
        for target in TARGETS {
            let host = format!("Host: {}", stack.host);
            let signed = SIGNED.map(str::to_owned).into_iter().chain([host]);
            let unsigned = BELIEVED.iter().chain(&ROUTING).map(|name| format!("{name}: /photos/m"));
            let head = std::iter::once(format!("GET {target} HTTP/1.1"));
            let lines: Vec<_> = head.chain(signed.clone()).chain(unsigned).chain(again()).collect();
            let mut client = stack.ask(&lines).await;
            let mut storage = stack.taken().await;
            let mut seen = read_head(&mut storage).await;
            storage.write_all(ANSWER).await.unwrap();
            assert_eq!(read(&mut client, 12).await, ANSWER[..12]);
            assert_eq!(seen.remove(0), lines[0]);
            assert_eq!(canonical(seen), canonical(signed.collect()));
        }
    }
}

#[tokio::test]
async fn a_body_goes_through_a_proxy_as_it_comes() {
    for stack in TestStack::all().await {
        let size = "Content-Length: 8000000000".to_owned();
        let host = format!("Host: {}", stack.host);
        let lines = ["PUT /photos/a HTTP/1.1".to_owned(), host, size.clone(), EXPECT.to_owned()];
        let mut client = stack.ask(&lines).await;
        assert_eq!(read(&mut client, GO_ON.len()).await, GO_ON);
        client.write_all(b"the beginning").await.unwrap();
        let mut storage = stack.taken().await;
        assert!(read_head(&mut storage).await.contains(&size));
        assert_eq!(read(&mut storage, 13).await, b"the beginning");
    }
}

/// A header that is repeated, in another case, and with an underscore.
fn again() -> impl Iterator<Item = String> {
    ["x-forwarded-prefix: /a", "X-FORWARDED-PREFIX: /b", "X_Forwarded_Prefix: /c"]
        .into_iter()
        .map(str::to_owned)
}

const EXPECT: &str = "Expect: 100-continue";
const GO_ON: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";
const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

/// A proxy, with the test itself as the storage behind it.
struct TestStack {
    host: String,
    storage: TcpListener,
    /// The proxy, running until dropped.
    _proxy: Box<dyn Any>,
}

impl TestStack {
    /// A stack with each proxy whose binary is configured.
    async fn all() -> Vec<Self> {
        let mut stages = Vec::new();
        if Nginx::is_here() {
            let (storage, url) = listen().await;
            let nginx = Nginx::before(&url, free_port()).await;
            stages.push(Self { host: host(&nginx.url), storage, _proxy: Box::new(nginx) });
        }
        if Caddy::is_here() {
            let (storage, url) = listen().await;
            let caddy = Caddy::before(&url).await;
            stages.push(Self { host: host(&caddy.url), storage, _proxy: Box::new(caddy) });
        }
        stages
    }

    /// Sends the head of a request.
    async fn ask(&self, lines: &[String]) -> BufReader<TcpStream> {
        let mut client = TcpStream::connect(&self.host).await.unwrap();
        client.write_all(format!("{}\r\n\r\n", lines.join("\r\n")).as_bytes()).await.unwrap();
        BufReader::new(client)
    }

    /// The connection that the proxy opens.
    async fn taken(&self) -> BufReader<TcpStream> {
        BufReader::new(within(self.storage.accept()).await.0)
    }
}

async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    (listener, url)
}

fn host(url: &str) -> String {
    url.trim_start_matches("http://").to_owned()
}

/// The request line and the headers.
async fn read_head(socket: &mut BufReader<TcpStream>) -> Vec<String> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        within(socket.read_line(&mut line)).await;
        match line.trim_end() {
            "" => return lines,
            line => lines.push(line.to_owned()),
        }
    }
}

async fn read(socket: &mut BufReader<TcpStream>, length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    within(socket.read_exact(&mut bytes)).await;
    bytes
}

async fn within<T>(io: impl Future<Output = std::io::Result<T>>) -> T {
    timeout(Duration::from_secs(10), io).await.expect("the proxy keeps it").unwrap()
}

/// The headers with lower-case names, sorted.
fn canonical(lines: Vec<String>) -> Vec<(String, String)> {
    let parts = lines.into_iter().map(|line| {
        let (name, value) = line.split_once(": ").unwrap();
        (name.to_ascii_lowercase(), value.to_owned())
    });
    let mut parts: Vec<_> = parts.collect();
    parts.sort();
    parts
}
