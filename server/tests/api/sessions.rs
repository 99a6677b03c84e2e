//! Sessions of STS: opened by who proved themselves, refused when they were ended.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use chrono::TimeDelta;
use reqwest::Method;
use sail_cargo_client::protocol::{
    Change, CreatedAccessKey, OpenedSession as OpenedOverHttp, Page, Scope, SessionsEnded,
};
use sail_cargo_server::authn::{AccessKeyError, AccessKeys, Issuers};
use sail_cargo_server::cache::MAX_STALENESS;
use sail_cargo_server::domain::caller::User;
use sail_cargo_server::domain::issuer::SessionTerms;
use sail_cargo_server::domain::session::{
    NewSession, Session, SessionFlaw, SessionId, SessionLife, SessionLookup,
};
use sail_cargo_server::domain::sts::{StsAnswer, StsError, StsRequest};
use sail_cargo_server::domain::{AccessKeyId, Caller, Context, IssuerSet, ProjectId, SubjectId};
use sail_cargo_server::limits::{Limits, Rates};
use sail_cargo_server::service::{OpenSessionError, OpenedSession, Service};
use sail_cargo_server::sts;
use serde_json::{Value, json};

use crate::harness::{Actor, KEYS, Proof, Setup, TestApp, eventually, fetching, on_both};

const END: &str = "/v1/users/ada/sessions/end";

async fn project(app: &TestApp) -> ProjectId {
    let project: Value = app.operator().get("/v1/projects/sail").await.ok();
    ProjectId::parse(project["id"].as_str().unwrap()).unwrap()
}

/// A user, by a token.
async fn user(app: &TestApp, name: &str) -> Caller {
    Caller::User(User {
        project: project(app).await,
        id: SubjectId::parse(name).unwrap(),
        groups: BTreeSet::new(),
        service_account: false,
        expires_at: app.clock.now() + TimeDelta::minutes(5),
        signed_in_at: None,
        epoch: None,
        via: None,
    })
}

async fn make_key(actor: &Actor, user: Option<&str>) -> CreatedAccessKey {
    actor.post("/v1/access-keys", &json!({ "user": user, "name": "n" })).await.ok()
}

/// The holder of an access key.
async fn holder(app: &TestApp, key: &CreatedAccessKey) -> Caller {
    let id = AccessKeyId::parse(&key.stored.access_key_id).unwrap();
    let key = app.sees.access_key(&id, app.clock.now()).await.unwrap().unwrap();
    Caller::AccessKey(key.holder.clone())
}

async fn open(app: &TestApp, sees: &Service, caller: &Caller) -> OpenedSession {
    let now = app.clock.now();
    let new = NewSession::of(caller, None, None, SessionLife::default(), now).unwrap();
    let context = Context { caller: caller.clone(), ..app.context() };
    sees.open_session(new, "RoleSessionName=test", &context).await.unwrap()
}

async fn look(app: &TestApp, sees: &Service, opened: &OpenedSession) -> SessionLookup {
    let token = opened.sealed.token.expose();
    sees.session(&opened.claims.id, token, app.clock.now()).await.unwrap()
}

async fn flaw(app: &TestApp, sees: &Service, opened: &OpenedSession) -> Option<SessionFlaw> {
    look(app, sees, opened).await.err().map(|bad| bad.flaw)
}

/// Waits until the server looks a session up without a query.
async fn warm(app: &TestApp, sees: &Service, opened: &OpenedSession) {
    eventually("a look without a query", async || {
        let before = sees.database().queries();
        look(app, sees, opened).await.is_ok() && sees.database().queries() == before
    })
    .await;
}

/// Waits until the server refuses a session, no later than was promised.
async fn until_refused(app: &TestApp, sees: &Service, opened: &OpenedSession, why: SessionFlaw) {
    let changed = Instant::now();
    loop {
        let asked = Instant::now();
        if let Some(flaw) = flaw(app, sees, opened).await {
            return assert_eq!(flaw, why);
        }
        let late = asked.saturating_duration_since(changed);
        assert!(late < MAX_STALENESS, "{why}: {late:?} too late");
    }
}

/// Its user may be another issuer's by the same name later.
#[tokio::test]
async fn g28_a_session_ends_with_the_issuer_of_its_user() {
    on_both(async |app| {
        let put = json!({
            "issuer": "https://okta.example", "keys": "https://127.0.0.1:1/keys",
            "audiences": ["cargo"], "project": "sail",
        });
        app.eve().put("/v1/issuers/okta", &put).await.ok::<Value>();
        let issuers = Arc::new(Issuers::new(IssuerSet::default(), fetching()));
        issuers.reload(&app.sees).await.unwrap();
        let keys = AccessKeys::new(
            app.sees.clone(),
            Limits::new(Rates::default()).guesses().clone(),
            issuers.clone(),
        );
        let (now, life) = (app.clock.now(), SessionLife::default());
        let session = async |name: &str| {
            let caller = user(app, name).await;
            let terms = issuers.session_terms(&caller.user().unwrap().id);
            let new = NewSession::of(&caller, None, None, life, now).unwrap().under(&terms);
            let context = Context { caller, ..app.context() };
            let opened = app.sees.open_session(new, "", &context).await.unwrap();
            let claims = Arc::new(opened.claims);
            Caller::Session(app.sees.admit_session(&claims, now).await.unwrap().unwrap())
        };
        let (theirs, ours) = (session("okta:ada").await, session("ada").await);
        let again = async |caller: &Caller| keys.see_again(caller, None, now).await.map(drop);
        assert!(again(&theirs).await.is_ok() && again(&ours).await.is_ok());
        app.eve().cargo.delete_issuer("okta").await.unwrap();
        issuers.reload(&app.sees).await.unwrap();
        let refused = again(&theirs).await.unwrap_err();
        assert!(matches!(refused, AccessKeyError::Session(SessionFlaw::IssuerGone)), "{refused}");
        assert!(again(&ours).await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn g28_a_session_is_looked_up_without_a_query_and_stored_nowhere() {
    on_both(async |app| {
        let opened = open(app, &app.sees, &user(app, "ada").await).await;
        warm(app, &app.sees, &opened).await;
        let Session { holder, secret } = look(app, &app.sees, &opened).await.unwrap();
        assert_eq!(secret.expose(), opened.sealed.secret.expose());
        assert_eq!(holder.user.unwrap().id.as_str(), "ada");
        let dump = app.database.dump();
        let is_there = |text: &str| dump.windows(text.len()).any(|part| part == text.as_bytes());
        assert!(!is_there(secret.expose()) && !is_there(opened.sealed.token.expose()));
        let events = app.root().get("/v1/audit-events?action=session.open").await.json();
        let event = &events["items"][0];
        assert_eq!(
            (&event["actor"], &event["key"]),
            (&json!("user:ada"), &json!(opened.claims.id.as_str()))
        );
        assert!(event["detail"].as_str().unwrap().ends_with("RoleSessionName=test"), "{event}");
        app.clock.advance(TimeDelta::hours(1));
        assert_eq!(flaw(app, &app.sees, &opened).await, Some(SessionFlaw::Expired));
    })
    .await;
}

#[tokio::test]
async fn g28_sessions_that_are_ended_stop_at_another_server_within_the_lease() {
    on_both(async |app| {
        let replica = app.replica(Setup::Usual).await;
        let (root, sees) = (app.root(), &replica.sees);
        let ada = user(app, "ada").await;
        let (of_token, of_bob) =
            (open(app, &app.sees, &ada).await, open(app, sees, &user(app, "bob").await).await);
        let parent = holder(app, &make_key(&root, Some("ada")).await).await;
        let of_key = open(app, &app.sees, &parent).await;
        for opened in [&of_token, &of_bob, &of_key] {
            warm(app, sees, opened).await;
        }
        let holder = look(app, sees, &of_token).await.unwrap().holder;
        root.post(END, &json!({})).await.ok::<SessionsEnded>();
        assert_eq!(flaw(app, &app.sees, &of_token).await, Some(SessionFlaw::Ended), "here at once");
        until_refused(app, sees, &of_token, SessionFlaw::Ended).await;
        until_refused(app, sees, &of_key, SessionFlaw::Ended).await;
        assert_eq!(flaw(app, sees, &of_bob).await, None, "another user's");
        // One that a session opened before it was ended is of the same epoch.
        let child = open(app, &app.sees, &Caller::Session(holder)).await;
        assert_eq!(flaw(app, &app.sees, &child).await, Some(SessionFlaw::Ended));
        let later = open(app, &app.sees, &ada).await;
        for sees in [&app.sees, sees] {
            assert_eq!(flaw(app, sees, &later).await, None, "opened later");
        }
        // Nothing is remembered: the database says so as well.
        let forgetful = app.replica(Setup::NothingRemembered).await;
        assert_eq!(flaw(app, &forgetful.sees, &of_token).await, Some(SessionFlaw::Ended));
        assert_eq!(flaw(app, &forgetful.sees, &later).await, None);
        forgetful.stop().await;
        replica.stop().await;
    })
    .await;
}

#[tokio::test]
async fn g28_a_session_ends_with_its_access_key_and_its_project() {
    on_both(async |app| {
        let replica = app.replica(Setup::Usual).await;
        let (root, sees) = (app.root(), &replica.sees);
        let key = make_key(&root, None).await;
        let opened = open(app, &app.sees, &holder(app, &key).await).await;
        let of_ada = open(app, &app.sees, &user(app, "ada").await).await;
        warm(app, sees, &opened).await;
        warm(app, sees, &of_ada).await;
        assert!(look(app, sees, &opened).await.unwrap().holder.user.is_none());
        root.delete(&format!("/v1/access-keys/{}", key.stored.access_key_id)).await.done();
        until_refused(app, sees, &opened, SessionFlaw::ParentGone).await;
        let operator = app.operator();
        let suspend = json!({ "status": "suspended" });
        let request = operator.request(Method::PATCH, "/v1/projects/sail").json(&suspend);
        operator.send(request).await.ok::<Value>();
        until_refused(app, sees, &of_ada, SessionFlaw::ProjectInactive).await;
        let (now, ada) = (app.clock.now(), user(app, "ada").await);
        let new = NewSession::of(&ada, None, None, SessionLife::default(), now).unwrap();
        let refused = app.sees.open_session(new, "", &app.context()).await;
        assert!(matches!(refused, Err(OpenSessionError::ProjectInactive)), "{refused:?}");
        replica.stop().await;
    })
    .await;
}

#[tokio::test]
async fn g28_users_end_their_own_sessions_and_the_application_anybodys() {
    on_both(async |app| {
        let bob = "/v1/users/bob/sessions/end";
        app.ada().post(bob, &json!({})).await.refused(403, "root_only");
        app.anon().post(END, &json!({})).await.refused(401, "missing_credentials");
        app.root()
            .post("/v1/users/%00/sessions/end", &json!({}))
            .await
            .refused(400, "invalid_request");
        let new = json!({ "name": "n", "scopes": [Scope::KeysRead] });
        let narrow: Value = app.root().post("/v1/api-keys", &new).await.ok();
        let narrow = app.with_key(narrow["key"].as_str().unwrap());
        narrow.post(END, &json!({})).await.refused(403, "scope_missing");
        let mut last = None;
        for actor in [app.ada(), app.root()] {
            let ended: SessionsEnded = actor.post(END, &json!({})).await.ok();
            assert_eq!(ended.user, "ada");
            assert!(last < Some(ended.ended_at), "whatever the clock says");
            last = Some(ended.ended_at);
        }
        let operator = app.operator();
        operator.post(END, &json!({})).await.refused(400, "invalid_request");
        let request = operator.request(Method::POST, END).header("x-project", "sail");
        operator.send(request).await.ok::<SessionsEnded>();
        app.root().cargo.end_user_sessions("bob").await.unwrap();

        let changes: Value = app.root().get("/v1/changes").await.json();
        let changes: Vec<Change> = serde_json::from_value(changes["items"].clone()).unwrap();
        let ends: Vec<&Change> =
            changes.iter().filter(|change| change.kind == "user.end_sessions").collect();
        assert_eq!(ends.len(), 4);
        let row = &ends[1].rows[0];
        assert_eq!(
            (row.row.as_str(), &row.before.as_ref().unwrap()["user"]),
            ("sessions_end", &json!("ada"))
        );
        let events: Page<Value> =
            app.root().get("/v1/audit-events?action=user.end_sessions").await.ok();
        assert_eq!(events.items.len(), 4);
    })
    .await;
}

/// What `POST /v1/sessions` answered, looked up as the gateway does.
async fn flaw_of(app: &TestApp, sees: &Service, session: &OpenedOverHttp) -> Option<SessionFlaw> {
    let id = SessionId::parse(&session.access_key_id).unwrap();
    let found = sees.session(&id, &session.session_token, app.clock.now()).await.unwrap();
    found.err().map(|bad| bad.flaw)
}

#[tokio::test]
async fn g28_an_api_key_and_a_token_open_sessions_that_end_with_the_key() {
    on_both(async |app| {
        let new = json!({ "name": "n", "scopes": [Scope::Sign] });
        let made: Value = app.root().post("/v1/api-keys", &new).await.ok();
        let key = made["key"].as_str().unwrap();
        let on_behalf = Proof {
            key: Some(key.to_owned()),
            token: Some(app.token("ada").signed_by(&KEYS[0])),
            project: None,
        };
        let asked = json!({ "expires_in": 900 });
        let of_root: OpenedOverHttp = app.with_key(key).post("/v1/sessions", &asked).await.ok();
        let of_both: OpenedOverHttp = app.actor(&on_behalf).post("/v1/sessions", &asked).await.ok();
        let of_ada: OpenedOverHttp = app.ada().post("/v1/sessions", &json!({})).await.ok();
        assert!((890..=900).contains(&of_root.expires_in), "{of_root:?}");
        assert!(of_ada.expires_in > 3500, "{of_ada:?}");
        let replica = app.replica(Setup::Usual).await;
        for session in [&of_root, &of_both, &of_ada] {
            assert_eq!(flaw_of(app, &replica.sees, session).await, None);
        }
        let path = format!("/v1/api-keys/{}", made["id"].as_str().unwrap());
        app.root().delete(&path).await.done();
        for session in [&of_root, &of_both] {
            eventually("its sessions are over, at another server as well", async || {
                flaw_of(app, &replica.sees, session).await == Some(SessionFlaw::ParentGone)
            })
            .await;
        }
        assert_eq!(flaw_of(app, &replica.sees, &of_ada).await, None);
        replica.stop().await;
    })
    .await;
}

#[tokio::test]
async fn g28_who_may_not_sign_opens_no_session() {
    on_both(async |app| {
        let new = json!({ "name": "n", "scopes": [Scope::KeysRead] });
        let narrow: Value = app.root().post("/v1/api-keys", &new).await.ok();
        let narrow = app.with_key(narrow["key"].as_str().unwrap());
        narrow.post("/v1/sessions", &json!({})).await.refused(403, "scope_missing");
        let operator = app.operator();
        let request = operator.request(Method::POST, "/v1/sessions").header("x-project", "sail");
        operator.send(request.json(&json!({}))).await.refused(403, "operator_cannot_sign");
        for wrong in [json!({"expires_in": 899}), json!({"expires_in": 43_201}), json!({"x": 1})] {
            app.ada().post("/v1/sessions", &wrong).await.refused(400, "invalid_request");
        }
    })
    .await;
}

async fn ask(app: &TestApp, caller: &Caller, body: &str) -> Result<StsAnswer, StsError> {
    let context = Context { caller: caller.clone(), ..app.context() };
    let request = StsRequest::read("", body.as_bytes()).unwrap();
    sts::answer(&app.sees, &request, &context, &SessionTerms::default()).await
}

#[tokio::test]
async fn g28_what_does_not_fit_into_a_token_opens_no_session() {
    on_both(async |app| {
        let Caller::User(ada) = user(app, "ada").await else { unreachable!() };
        let groups = (0..60).map(|number| SubjectId::parse(&format!("{number:036}")).unwrap());
        let many = Caller::User(User { groups: groups.collect(), ..ada.clone() });
        let refused = ask(app, &many, "Action=GetSessionToken").await.unwrap_err();
        assert!(matches!(refused, StsError::PackedPolicyTooLarge(2049..)), "{refused:?}");
        let deny =
            "Action=GetSessionToken&Policy=%7B%22Statement%22%3A%7B%22Effect%22%3A%22Deny%22%7D%7D";
        let refused = ask(app, &Caller::User(ada.clone()), deny).await.unwrap_err();
        assert_eq!(refused.code(), "MalformedPolicyDocument");
        let refused = ask(app, &app.context().caller, "Action=GetSessionToken").await.unwrap_err();
        assert_eq!(refused.code(), "AccessDenied");
        let answer = ask(app, &Caller::User(ada), "Action=GetSessionToken").await.unwrap();
        let StsAnswer::GetSessionToken(issued) = answer else { panic!() };
        let token = issued.token.expose();
        let found = app.sees.session(&issued.id, token, app.clock.now()).await.unwrap().unwrap();
        assert_eq!(found.secret.expose(), issued.secret.expose());
    })
    .await;
}
