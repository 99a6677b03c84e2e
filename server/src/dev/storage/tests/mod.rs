#![allow(clippy::unwrap_used)]

mod hostile;
mod sdk;
mod server;

use std::{
    fmt::Write as _,
    time::{Duration, Instant},
};

use aws_credential_types::Credentials;
use aws_sdk_s3::{
    Client,
    config::{BehaviorVersion, Region, RequestChecksumCalculation},
    error::ProvideErrorMetadata,
    presigning::PresigningConfig,
    primitives::ByteStream,
    types::{CompletedMultipartUpload, CompletedPart, Delete, ObjectIdentifier},
};
use aws_sigv4::{
    http_request::{
        PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningParams,
        SigningSettings, UriPathNormalizationMode, sign,
    },
    sign::v4,
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use super::{SecretKey, Storage};

const KEY: &str = "AKIDDEV";
const SECRET: &str = "not-a-secret-outside-this-test";
const REGION: &str = "us-east-1";

async fn start(root: &TempDir) -> Storage {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    Storage::start(listener, root.path(), KEY, SecretKey::from(SECRET), REGION).await.unwrap()
}

fn client_with(storage: &Storage, secret: &str, region: &'static str) -> Client {
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(region))
        .endpoint_url(format!("http://{}", storage.address()))
        .force_path_style(true)
        .credentials_provider(Credentials::new(KEY, secret, None, None, "test"))
        .build();
    Client::from_conf(config)
}

fn client(storage: &Storage) -> Client {
    client_with(storage, SECRET, REGION)
}

/// A storage with the object `vault/secret` and an empty bucket `inbox`.
async fn start_filled(root: &TempDir) -> (Storage, Client) {
    let storage = start(root).await;
    let s3 = client(&storage);
    for bucket in ["vault", "inbox"] {
        s3.create_bucket().bucket(bucket).send().await.unwrap();
    }
    put(&s3, "vault", "secret", b"secret").await;
    (storage, s3)
}

async fn put(s3: &Client, bucket: &str, key: &str, body: &'static [u8]) {
    let body = ByteStream::from_static(body);
    s3.put_object().bucket(bucket).key(key).body(body).send().await.unwrap();
}

async fn get(s3: &Client, bucket: &str, key: &str) -> Vec<u8> {
    let got = s3.get_object().bucket(bucket).key(key).send().await.unwrap();
    got.body.collect().await.unwrap().to_vec()
}

async fn keys(s3: &Client, bucket: &str) -> Vec<String> {
    let listed = s3.list_objects_v2().bucket(bucket).send().await.unwrap();
    listed.contents().iter().filter_map(|object| object.key().map(str::to_owned)).collect()
}

/// Signs a request over `host`, the date, the payload hash and `headers`, and returns all of them.
fn signed(
    storage: &Storage,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    payload: &str,
) -> Vec<(String, String)> {
    let mut settings = SigningSettings::default();
    settings.percent_encoding_mode = PercentEncodingMode::Single;
    settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    let identity = Credentials::new(KEY, SECRET, None, None, "test").into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(REGION)
        .name("s3")
        .time(crate::clock::Clock::system().now().into())
        .settings(settings)
        .build()
        .unwrap();
    let host = storage.address().to_string();
    let mut all = vec![("host", host.as_str())];
    all.extend(headers);
    let body = SignableBody::Precomputed(payload.to_owned());
    let url = format!("http://{host}{target}");
    let request = SignableRequest::new(method, url, all.iter().copied(), body).unwrap();
    let (instructions, _) = sign(request, &SigningParams::V4(params)).unwrap().into_parts();
    let own = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    all.into_iter().map(own).chain(instructions.headers().map(own)).collect()
}

/// Sends a request byte for byte and returns the whole response.
async fn send(
    storage: &Storage,
    method: &str,
    target: &str,
    headers: &[(String, String)],
    body: &str,
) -> String {
    let mut request = format!("{method} {target} HTTP/1.1\r\nconnection: close\r\n");
    for (name, value) in headers {
        write!(request, "{name}: {value}\r\n").unwrap();
    }
    write!(request, "content-length: {}\r\n\r\n{body}", body.len()).unwrap();
    let mut socket = TcpStream::connect(storage.address()).await.unwrap();
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).await.unwrap();
    String::from_utf8(answer).unwrap()
}

fn header(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}
