//! A day of a team, by HTTP alone: invited, signed in, at work, and one of them gone.

mod office;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use reqwest::Method;
use sail_cargo_server::dev::USERS;
use serde_json::{Value, json};

use self::office::{Api, BUCKET, Person, set_up, signer};
use crate::database;
use crate::gateway_stack::{GatewayStack, code, eventually};
use crate::plain_http::{PlainHttp, header};
use crate::sts;

/// How old what is remembered may be.
const LEASE: Duration = Duration::from_secs(1);
const DESCRIPTION: &str = "x-amz-meta-description";
const NAMES: [&str; 5] = ["ines", "jaro", "kira", "luca", "mina"];

#[tokio::test(flavor = "multi_thread")]
async fn a_team_s_day_by_http_alone() {
    for kind in database::kinds() {
        let test = GatewayStack::start_on(*kind).await;
        let operator = Api::operator(&test);
        set_up(&test, &operator).await;
        let mut team = Vec::new();
        for name in NAMES {
            team.push(Person::invited(&test, &operator, name).await);
        }
        let admins = format!("/v1/groups/admins/members/{}", team[0].id);
        operator.tell(Method::PUT, &admins, &json!({})).await;
        for person in &team {
            works_in_their_own_home(person).await;
        }
        each_is_refused_the_others(&team[1..], &team).await;
        the_administrator_lists_all_and_opens_none(&team).await;
        access_keys_change(&test, &team[2]).await;
        what_goes_by_a_name_is_its_owner_s(&test, &team[2], &team[3]).await;
        the_signing_key_changes_under_load(&test, &operator, &team).await;
        one_is_out_within_a_second(&test, &team[0], &team[1]).await;
        for person in &team[2..] {
            assert_eq!(person.tries(Method::DELETE, &person.file()).await, 204, "{}", person.name);
            assert_eq!(person.tries(Method::GET, &person.file()).await, 404, "{}", person.name);
        }
    }
}

async fn works_in_their_own_home(person: &Person) {
    let home = format!("home/{}/", person.id);
    let whoami: Value = person.api.get("/v1/whoami").await.json().await.unwrap();
    assert_eq!(whoami["home"], json!({ "bucket": BUCKET, "prefix": home }));
    let put = person.files.ask(Method::PUT, &person.file()).header(DESCRIPTION, "Notizen für Mai");
    assert_eq!(put.body("a draft").send().await.unwrap().status(), 200);
    assert_eq!(person.files.put(&person.file(), "replaced").await.status(), 200);
    let put = person.files.ask(Method::PUT, &person.file()).header(DESCRIPTION, "the notes");
    let content = format!("of {}", person.name);
    assert_eq!(put.body(content.clone()).send().await.unwrap().status(), 200);
    let got = person.files.get(&person.file()).await;
    assert_eq!(header(&got, DESCRIPTION), "the notes");
    assert_eq!(got.text().await.unwrap(), content);
    let listed: Value = person.list(&home).await.json().await.unwrap();
    let items = listed["items"].as_array().unwrap();
    assert_eq!(items.len(), 1, "{listed}");
    assert_eq!(items[0]["key"], format!("{home}notes.txt"));
    assert_eq!(items[0]["size"], content.len());
    let scratch = format!("/{BUCKET}/{home}scratch");
    assert_eq!(person.tries(Method::PUT, &scratch).await, 200);
    assert_eq!(person.tries(Method::DELETE, &scratch).await, 204);
}

async fn each_is_refused_the_others(people: &[Person], team: &[Person]) {
    for person in people {
        for other in team.iter().filter(|other| other.id != person.id) {
            for method in [Method::GET, Method::HEAD, Method::PUT, Method::DELETE] {
                let status = person.tries(method.clone(), &other.file()).await;
                assert_eq!(status, 403, "{method} by {} of {}", person.name, other.name);
            }
            let listed = person.list(&format!("home/{}/", other.id)).await;
            assert_eq!(listed.status(), 403, "{} lists {}", person.name, other.name);
        }
        for prefix in ["", "home/"] {
            assert_eq!(person.list(prefix).await.status(), 403, "{}: {prefix}", person.name);
        }
        let accounts = person.api.get("/v1/accounts").await;
        assert_eq!(accounts.status(), 403, "{}", person.name);
    }
}

async fn the_administrator_lists_all_and_opens_none(team: &[Person]) {
    let [admin, others @ ..] = team else { panic!("nobody") };
    let listed: Value = admin.list("").await.json().await.unwrap();
    let items = listed["items"].as_array().unwrap();
    let named = |person: &Person| {
        let key = format!("home/{}/notes.txt", person.id);
        items.iter().any(|item| item["key"] == key && item["size"].as_u64() > Some(0))
    };
    assert_eq!((items.len(), team.iter().all(named)), (team.len(), true), "{listed}");
    for other in others {
        for method in [Method::GET, Method::HEAD, Method::PUT, Method::DELETE] {
            let status = admin.tries(method.clone(), &other.file()).await;
            assert_eq!(status, 403, "{method} of {}", other.name);
        }
    }
    let accounts: Value = admin.api.get("/v1/accounts").await.json().await.unwrap();
    assert_eq!(accounts["items"].as_array().unwrap().len(), team.len() + USERS.len());
    // No administrator makes another, or gives themselves a right.
    let member = format!("/v1/groups/admins/members/{}", others[0].id);
    let grant = format!("/v1/buckets/{BUCKET}/grants/{}", admin.id);
    for (path, body, status) in
        [(member, json!({}), 403), (grant, json!({ "permissions": ["read"] }), 404)]
    {
        let put = admin.api.ask(Method::PUT, &path).json(&body).send().await.unwrap();
        assert_eq!(put.status(), status, "{path}");
    }
}

/// Whatever somebody proves themselves by, what lies below the name of their account is theirs, and no other's.
async fn what_goes_by_a_name_is_its_owner_s(test: &GatewayStack, person: &Person, other: &Person) {
    let (_, signer) = person.access_key(test).await;
    let personal = person.made_key("/auth/token").await;
    let personal = PlainHttp::anonymous(test)
        .with("authorization", format!("Bearer {}", personal["token"].as_str().unwrap()));
    let opened_with = serde_json::from_value(person.made_key("/v1/access-keys").await).unwrap();
    let sessions = [
        sts::client_of_token(test, &person.token).await,
        sts::client_of_key(test, &opened_with).await,
    ];
    let files = [
        (person.name, true),
        (other.name, false),
        (person.id.as_str(), false),
        ("%24%7Busername%7D", false),
    ];
    for (name, is_own) in files {
        let file = format!("/{BUCKET}/by-name/{name}/x");
        let expected: u16 = if is_own { 200 } else { 403 };
        assert_eq!(person.tries(Method::PUT, &file).await, expected, "{file}");
        let signed = test.send(&signer.ask("GET", &file).signed()).await.status;
        assert_eq!(signed, expected, "{file} by an access key");
        let got = personal.get(&file).await.status();
        assert_eq!(got, expected, "{file} by a personal API key");
        let key = format!("by-name/{}/x", name.replace("%24%7B", "${").replace("%7D", "}"));
        for session in &sessions {
            let got = session.get_object().bucket(BUCKET).key(&key).send().await;
            assert_eq!(code(got) == "ok", is_own, "{key} by a session");
        }
    }
    let own = format!("/{BUCKET}/by-name/{}/x", person.name);
    assert_eq!(other.tries(Method::GET, &own).await, 403);
    assert_eq!(person.tries(Method::DELETE, &own).await, 204);
}

/// An access key is rotated: the old one works until its overlap is over, the new one at once.
async fn access_keys_change(test: &GatewayStack, person: &Person) {
    let get = async |signer: &crate::raw::Signer| {
        test.send(&signer.ask("GET", &person.file()).signed()).await.status
    };
    let (id, old) = person.access_key(test).await;
    assert_eq!(get(&old).await, 200);
    let rotate = format!("/v1/access-keys/{id}/rotate");
    let made = person.api.tell(Method::POST, &rotate, &json!({ "overlap_seconds": 0 })).await;
    let (_, new) = signer(test, &made);
    assert_eq!(get(&new).await, 200);
    eventually("the old key has ended", || async { get(&old).await == 403 }).await;
    assert_eq!(get(&new).await, 200);
}

/// Everybody is at work, signs in and refreshes while the keys of the tokens change, twice.
async fn the_signing_key_changes_under_load(test: &GatewayStack, operator: &Api, team: &[Person]) {
    let (over, asked) = (AtomicBool::new(false), AtomicUsize::new(0));
    let work = async |person: &Person| {
        let mut now = person.refreshed(test).await;
        while !over.load(Ordering::SeqCst) {
            for _ in 0..3 {
                assert_eq!(now.tries(Method::GET, &now.file()).await, 200, "{}", now.name);
                let whoami = now.api.get("/v1/whoami").await;
                assert_eq!(whoami.status(), 200, "{}", now.name);
                // The token that the person began with is good as well, until it ends.
                assert_eq!(person.tries(Method::GET, &person.file()).await, 200);
                asked.fetch_add(1, Ordering::SeqCst);
            }
            now = now.refreshed(test).await;
        }
    };
    let change = async {
        for _ in 0..2 {
            let before = asked.load(Ordering::SeqCst);
            operator.tell(Method::POST, "/v1/signing-keys/rotate", &json!({})).await;
            let enough = || async { asked.load(Ordering::SeqCst) > before + 30 };
            eventually("the team goes on working", enough).await;
        }
        over.store(true, Ordering::SeqCst);
    };
    let [one, two, three, four, five] = team else { panic!("five") };
    tokio::join!(change, work(one), work(two), work(three), work(four), work(five));
    let again = Person::signed_in(test, one.name).await;
    assert_eq!(again.tries(Method::GET, &again.file()).await, 200);
}

/// A request that begins later than a second after an account was disabled is refused, by whatever its user
/// proves themselves.
async fn one_is_out_within_a_second(test: &GatewayStack, admin: &Person, person: &Person) {
    let (_, signer) = person.access_key(test).await;
    assert_eq!(test.send(&signer.ask("GET", &person.file()).signed()).await.status, 200);
    let opened_with = serde_json::from_value(person.made_key("/v1/access-keys").await).unwrap();
    let sessions = [
        sts::client_of_token(test, &person.token).await,
        sts::client_of_key(test, &opened_with).await,
    ];
    let key = format!("home/{}/notes.txt", person.id);
    let by_session = async |session: &aws_sdk_s3::Client| {
        let got = session.get_object().bucket(BUCKET).key(&key).send().await;
        if code(got) == "ok" { 200 } else { 403 }
    };
    for session in &sessions {
        assert_eq!(by_session(session).await, 200);
    }
    let account = format!("/v1/accounts/{}", person.id);
    let disabled = json!({ "status": "disabled" });
    let done = admin.api.tell(Method::PATCH, &account, &disabled).await;
    let begun = Instant::now();
    assert_eq!(done["status"], "disabled");
    let by_token = async || person.tries(Method::GET, &person.file()).await;
    let by_key = async || test.send(&signer.ask("GET", &person.file()).signed()).await.status;
    let at_the_api = async || person.api.get("/v1/whoami").await.status().as_u16();
    refused_soon(begun, "the token at the gateway", by_token).await;
    refused_soon(begun, "the access key", by_key).await;
    refused_soon(begun, "the token", at_the_api).await;
    refused_soon(begun, "the session of the token", || by_session(&sessions[0])).await;
    refused_soon(begun, "the session of the access key", || by_session(&sessions[1])).await;
    assert_eq!(office::login(test, person.name).await.status(), 401);
    // What they stored stays, and nobody else's work ends.
    assert_eq!(admin.tries(Method::GET, &admin.file()).await, 200);
    let listed: Value = admin.list("").await.json().await.unwrap();
    assert_eq!(listed["items"].as_array().unwrap().len(), NAMES.len());
}

/// Asks until it is refused. No request that is asked later than [`LEASE`] after `begun` is answered.
async fn refused_soon(begun: Instant, what: &str, ask: impl AsyncFn() -> u16) {
    loop {
        let late = begun.elapsed();
        match ask().await {
            401 | 403 => return,
            status => assert!(late <= LEASE, "{what}: {status}, asked for after {late:?}"),
        }
    }
}
