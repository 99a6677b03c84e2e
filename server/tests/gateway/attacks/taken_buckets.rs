//! Creation and deletion of buckets that the storage refuses, or says nothing about (G13).

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use sail_cargo_client::protocol::{BucketState, PutBucket, SignRequest};

use super::fake_storage::{Asked, FakeStorage, Reply, answer};
use crate::gateway_stack::GatewayStack;

/// Whose a bucket is in the storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    Own,
    /// Another account's, which lets everybody list it.
    Listed,
    /// Another account's, which does not.
    Hidden,
    /// The storage tells nothing.
    Unknown,
}

/// What the project has of the bucket before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Before {
    Registered,
    Claimed,
    Nothing,
}

fn error(status: &str, code: &str) -> Reply {
    Reply::Bytes(answer(status, "", &format!("<Error><Code>{code}</Code></Error>")))
}

fn listing(bucket: &str) -> Reply {
    let body = format!("<ListBucketResult><Name>{bucket}</Name></ListBucketResult>");
    Reply::Bytes(answer("200 OK", "", &body))
}

fn account<'a>(buckets: impl IntoIterator<Item = &'a str>) -> Reply {
    let buckets = buckets.into_iter().map(|name| format!("<Bucket><Name>{name}</Name></Bucket>"));
    let buckets: String = buckets.collect::<Vec<_>>().concat();
    let body =
        format!("<ListAllMyBucketsResult><Buckets>{buckets}</Buckets></ListAllMyBucketsResult>");
    Reply::Bytes(answer("200 OK", "", &body))
}

/// A storage where the bucket `taken` is whose it is, and its creation is answered with 409 and `code`.
fn taken(whose: Whose, code: &'static str) -> impl Fn(&Asked) -> Reply {
    move |asked| match (asked.line.split(' ').next().unwrap(), asked.path(), whose) {
        ("PUT", "/taken", _) => error("409 Conflict", code),
        ("PUT", _, _) => Reply::Bytes(answer("200 OK", "", "")),
        (_, _, Whose::Unknown) => Reply::Bytes(answer("200 OK", "", "<html>hi</html>")),
        ("GET", "/", Whose::Own) => account(["photos", "taken"]),
        ("GET", "/", _) => account(["photos"]),
        ("GET", "/taken", Whose::Own | Whose::Listed) => listing("taken"),
        _ => error("403 Forbidden", "AccessDenied"),
    }
}

/// The code of the answer to the application's CreateBucket, and the state of the bucket after it.
async fn create(whose: Whose, before: Before, code: &'static str) -> (String, Option<BucketState>) {
    let storage = FakeStorage::start_asking_all(taken(whose, code)).await;
    let test = GatewayStack::before_url(&storage.url).await;
    let root = test.root();
    match before {
        Before::Registered => {
            root.put_bucket("taken", &PutBucket::default()).await.unwrap();
        }
        Before::Claimed => {
            let sign = SignRequest {
                method: "PUT".to_owned(),
                url: format!("{}/taken", storage.url),
                headers: Vec::new(),
                payload: None,
                body: Some(String::new()),
            };
            assert!(root.sign(&sign).await.unwrap().claim.is_some());
        }
        Before::Nothing => {}
    }
    let signer = test.signer_of(None).await;
    let answer = test.send(&signer.put("/taken", b"").signed()).await;
    let state = root.bucket("taken").await.ok().map(|bucket| bucket.state);
    let code = if answer.status == 200 { "ok".to_owned() } else { answer.element("Code") };
    (code, state)
}

#[tokio::test]
async fn g13_whose_a_taken_bucket_is_decides_whether_its_creation_is_one() {
    use BucketState::{Active, Claimed};
    let (owned, exists) = ("BucketAlreadyOwnedByYou", "BucketAlreadyExists");
    for (whose, code, before, expected) in [
        // Storages say either of a bucket of one's own.
        (Whose::Own, owned, Before::Registered, ("ok", Some(Active))),
        (Whose::Own, exists, Before::Registered, ("ok", Some(Active))),
        (Whose::Own, owned, Before::Claimed, ("ok", Some(Active))),
        (Whose::Own, exists, Before::Claimed, ("ok", Some(Active))),
        (Whose::Own, owned, Before::Nothing, ("ok", Some(Active))),
        (Whose::Own, exists, Before::Nothing, ("ok", Some(Active))),
        (Whose::Listed, exists, Before::Registered, (exists, Some(Active))),
        (Whose::Listed, exists, Before::Nothing, (exists, None)),
        (Whose::Hidden, exists, Before::Registered, (exists, Some(Active))),
        (Whose::Hidden, exists, Before::Claimed, (exists, Some(Claimed))),
        (Whose::Hidden, exists, Before::Nothing, (exists, Some(Claimed))),
        // The account's list is not to be had: what the storage says counts.
        (Whose::Unknown, owned, Before::Registered, ("ok", Some(Active))),
        (Whose::Unknown, exists, Before::Registered, (exists, Some(Active))),
        (Whose::Unknown, owned, Before::Claimed, ("ok", Some(Active))),
        (Whose::Unknown, exists, Before::Claimed, (exists, Some(Claimed))),
        (Whose::Unknown, owned, Before::Nothing, ("ok", Some(Active))),
        (Whose::Unknown, exists, Before::Nothing, (exists, Some(Claimed))),
        (Whose::Unknown, "OperationAborted", Before::Nothing, ("OperationAborted", Some(Claimed))),
    ] {
        let (answered, state) = create(whose, before, code).await;
        assert_eq!((answered.as_str(), state), expected, "{whose:?} {code} {before:?}");
    }
}

/// A storage that did what it was asked, or did not, and says nothing about it.
struct Silent {
    buckets: Arc<Mutex<BTreeSet<String>>>,
    storage: FakeStorage,
}

impl Silent {
    async fn start(status: &'static str, code: &'static str, does_it: bool) -> Self {
        let buckets = Arc::new(Mutex::new(BTreeSet::from(["photos".to_owned()])));
        let there = Arc::clone(&buckets);
        let reply = move |asked: &Asked| {
            let mut there = there.lock().unwrap();
            let name = asked.path().trim_start_matches('/').to_owned();
            match (asked.line.split(' ').next().unwrap(), &*name) {
                ("PUT", "photos") => Reply::Bytes(answer("200 OK", "", "")),
                ("PUT", _) => {
                    does_it.then(|| there.insert(name));
                    error(status, code)
                }
                ("DELETE", _) => {
                    does_it.then(|| there.remove(&name));
                    error(status, code)
                }
                ("GET", "") => account(there.iter().map(String::as_str)),
                ("GET", _) if there.contains(&name) => listing(&name),
                _ => error("404 Not Found", "NoSuchBucket"),
            }
        };
        Self { storage: FakeStorage::start_asking_all(reply).await, buckets }
    }
}

#[tokio::test]
async fn g13_an_answer_that_proves_nothing_is_none_and_the_storage_is_asked() {
    for (status, code) in [
        ("408 Request Timeout", "RequestTimeout"),
        ("425 Too Early", "TooEarly"),
        ("429 Too Many Requests", "TooManyRequests"),
        ("409 Conflict", "OperationAborted"),
        ("500 Internal Server Error", "InternalError"),
        ("503 Slow Down", "SlowDown"),
    ] {
        for does_it in [true, false] {
            let what = format!("{status}, done: {does_it}");
            let silent = Silent::start(status, code, does_it).await;
            let test = GatewayStack::before_url(&silent.storage.url).await;
            let (root, signer) = (test.root(), test.signer_of(None).await);
            let state = async |bucket: &str| root.bucket(bucket).await.ok().map(|it| it.state);
            let asked: u16 = status.split(' ').next().unwrap().parse().unwrap();

            let made = test.send(&signer.put("/fresh", b"").signed()).await;
            // A bucket that was in the way is there now: it is the project's.
            let is_own = code == "OperationAborted" && does_it;
            let status = if is_own { 200 } else { asked };
            assert_eq!(made.status, status, "{what}: {}", made.text());
            let expected = if does_it { BucketState::Active } else { BucketState::Claimed };
            assert_eq!(state("fresh").await, Some(expected), "{what}");

            let gone = test.send(&signer.ask("DELETE", "/photos").signed()).await;
            assert_eq!(gone.status, asked, "{what}: {}", gone.text());
            let expected = (!does_it).then_some(BucketState::Deleting);
            assert_eq!(state("photos").await, expected, "{what}");
            assert_eq!(silent.buckets.lock().unwrap().contains("photos"), !does_it);
        }
    }
}
