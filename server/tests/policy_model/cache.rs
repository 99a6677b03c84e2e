//! Compares the cache, updated change by change, with the database: after every command of a random
//! history, a server with and a server without a cache must give the same verdicts.

use crate::generate::Dice;
use crate::harness::{Actor, Replica, S3, Setup, TestApp, TestResponse, eventually, on_both};
use crate::histories::{Command, PREFIXES, USERS};

const COMMANDS: usize = 150;
/// The number of requests after each command.
const QUESTIONS: usize = 8;

/// Waits until a signature needs no database query.
async fn warm(app: &TestApp, root: &Actor, get: &S3) {
    eventually("a signature without a query", async || {
        let before = app.sees.database().queries();
        root.sign(get).await;
        app.sees.database().queries() == before
    })
    .await;
}

/// The part of an answer that must be equal.
fn verdict(answer: &TestResponse) -> (u16, String) {
    let body = answer.json();
    (answer.status, format!("{} {}", body["code"], body["detail"]))
}

async fn compare(app: &TestApp, plain: &Replica, dice: &mut Dice, bucket: &str, after: &Command) {
    let (user, method) = (*dice.one(&USERS), *dice.one(&["GET", "PUT", "DELETE"]));
    let user = if dice.chance(2) { app.user_in(user, &["crew"]) } else { app.user(user) };
    let bucket = if dice.chance(8) { "nobodys" } else { bucket };
    let request = S3::new(method, &format!("/{bucket}/{}x", dice.one(&PREFIXES)));
    let there = user.at(plain);
    let (remembered, read) = tokio::join!(user.sign(&request), there.sign(&request));
    assert_eq!(verdict(&remembered), verdict(&read), "{request:?} after {after:?}");
    assert_eq!(remembered.header("revision"), read.header("revision"), "after {after:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_remembered_is_what_is_there() {
    on_both(async |app| {
        let plain = app.replica(Setup::NothingRemembered).await;
        let mut dice = Dice::seeded(77);
        let (root, mut statuses) = (app.root(), std::collections::BTreeMap::<u16, usize>::new());
        let bucket = "bucket-0";
        app.register(bucket).await;
        let get = S3::new("GET", &format!("/{bucket}/x"));
        for _ in 0..COMMANDS {
            let revision = app.root().get("/v1/groups").await.header("revision").to_owned();
            let revision = sail_cargo_server::domain::Revision::parse(&revision).unwrap().number();
            let command = Command::roll(&mut dice, bucket, revision);
            if let Some(answer) = command.run(app).await {
                *statuses.entry(answer.status).or_default() += 1;
            }
            warm(app, &root, &get).await;
            for _ in 0..QUESTIONS {
                compare(app, &plain, &mut dice, bucket, &command).await;
            }
        }
        assert!(statuses[&200] > COMMANDS / 4, "{statuses:?}");
        plain.stop().await;
    })
    .await;
}
