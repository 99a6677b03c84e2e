//! A thousand concurrent uploads through one client, during which Cargo becomes unavailable.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_sdk_s3::Client;
use aws_sdk_s3::config::{Builder, StalledStreamProtectionConfig};
use aws_sdk_s3::primitives::ByteStream;
use sail_cargo_client::StaticToken;
use sail_cargo_middleware::{RemoteSigner, RemoteSigningError, RemoteSigningExt};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::harness::{Gate, TOKEN, plain, start};

const UPLOADS: usize = 1_000;
/// The length of each body, in bytes.
const LENGTH: usize = 16 * 1024;

/// Disables stall detection: a thousand concurrent uploads on a busy machine exceed the SDK's grace
/// period, which this test is not about.
fn patient(endpoint: &str) -> Builder {
    plain(endpoint).stalled_stream_protection(StalledStreamProtectionConfig::disabled())
}

fn body(number: usize) -> Vec<u8> {
    number.to_le_bytes().iter().copied().cycle().take(LENGTH).collect()
}

/// Uploads everything, half as streams, `at_once` at a time. Returns the outcome of each upload.
async fn upload_all(
    s3: &Client,
    at_once: usize,
    file: impl Fn(&[u8]) -> std::path::PathBuf,
    after: impl Fn(usize),
) -> BTreeMap<usize, Result<(), RemoteSigningError>> {
    let (mut uploads, turns) = (JoinSet::new(), Arc::new(Semaphore::new(at_once)));
    for number in 0..UPLOADS {
        let (s3, content, turns) = (s3.clone(), body(number), turns.clone());
        let path = number.is_multiple_of(2).then(|| file(&content));
        uploads.spawn(async move {
            let _turn = turns.acquire().await.unwrap();
            let stream = match path {
                Some(path) => ByteStream::from_path(path).await.unwrap(),
                None => ByteStream::from(content),
            };
            let key = format!("storm/{number}");
            let put = s3.put_object().bucket("bkt").key(key).body(stream).send().await;
            let ended = put.map(drop).map_err(|error| {
                RemoteSigningError::find(&error)
                    .unwrap_or_else(|| panic!("no reason of Cargo's: {error:?}"))
                    .clone()
            });
            (number, ended)
        });
    }
    let mut ended = BTreeMap::new();
    // Only a deadlock takes longer than this, even on a busy machine.
    let next = async |uploads: &mut JoinSet<_>| {
        tokio::time::timeout(Duration::from_mins(2), uploads.join_next()).await.expect("a deadlock")
    };
    while let Some(upload) = next(&mut uploads).await {
        let (number, how) = upload.unwrap();
        ended.insert(number, how);
        after(ended.len());
    }
    ended
}

async fn is_whole(s3: &Client, number: usize) -> bool {
    let get = s3.get_object().bucket("bkt").key(format!("storm/{number}")).send().await;
    match get {
        Ok(object) => object.body.collect().await.unwrap().into_bytes() == body(number),
        Err(_) => false,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_uploads_through_one_client_all_arrive() {
    let (storage, authority) = start().await;
    authority.freeze(SystemTime::now());
    let s3 = Client::from_conf(patient(&storage.url).remote_signing(authority.user()).build());
    let ended = upload_all(&s3, UPLOADS, |content| storage.file(content), |_| ()).await;
    assert_eq!(ended.len(), UPLOADS);
    for (number, how) in ended {
        assert_eq!(how, Ok(()), "{number}");
        assert!(is_whole(&s3, number).await, "{number}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn uploads_end_whole_or_with_a_reason_when_cargo_dies_among_them() {
    let (storage, authority) = start().await;
    authority.freeze(SystemTime::now());
    let gate = Gate::before(&authority.url).await;
    let signer = RemoteSigner::user(&gate.url, StaticToken::new(TOKEN)).unwrap();
    let s3 = Client::from_conf(patient(&storage.url).remote_signing(signer).build());
    let ended = upload_all(
        &s3,
        50,
        |content| storage.file(content),
        |done| {
            if done == UPLOADS / 4 {
                gate.close();
            }
            if done == UPLOADS / 2 {
                gate.open();
            }
        },
    )
    .await;
    assert_eq!(ended.len(), UPLOADS);
    let failed = ended.values().filter(|how| how.is_err()).count();
    assert!(failed > 0 && failed < UPLOADS, "{failed} failed: the gate proved nothing");
    for (number, how) in ended {
        match how {
            Ok(()) => assert!(is_whole(&s3, number).await, "{number} is said to be there"),
            Err(RemoteSigningError::Unreachable { .. } | RemoteSigningError::Timeout) => {}
            Err(other) => panic!("{number}: {other:?}"),
        }
    }
}
