//! HTTP/2 at the gateway, by hyper's client and by curl.

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;

use super::fake_storage::{FakeStorage, Reply, answer, fine};
use super::process::Process;
use super::refusals::demand_one;
use crate::raw::{Answer, Defect, Form, Upload, Wire};

async fn connect(process: &Process) -> SendRequest<Full<Bytes>> {
    let socket = TcpStream::connect(process.gateway().await).await.unwrap();
    let (client, connection) = handshake(TokioExecutor::new(), TokioIo::new(socket)).await.unwrap();
    tokio::spawn(connection);
    client
}

/// The request as HTTP/2 has it: `Host` is the authority.
fn in_http2(wire: &Wire) -> Request<Full<Bytes>> {
    let host = wire.value("host").unwrap();
    let mut request =
        Request::builder().method(&*wire.method).uri(format!("http://{host}{}", wire.target));
    for (name, value) in wire.headers.iter().filter(|(name, _)| name != "Host") {
        request = request.header(name, value);
    }
    request.body(Full::from(wire.body.clone())).unwrap()
}

async fn whole(response: Response<Incoming>) -> Answer {
    let (head, body) = response.into_parts();
    let headers = head.headers.iter();
    let headers =
        headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
    let (status, headers) = (head.status.as_u16(), headers.collect());
    let body = body.collect().await.unwrap().to_bytes().to_vec();
    Answer { status, headers, body, is_whole: true }
}

/// A storage in which `/photos/long` has two megabytes.
async fn storage() -> FakeStorage {
    FakeStorage::start(|asked| match asked.path() {
        "/photos/long" => Reply::Bytes(answer("200 OK", "", &"x".repeat(2 << 20))),
        _ => fine(),
    })
    .await
}

#[tokio::test]
async fn http2_requests_are_proved_judged_and_streamed_as_those_of_http1() {
    let storage = storage().await;
    let process = Process::start(&storage.url, &["--gateway-http2"]).await;
    let (ada, root, mut client) = (process.signer().await, process.root(), connect(&process).await);
    let get = in_http2(&ada.ask("GET", "/photos/long").signed());
    // Its answer waits while other requests are made.
    let got = client.send_request(get).await.unwrap();
    let pieces = [vec![b'a'; 300_000], vec![b'b'; 300_000]];
    let form = Form::SignedTrailer;
    let upload = Upload { pieces: &pieces, form, defect: Defect::None };
    let wire = upload.request(&ada, "/photos/stored");
    let put = client.send_request(in_http2(&wire)).await.unwrap();
    assert_eq!(whole(put).await.status, 200);
    assert_eq!(whole(got).await.body.len(), 2 << 20);
    let stored = storage.asked().into_iter().find(|asked| asked.path() == "/photos/stored");
    assert_eq!(stored.unwrap().body, upload.content());
    // A refusal, of which the connection does not end.
    let wrong = Upload { pieces: &pieces, form, defect: Defect::Signature(1) };
    let wrong = client.send_request(in_http2(&wrong.request(&ada, "/photos/wrong"))).await.unwrap();
    let wrong = whole(wrong).await;
    assert_eq!(wrong.said(), (403, "SignatureDoesNotMatch".to_owned()));
    demand_one(&root, &wrong, "s3:PutObject", "chunk_signature").await;
    assert_eq!(storage.asked().iter().filter(|asked| asked.path() == "/photos/wrong").count(), 0);
}

#[tokio::test]
async fn g5_the_signature_is_over_the_authority() {
    let storage = storage().await;
    let process = Process::start(&storage.url, &["--gateway-http2"]).await;
    let (ada, mut client) = (process.signer().await, connect(&process).await);
    let signed = in_http2(&ada.ask("GET", "/photos/x").signed());
    for (authority, host, status) in [
        (None, None, 200),
        (None, Some("other"), 400),
        (Some("other"), None, 403),
        (Some("other"), Some(ada.host.as_str()), 400),
    ] {
        let mut request = signed.clone();
        if let Some(authority) = authority {
            *request.uri_mut() = format!("http://{authority}/photos/x").parse().unwrap();
        }
        if let Some(host) = host {
            request.headers_mut().insert("host", host.parse().unwrap());
        }
        let answer = client.send_request(request).await.unwrap();
        assert_eq!(answer.status(), status, "{authority:?} {host:?}");
    }
}

/// curl speaks HTTP/2 without TLS where it is told to; not every curl can.
#[tokio::test]
async fn curl_speaks_http2_where_it_is_wanted_and_only_there() {
    let storage = storage().await;
    for (more, versions) in [(&["--gateway-http2"][..], ["2", "1.1"]), (&[][..], ["0", "1.1"])] {
        let process = Process::start(&storage.url, more).await;
        let ada = process.signer().await;
        let url = format!(
            "http://{}{}",
            ada.host,
            ada.bare("GET", "/photos/long").presigned("60").target
        );
        for (flag, version) in ["--http2-prior-knowledge", "--http1.1"].iter().zip(versions) {
            let mut curl = std::process::Command::new("curl");
            curl.args(["-s", "-o", "/dev/null", "-w", "%{http_version} %{size_download}"]);
            curl.args([flag, &*url]);
            let said = tokio::task::spawn_blocking(move || curl.output().unwrap()).await.unwrap();
            if said.status.code() == Some(2) {
                return println!("this curl has no HTTP/2");
            }
            let said = String::from_utf8(said.stdout).unwrap();
            if version == "0" {
                assert!(!said.starts_with('2'), "{said}");
            } else {
                assert_eq!(said, format!("{version} {}", 2 << 20));
            }
        }
    }
}
