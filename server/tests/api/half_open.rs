//! A database that stops answering: every request still gets an answer, and the server recovers
//! when the database is back.

use std::time::Duration;

use futures_util::future::{join, join_all};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout};

use crate::faults::{Fault, Proxy};
use crate::harness::database::kinds;
use crate::harness::{Actor, Kind, S3, Setup, TestApp, TestResponse, eventually};

/// Longer than a lease and than the time limit of a statement.
const HOLE: Duration = Duration::from_secs(6);
/// The longest time to any answer: a second for a connection, three for each of two statements, and
/// the watchdog's interval.
const ANSWER: Duration = Duration::from_secs(8);
/// The time limit of a statement in these tests. The rest of [`ANSWER`] is slack for a busy
/// machine.
const TIMEOUT: Duration = Duration::from_secs(2);
/// The longest time to the first signature once the database is back.
const RECOVERY: Duration = Duration::from_secs(4);

/// The requests sent to a server whose database does not answer.
fn questions() -> Vec<(Method, &'static str, Value)> {
    let get = serde_json::to_value(&S3::new("GET", "/photos/x").0).unwrap();
    let check = json!({ "action": "s3:GetObject", "bucket": "photos", "key": "x" });
    vec![
        (Method::POST, "/v1/sign", get.clone()),
        (Method::POST, "/v1/sign/batch", json!({ "items": [get] })),
        (Method::POST, "/v1/check", check),
        (Method::GET, "/v1/permissions", Value::Null),
        (Method::PUT, "/v1/buckets/photos/grants/user:bob", json!({ "permissions": ["read"] })),
        (Method::GET, "/v1/changes", Value::Null),
        (Method::GET, "/v1/whoami", Value::Null),
        (Method::GET, "/readyz", Value::Null),
    ]
}

/// Sends a request, and demands the usual answer or one that the server is unavailable.
async fn is_answered(actor: &Actor, question: &(Method, &str, Value)) -> TestResponse {
    let (method, path, body) = question;
    let request = actor.request(method.clone(), path);
    let request = if body.is_null() { request } else { request.json(body) };
    let answer = timeout(ANSWER, actor.send(request)).await;
    let answer = answer.unwrap_or_else(|_| panic!("{method} {path}: no answer"));
    match (answer.status, *path) {
        (200 | 201, _) | (503, "/readyz") => {}
        (503, _) => assert_eq!(answer.header("retry-after"), "1", "{answer:?}"),
        _ => panic!("{method} {path}: {answer:?}"),
    }
    answer
}

/// A server that reaches PostgreSQL through a proxy, and its callers.
struct TestStack {
    app: TestApp,
    proxy: Proxy,
    replica: crate::harness::Replica,
    root: Actor,
}

impl TestStack {
    /// None without PostgreSQL.
    async fn set(setup: Setup) -> Option<Self> {
        Self::set_with(setup, (4, TIMEOUT)).await
    }

    /// Like [`TestStack::set`], with this many connections and this time limit for a statement.
    async fn set_with(setup: Setup, limits: (u32, Duration)) -> Option<Self> {
        kinds().contains(&Kind::Postgres).then_some(())?;
        let app = TestApp::start(Kind::Postgres, Setup::Usual).await;
        app.root().put("/v1/buckets/photos", &json!({})).await.ok::<Value>();
        let proxy = Proxy::start(app.database.address());
        let replica = app.replica_behind(proxy.address(), setup, limits).await;
        let root = app.root().at(&replica);
        Some(Self { app, proxy, replica, root })
    }

    async fn signs(&self) -> bool {
        is_answered(&self.root, &questions()[0]).await.status == 200
    }

    /// Demands a signature soon after the database is back.
    async fn demand_signature(&self, since: Instant) {
        while !self.signs().await {
            let waited = since.elapsed();
            assert!(waited <= RECOVERY, "there is no signature after {waited:?}");
        }
        let took = since.elapsed();
        assert!(took <= RECOVERY, "the first signature came after {took:?}");
    }

    /// Demands that everything works again, without a restart.
    async fn demand_recovery(&self, since: Instant) {
        self.demand_signature(since).await;
        for question in questions() {
            eventually("it is as it was", async || {
                is_answered(&self.root, &question).await.status < 300
            })
            .await;
        }
    }

    async fn end(self) {
        self.replica.stop().await;
        self.app.stop().await;
    }
}

/// Sends requests without a pause while the database has `fault`.
async fn a_hole(setup: Setup, fault: Fault) {
    let Some(stack) = TestStack::set(setup).await else { return };
    stack.demand_recovery(Instant::now()).await;
    stack.proxy.set(fault);
    let until = Instant::now() + HOLE;
    let questions = questions();
    let asking =
        join_all(questions.iter().cycle().take(3 * questions.len()).map(async |question| {
            let mut refused = 0;
            while Instant::now() < until {
                let answer = is_answered(&stack.root, question).await;
                refused += u32::from(answer.status == 503);
                // Clients told to retry after a second do not retry at once.
                sleep(Duration::from_millis(50)).await;
            }
            (question.1, refused)
        }));
    let healing = async {
        sleep(HOLE).await;
        stack.proxy.heal();
        // While the others still send requests.
        stack.demand_signature(Instant::now()).await;
    };
    let (refused, ()) = join(asking, healing).await;
    let refused = refused.iter().find(|(path, _)| *path == "/v1/sign").unwrap().1;
    assert!(refused > 0, "nobody noticed");
    stack.demand_recovery(Instant::now()).await;
    stack.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_hears_and_says_nothing() {
    a_hole(Setup::Usual, Fault::SwallowAnswers).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_with_a_spool() {
    a_hole(Setup::Spool, Fault::SwallowAnswers).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_behind_a_link_that_is_down() {
    a_hole(Setup::Usual, Fault::Swallow).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_takes_its_time() {
    a_hole(Setup::Usual, Fault::Delay(Duration::from_secs(5))).await;
}

/// Each statement answers in time, but a change has many: the caller is answered before they give
/// up.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_slow_with_every_answer() {
    let limits = (4, Duration::from_millis(700));
    let Some(stack) = TestStack::set_with(Setup::Usual, limits).await else { return };
    stack.demand_recovery(Instant::now()).await;
    stack.proxy.set(Fault::Delay(Duration::from_millis(280)));
    let change = &questions()[4];
    let begun = Instant::now();
    let answers = join_all((0..8).map(|_| is_answered(&stack.root, change))).await;
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(5), "four times as long as a statement may take: {took:?}");
    let mut late = answers.into_iter().filter(|answer| answer.status == 503).peekable();
    assert!(late.peek().is_some(), "it was not slow");
    for answer in late {
        let problem = answer.refused(503, "unavailable");
        assert!(problem.detail.contains("was given up"), "{}", problem.detail);
    }
    stack.proxy.heal();
    stack.demand_recovery(Instant::now()).await;
    stack.end().await;
}

/// The outcome of requests under way is unknown: a key that nobody received may be valid.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_not_answered_is_told_what_may_have_been_made() {
    let Some(stack) = TestStack::set(Setup::Usual).await else { return };
    let keys = stack.root.get("/v1/api-keys").await.ok::<Value>();
    let rotate = format!("/v1/api-keys/{}/rotate", keys["items"][0]["id"].as_str().unwrap());
    stack.demand_recovery(Instant::now()).await;
    stack.proxy.set(Fault::SwallowAnswers);
    let grant = "/v1/buckets/photos/grants/user:bob";
    for (method, path, body, told) in [
        (Method::POST, "/v1/api-keys", json!({ "name": "k" }), "the API key may exist"),
        (Method::POST, &rotate, json!({}), "the API key may exist"),
        (Method::PUT, grant, json!({ "permissions": ["read"] }), "the change may have been made"),
        (Method::DELETE, grant, Value::Null, "the change may have been made"),
        (Method::GET, grant, Value::Null, "try again later"),
    ] {
        let question = (method, path, body);
        let problem = is_answered(&stack.root, &question).await.refused(503, "unavailable");
        assert!(problem.detail.contains(told), "{path}: {}", problem.detail);
        assert!(!problem.detail.contains("database"), "{path}: {}", problem.detail);
        let helps = problem.detail.contains("sail-cargo keys list");
        assert_eq!(helps, told.contains("key"), "{path}: {}", problem.detail);
    }
    stack.proxy.heal();
    stack.demand_recovery(Instant::now()).await;
    stack.end().await;
}

/// A CORS preflight has the origins read, once for all preflights, and waits for them only a
/// moment.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn web_pages_wait_for_no_database() {
    let Some(stack) = TestStack::set(Setup::Usual).await else { return };
    stack.demand_recovery(Instant::now()).await;
    stack.proxy.set(Fault::SwallowAnswers);
    let anybody = stack.app.anon().at(&stack.replica);
    let begun = Instant::now();
    let asking = (0..20).map(|_| {
        let request = anybody.request(Method::OPTIONS, "/v1/sign");
        let request = request.header("origin", "https://app.example.com");
        request.header("access-control-request-method", "POST").send()
    });
    let answers = join_all(asking).await;
    let took = begun.elapsed();
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert!(took < Duration::from_secs(2), "one after the other: {took:?}");
    stack.proxy.heal();
    stack.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_that_comes_back_with_all_that_was_said() {
    a_hole(Setup::Spool, Fault::Hold).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_turns_everybody_away() {
    let Some(stack) = TestStack::set(Setup::Usual).await else { return };
    assert!(stack.signs().await);
    stack.proxy.set(Fault::Refuse);
    stack.proxy.reset();
    eventually("it is noticed", async || !stack.signs().await).await;
    stack.proxy.heal();
    stack.demand_recovery(Instant::now()).await;
    stack.end().await;
}

impl TestStack {
    /// Drops the database's answers for a moment under load. The connections that lost one stay
    /// half open forever; the server must not wait for them.
    async fn lose_answers(&self) {
        let questions = questions();
        let asking = join_all((0..30).map(async |turn: u64| {
            sleep(Duration::from_millis(10 * turn)).await;
            is_answered(&self.root, &questions[0]).await.status
        }));
        let fault = async {
            sleep(Duration::from_millis(100)).await;
            self.proxy.set(Fault::SwallowAnswers);
            sleep(Duration::from_millis(20)).await;
            self.proxy.heal();
            self.demand_signature(Instant::now()).await;
        };
        join(asking, fault).await;
    }
}

/// This may happen repeatedly: abandoned connections must not use up the pool. With two
/// connections, four losses would.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn moments_in_which_answers_are_lost_end_in_a_moment() {
    let limits = (2, Duration::from_millis(700));
    let Some(stack) = TestStack::set_with(Setup::NothingRemembered, limits).await else { return };
    for _ in 0..10 {
        stack.lose_answers().await;
    }
    stack.demand_recovery(Instant::now()).await;
    stack.end().await;
}

/// All idle connections go silent at once, as behind a firewall that drops its state. One request
/// detects it for all of them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_a_router_forgot_are_given_up_together() {
    let Some(stack) = TestStack::set(Setup::NothingRemembered).await else { return };
    let signs = || join_all((0..8).map(|_| stack.signs()));
    assert!(signs().await.iter().all(|signs| *signs));
    stack.proxy.half_open();
    let lost = Instant::now();
    while !stack.signs().await {}
    assert!(lost.elapsed() <= RECOVERY, "after {:?}", lost.elapsed());
    // A look at the issuers may have been under way, and found out for itself.
    let believed = signs().await.iter().filter(|signs| !**signs).count();
    assert!(believed <= 1, "{believed} of the others were believed");
    stack.end().await;
}

/// Another replica stops in the middle of a change. Callers that wait for its lock are told to
/// retry before they give up.
#[tokio::test]
async fn a_project_that_another_replica_holds_is_busy_for_those_who_change_it() {
    let Some(stack) = TestStack::set(Setup::Usual).await else { return };
    let held = stack.app.database.hold_heads();
    let begun = Instant::now();
    let answer = is_answered(&stack.root, &questions()[4]).await;
    answer.refused(503, "unavailable");
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    assert!(stack.signs().await, "nobody who signs waits for it");
    drop(held);
    assert_eq!(is_answered(&stack.root, &questions()[4]).await.status, 200);
    stack.end().await;
}
