//! Slow and large bodies: a caller without permission is refused before the body is read, and slow
//! bodies do not block other callers.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use futures_util::FutureExt as _;
use reqwest::Method;
use sail_cargo_client::protocol::{
    CreatedAccount, GrantsChanged, Permission, Problem, Scope, SignedIn,
};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::harness::{
    Actor, KEYS, S3, Setup, TestApp, TestResponse, eventually, on_both, on_both_with,
};

const IMPORT: &str = "POST /v1/grants/import";
const LINES: &str = "application/x-ndjson";
const JSON: &str = "application/json";

/// A request whose body stops after its first part.
struct Dripping(TcpStream);

impl Dripping {
    async fn begin(app: &TestApp, what: &str, proof: &str, kind: &str, length: usize) -> Self {
        let address = app.base.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(address).await.unwrap();
        let head = format!(
            "{what} HTTP/1.1\r\nhost: {address}\r\n{proof}\r\ncontent-type: {kind}\r\n\
             content-length: {length}\r\n\r\n{{"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        Self(stream)
    }

    /// Sends `bytes` more bytes, unless it is refused before.
    async fn and(mut self, bytes: usize) -> Self {
        let chunk = vec![b' '; 1024 * 1024];
        let mut left = bytes;
        while left > 0 {
            let sent = self.0.write_all(&chunk[..left.min(chunk.len())]);
            match timeout(Duration::from_secs(30), sent).await {
                Ok(Ok(())) => left -= left.min(chunk.len()),
                Ok(Err(_)) | Err(_) => break,
            }
        }
        self
    }

    /// Sends the rest, and returns what is answered.
    async fn finish(mut self, rest: &str) -> (u16, String) {
        self.0.write_all(rest.as_bytes()).await.unwrap();
        let answer = self.answer().await;
        let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
        (status.unwrap(), answer)
    }

    /// An answer with JSON in it.
    async fn answer(&mut self) -> String {
        let mut answer = String::new();
        let whole = async {
            while !answer.ends_with('}') {
                let mut bytes = [0; 1024];
                let count = self.0.read(&mut bytes).await.unwrap();
                assert!(count > 0, "{answer}");
                answer.push_str(std::str::from_utf8(&bytes[..count]).unwrap());
            }
        };
        timeout(Duration::from_secs(20), whole).await.expect("nobody answers");
        answer
    }

    /// Whether an answer has begun, or the connection has ended.
    fn is_answered(&self) -> bool {
        self.0.peek(&mut [0]).now_or_never().is_some()
    }

    /// Expects this refusal although no more of the body has come.
    async fn refused(&mut self, status: u16, code: &str) {
        let answer = self.answer().await;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.contains("content-type: application/problem+json"), "{head}");
        let problem: Problem = serde_json::from_str(body).unwrap();
        assert_eq!((problem.status, problem.code.as_str()), (status, code), "{}", problem.detail);
    }
}

/// Waits until the server holds all of these bodies, and `is_full`. The request that looks takes room
/// too, so one of the bodies may be refused instead: then `long` sends another one.
async fn fill(
    open: &mut [Dripping],
    long: impl AsyncFn() -> Dripping,
    is_full: impl AsyncFn() -> bool,
    code: &str,
) {
    let deadline = Instant::now() + Duration::from_mins(1);
    while !is_full().await {
        assert!(Instant::now() < deadline, "there is always room");
        for slow in &mut *open {
            if slow.is_answered() {
                slow.refused(503, code).await;
                *slow = long().await;
            }
        }
    }
}

fn by_key(key: &str) -> String {
    format!("x-api-key: {key}")
}

fn by_token(app: &TestApp, user: &str) -> String {
    format!("authorization: Bearer {}", app.token(user).signed_by(&KEYS[0]))
}

/// An import whose size needs room.
async fn import(actor: &Actor, bucket: &str) -> TestResponse {
    let line = json!({ "bucket": bucket, "subject": "bob", "permissions": ["read"] });
    let request = actor.request(Method::POST, "/v1/grants/import?dry_run=true");
    actor
        .send(request.header("content-type", LINES).body(format!("{}{line}", " ".repeat(100_000))))
        .await
}

#[tokio::test]
async fn who_may_import_nothing_is_told_so_before_a_byte_is_awaited() {
    on_both(async |app| {
        app.register("photos").await;
        app.grant("photos", "bob", &[Permission::Read]).await;
        app.grant("photos/raw/", "ada", &[Permission::Admin]).await;
        let small = app.key([Scope::Sign]).await.key;
        let mut open = Vec::new();
        for (proof, status, code) in [
            (by_token(app, "dora"), 403, "no_permission"),
            (by_token(app, "bob"), 403, "no_permission"),
            (by_key(&small), 403, "scope_missing"),
            ("x-none: 1".to_owned(), 401, "missing_credentials"),
            (by_token(app, "dora"), 403, "no_permission"),
        ] {
            let mut slow = Dripping::begin(app, IMPORT, &proof, LINES, 60_000_000).await;
            slow.refused(status, code).await;
            open.push(slow);
        }
        import(&app.root(), "photos").await.ok::<GrantsChanged>();
        import(&app.ada(), "photos").await.refused(403, "no_permission");
    })
    .await;
}

#[tokio::test]
async fn no_body_is_awaited_of_who_may_not_send_one() {
    on_both(async |app| {
        let key = app.key([Scope::Check]).await.key;
        for (what, code) in [
            ("PUT /v1/buckets/photos", "scope_missing"),
            ("PATCH /v1/buckets/photos/grants", "scope_missing"),
            ("PUT /v1/groups/staff/members/ada", "scope_missing"),
            ("POST /v1/api-keys", "scope_missing"),
            ("POST /v1/sign", "scope_missing"),
            ("POST /v1/sign/batch", "scope_missing"),
            ("POST /v1/presign", "scope_missing"),
            ("POST /v1/presign/batch", "scope_missing"),
            ("POST /v1/explain", "scope_missing"),
            ("POST /v1/buckets/photos/settle", "scope_missing"),
            ("PUT /v1/stores/main", "operator_only"),
            ("POST /v1/projects", "operator_only"),
        ] {
            let mut slow = Dripping::begin(app, what, &by_key(&key), JSON, 60_000).await;
            slow.refused(403, code).await;
        }
    })
    .await;
}

#[tokio::test]
async fn the_imports_of_one_project_leave_room_for_anothers() {
    on_both(async |app| {
        app.register("photos").await;
        let proof = by_key(&app.secrets.root_key);
        let neighbour = app.with_key(&app.make_neighbour("other").await);
        neighbour.put("/v1/buckets/letters", &json!({})).await.json();
        let longest = 64 * 1024 * 1024;
        let long = async || {
            let announced = Dripping::begin(app, IMPORT, &proof, LINES, longest).await;
            announced.and(longest - 10).await
        };
        let mut open = vec![long().await, long().await];
        let root = app.root();
        let is_full = async || import(&root, "photos").await.status == 503;
        fill(&mut open, long, is_full, "too_many_imports").await;
        import(&root, "photos").await.refused(503, "too_many_imports");
        import(&neighbour, "letters").await.ok::<GrantsChanged>();
        // A connection that closes frees its room.
        drop(open);
        let room = async || import(&root, "photos").await.status == 200;
        eventually("there is room again", room).await;
    })
    .await;
}

#[tokio::test]
async fn the_batches_of_one_project_leave_room_for_anothers() {
    on_both(async |app| {
        let neighbour = app.with_key(&app.make_neighbour("other").await);
        let (root, proof) = (app.root(), by_key(&app.secrets.root_key));
        let length = 8 * 1024 * 1024;
        let begin =
            async || Dripping::begin(app, "POST /v1/sign/batch", &proof, JSON, length).await;
        let mut announced = Vec::new();
        for _ in 0..4 {
            announced.push(begin().await);
        }
        let check = json!({ "items": [{ "action": "read", "bucket": "photos" }] });
        let batch = async |actor: &Actor| {
            let request = actor.request(Method::POST, "/v1/check/batch");
            let long = format!("{}{check}", " ".repeat(100_000));
            actor.send(request.header("content-type", JSON).body(long)).await
        };
        assert_eq!(batch(&root).await.status, 200, "what is only announced takes no room");
        let mut open = Vec::new();
        for slow in announced {
            open.push(slow.and(length - 10).await);
        }
        let long = async || begin().await.and(length - 10).await;
        let is_full = async || batch(&root).await.status == 503;
        fill(&mut open, long, is_full, "too_many_batches").await;
        batch(&root).await.refused(503, "too_many_batches");
        assert_eq!(root.post("/v1/check/batch", &check).await.status, 200, "it is small");
        assert_eq!(batch(&neighbour).await.status, 200);
        drop(open);
        eventually("there is room again", async || batch(&root).await.status == 200).await;
    })
    .await;
}

#[tokio::test]
async fn a_body_that_takes_too_long_is_answered_408() {
    on_both_with(Setup::Impatient, async |app| {
        let root = by_key(&app.secrets.root_key);
        let operator = by_key(&app.secrets.operator_key);
        for (what, proof, kind) in [
            ("POST /v1/sign", &root, JSON),
            ("POST /v1/sign/batch", &root, JSON),
            ("POST /v1/check/batch", &root, JSON),
            ("POST /v1/explain", &root, JSON),
            ("PUT /v1/buckets/photos", &root, JSON),
            ("POST /v1/api-keys", &root, JSON),
            ("POST /v1/projects", &operator, JSON),
            (IMPORT, &root, LINES),
        ] {
            let mut slow = Dripping::begin(app, what, proof, kind, 1000).await;
            slow.refused(408, "request_timeout").await;
        }
        app.register("photos").await;
    })
    .await;
}

/// A session that is opened by the token of an account outlives it by nothing, however slowly its request comes.
#[tokio::test]
async fn whose_account_ends_before_the_last_byte_of_a_request_gets_nothing() {
    on_both_with(Setup::Accounts, async |app| {
        let root = app.root();
        let account = |name: &str| {
            let password = "a lamp and seven pears";
            json!({ "username": name, "password": password, "must_change_password": false })
        };
        let signed_in = async |name: &str| {
            root.post("/v1/accounts", &account(name)).await.ok::<CreatedAccount>();
            let login = json!({ "username": name, "password": "a lamp and seven pears" });
            let answer = app.anon().post("/auth/login", &login).await;
            answer.ok::<SignedIn>().access_token.expose().to_owned()
        };
        for how in ["deleted", "signed out", "disabled", "nothing"] {
            let name = how.replace(' ', "-");
            let token = signed_in(&name).await;
            let proof = format!("authorization: Bearer {token}");
            let slow = Dripping::begin(app, "POST /v1/sessions", &proof, JSON, 2).await;
            // The head was looked at long before this is answered.
            for _ in 0..4 {
                app.with_token(&token).get("/v1/whoami").await.ok::<Value>();
            }
            let path = format!("/v1/accounts/{name}");
            match how {
                "deleted" => root.delete(&path).await.done(),
                "signed out" => {
                    root.post(&format!("{path}/sessions/end"), &json!({})).await.ok::<Value>();
                }
                "disabled" => {
                    let disable = root.request(Method::PATCH, &path);
                    root.send(disable.json(&json!({ "status": "disabled" }))).await.ok::<Value>();
                }
                _ => {}
            }
            app.clock.advance(TimeDelta::seconds(2));
            let (status, answer) = slow.finish("}").await;
            assert_eq!(status, if how == "nothing" { 201 } else { 401 }, "{how}: {answer}");
        }
    })
    .await;
}

/// Requests that wait for their bodies do not count as load. Requests under work do, and further
/// ones are refused at once.
#[tokio::test]
async fn who_waits_for_a_body_is_no_crowd_and_who_is_worked_for_is() {
    on_both_with(Setup::Crowded, async |app| {
        app.register("photos").await;
        let root = app.root();
        let mut open = Vec::new();
        for _ in 0..8 {
            let proof = by_token(app, "dora");
            open.push(Dripping::begin(app, "POST /v1/presign", &proof, JSON, 10).await);
        }
        // On a busy machine the server's own tasks may be late, which is another reason for a
        // refusal.
        eventually("nobody is in the way", async || root.get("/v1/whoami").await.status == 200)
            .await;
        let barrier = app.database.barrier();
        let get = S3::new("GET", "/photos/x");
        let signed = async || root.sign(&get).await.status == 200;
        let signing = futures_util::future::join_all(
            (0..8).map(|_| eventually("whoever tries again is served", signed)),
        );
        let release = async {
            let refused = async || {
                let answer = root.get("/v1/whoami").await;
                answer.status == 503 && answer.problem().code == "overloaded"
            };
            eventually("there is no more room", refused).await;
            assert_eq!(root.get("/livez").await.status, 200);
            drop(barrier);
        };
        futures_util::future::join(signing, release).await;
        drop(open);
    })
    .await;
}

/// Neither on a new connection nor on one that was answered before.
#[tokio::test]
async fn nobody_waits_for_a_head_that_does_not_end() {
    on_both(async |app| {
        let address = app.base.strip_prefix("http://").unwrap();
        let request = format!("GET /livez HTTP/1.1\r\nhost: {address}\r\n\r\n");
        for answered in [0, 1] {
            let mut stream = TcpStream::connect(address).await.unwrap();
            for _ in 0..answered {
                stream.write_all(request.as_bytes()).await.unwrap();
                assert!(stream.read(&mut [0; 4096]).await.unwrap() > 0);
            }
            stream.write_all(&request.as_bytes()[..20]).await.unwrap();
            let closed = timeout(Duration::from_secs(20), stream.read(&mut [0; 4096])).await;
            assert_eq!(closed.expect("the connection stays open").unwrap(), 0, "{answered}");
        }
    })
    .await;
}
