//! Every method of the client: the request that it sends, and the response that it parses.

use sail_cargo_client::protocol::{
    AcceptInvitation, AccessKeysQuery, AccessQuery, AccountsQuery, AddressingStyle, AuditQuery,
    BulkQuery, ChainQuery, ChangePassword, ChangesQuery, CreateAccessKey, CreateAccount,
    CreateApiKey, CreateProject, EndAccountSessionsQuery, Endpoint, GrantChange, GrantLine,
    GrantQuery, GrantsQuery, IssuerSettings, Login, Logout, OpenSession, OpenedSession, PageQuery,
    PatchAccessKey, PatchAccount, PatchApiKey, PatchBucket, PatchGrants, PatchGroup,
    PatchOwnAccount, PatchProject, PatchStore, Permission, ProbeQuery, PruneAudit, PutBucket,
    PutGrant, PutMember, PutStore, PutStoreQuery, Refresh, RotateAccessKey, RotateApiKey,
    RotateSigningKeysQuery, Scope, SecretText, SettleBucket, SettleOutcome, SignRequest,
    StoreAccess, SubjectKind, TokenAlgorithm, UserPermissionsQuery,
};
use sail_cargo_client::{Client, Credentials, Error};

use crate::stub::{Reply, Seen, Stub};

const BUCKET: &str = r#"{"name":"b","public_permissions":[],"ceiling":["read"],
    "created_revision":1}"#;
const GRANT: &str = r#"{"bucket":"b","prefix":"","kind":"user","subject":"ada",
    "permissions":["read"],"granted_by":"key:k","created_revision":1,"updated_revision":2}"#;
const KEY: &str = r#"{"id":"8fK2mQ0ZtYb1","name":"n","scopes":["sign"],
    "created_at":"2026-01-02T03:04:05Z","created_by":"operator","family":"f",
    "key":"the-key"}"#;
const ACCESS_KEY: &str = r#"{"access_key_id":"CGAKJ4ZQ2M5T7VB3KX6N","scope":"user","user":"ada",
    "name":"n","status":"active","buckets":["b"],"created_at":"2026-01-02T03:04:05Z",
    "created_by":"operator","expires_at":"2027-01-02T03:04:05Z","family":"f",
    "secret_access_key":"the-secret"}"#;
const PROJECT: &str = r#"{"id":"i","slug":"p","store":"s","root_extra":[],
    "status":"active","default_permissions":[],"tags_are_authority":false,
    "max_presign_seconds":3600,"created_at":"2026-01-02T03:04:05Z"}"#;
const STORE: &str = r#"{"name":"s","endpoints":[{"url":"https://s3.example.com","style":"path"}],
    "region":"r","access_key_id":"a","shared":false,"created_at":"2026-01-02T03:04:05Z",
    "updated_at":"2026-01-02T03:04:05Z"}"#;
const PROBE: &str = r#"{"probed_at":"2026-01-02T03:04:05Z","safe":true,"cases":[{"id":"R001",
    "title":"t","severity":"fatal","outcome":"refused","meaning":"m"}]}"#;
const AUTH_KEYS: &str = r#"{"check":{"status":"ok"},"keys":1,
    "confirmed_at":"2026-01-02T03:04:05Z","skipped":[]}"#;
const ISSUER: &str = r#"{"alias":"okta","settings":{"issuer":"https://okta"},"configured":false,
    "check":{"status":"ok"},"keys":1}"#;
const TESTED: &str = r#"{"accepted":false,"steps":[{"step":"form","passed":false,"detail":"d"}]}"#;
const SIGNED: &str = r#"{"headers":{"authorization":"AWS4…"},"remove_headers":[],"url":"u",
    "operation":"GetObject","expires_at":"2026-01-02T03:04:05Z","revision":"7"}"#;
const EVENT: &str = r#"{"id":"e","at":"2026-01-02T03:04:05Z","request_id":"r","actor":"user:ada",
    "action":"s3:GetObject","outcome":"allow","reason":"ok","detail":"d"}"#;
const WHOAMI: &str = r#"{"actor":"user","id":"ada","project":"p"}"#;
const PERMISSIONS: &str = r#"{"bucket":"b","permissions":["read"],"prefixes":[]}"#;
const CHANGED: &str = r#"{"dry_run":true,"created":1,"updated":0,"deleted":0,"unchanged":0,
    "revision":"r"}"#;
const ACCOUNT: &str = r#"{"id":"i","username":"ada","status":"active",
    "created_at":"2026-01-02T03:04:05Z"}"#;
const INVITATION: &str = r#"{"token":"t","link":"l","expires_at":"2026-01-02T03:04:05Z"}"#;
const SIGNED_IN: &str = r#"{"access_token":"a","token_type":"Bearer","expires_in":900,
    "refresh_token":"r","refresh_expires_in":9000,"user":{"id":"i","username":"ada",
    "status":"active","created_at":"2026-01-02T03:04:05Z"}}"#;
const READY: &str = r#"{"ready":true,"checks":{"database":{"status":"ok"}}}"#;

/// Calls the client with `status` and `body` as the response, and returns the request that it sent.
async fn request_of(
    status: u16,
    body: impl Into<String>,
    call: impl AsyncFnOnce(&Client) -> Result<(), Error>,
) -> Seen {
    let body = body.into();
    let stub = Stub::start(move |_| {
        let body = body.clone();
        async move { Reply::json(status, body) }
    })
    .await;
    call(&stub.client(Credentials::api_key("the-key"))).await.unwrap();
    let [seen] = stub.seen().try_into().unwrap();
    seen
}

fn page(items: &str) -> String {
    format!(r#"{{"items":[{items}],"next_page_token":"t"}}"#)
}

fn two() -> PageQuery {
    PageQuery { page_size: Some(2), page_token: Some("a b".into()) }
}

macro_rules! asks {
    ($line:literal, $sent:expr, $status:literal, $answer:expr, |$client:ident| $call:expr) => {{
        let seen = request_of($status, $answer, async |$client| $call.await.map(drop)).await;
        assert_eq!((seen.line.as_str(), seen.body.as_str()), ($line, $sent));
        assert_eq!(seen.header("x-api-key"), "the-key");
        assert!(seen.header("user-agent").starts_with("sail-cargo-client/"));
        let json = if seen.body.is_empty() { "" } else { "application/json" };
        assert_eq!(seen.header("content-type"), json);
    }};
}

#[tokio::test]
async fn questions_about_the_caller() {
    asks!("GET /v1/whoami", "", 200, WHOAMI, |c| c.whoami());
    asks!("GET /v1/permissions", "", 200, page(PERMISSIONS), |c| c.permissions());
    asks!("GET /v1/permissions?bucket=b", "", 200, page(PERMISSIONS), |c| c.permissions_in("b"));
}

#[tokio::test]
async fn signing() {
    let request = SignRequest {
        method: "GET".into(),
        url: "https://s3/b/k".into(),
        headers: vec![("range".into(), "bytes=0-1".into())],
        payload: Some("UNSIGNED-PAYLOAD".into()),
        body: None,
    };
    let sent = r#"{"method":"GET","url":"https://s3/b/k","headers":[["range","bytes=0-1"]],"payload":"UNSIGNED-PAYLOAD"}"#;
    asks!("POST /v1/sign", sent, 200, SIGNED, |c| c.sign(&request));
}

#[tokio::test]
async fn buckets() {
    let none = PageQuery::default();
    asks!("GET /v1/buckets", "", 200, page(BUCKET), |c| c.buckets(&none));
    let (paged, put) = (two(), PutBucket::default());
    asks!("GET /v1/buckets?page_size=2&page_token=a+b", "", 200, page(BUCKET), |c| c
        .buckets(&paged));
    asks!("GET /v1/buckets/b", "", 200, BUCKET, |c| c.bucket("b"));
    asks!("PUT /v1/buckets/b", r#"{"public_permissions":[]}"#, 200, BUCKET, |c| c
        .put_bucket("b", &put));
    asks!("DELETE /v1/buckets/b", "", 204, "", |c| c.delete_bucket("b"));
}

#[tokio::test]
async fn grants() {
    let (all, user) = (PageQuery::default(), GrantQuery::default());
    let group =
        GrantQuery { prefix: "a b/".into(), kind: SubjectKind::Group, ..GrantQuery::default() };
    let put = PutGrant { permissions: [Permission::Read].into(), ..PutGrant::default() };
    asks!("GET /v1/buckets/b/grants", "", 200, page(GRANT), |c| c.grants("b", &all));
    asks!("GET /v1/buckets/b/grants/ada?kind=user", "", 200, GRANT, |c| c.grant("b", "ada", &user));
    asks!(
        "PUT /v1/buckets/b/grants/auth0%7C%C3%A4%2F1?prefix=a+b%2F&kind=group",
        r#"{"permissions":["read"]}"#,
        201,
        GRANT,
        |c| c.put_grant("b", "auth0|ä/1", &group, &put)
    );
    asks!("DELETE /v1/buckets/b/grants/%2A?kind=user", "", 204, "", |c| c
        .delete_grant("b", "*", &user));
}

#[tokio::test]
async fn api_keys() {
    let scopes = Some([Scope::Sign].into());
    let new = CreateApiKey { name: "n".into(), scopes, expires_at: None, project: None };
    let paged = two();
    asks!("GET /v1/api-keys?page_size=2&page_token=a+b", "", 200, page(KEY), |c| c
        .api_keys(&paged));
    asks!("POST /v1/api-keys", r#"{"name":"n","scopes":["sign"]}"#, 201, KEY, |c| c
        .create_api_key(&new));
    asks!("DELETE /v1/api-keys/8fK2mQ0ZtYb1", "", 204, "", |c| c.delete_api_key("8fK2mQ0ZtYb1"));
}

#[tokio::test]
async fn keys_that_change() {
    let (patch, rotate) = (PatchApiKey::default(), RotateApiKey::default());
    asks!("GET /v1/api-keys/k", "", 200, KEY, |c| c.api_key("k"));
    asks!("PATCH /v1/api-keys/k", "{}", 200, KEY, |c| c.patch_api_key("k", &patch));
    asks!("POST /v1/api-keys/k/rotate", "{}", 201, KEY, |c| c.rotate_api_key("k", &rotate));
}

#[tokio::test]
async fn g28_sessions_of_a_user() {
    let ended = r#"{"user":"a/b","ended_at":"2026-01-02T03:04:05Z"}"#;
    asks!("POST /v1/users/a%2Fb/sessions/end", "", 200, ended, |c| c.end_user_sessions("a/b"));
}

#[tokio::test]
async fn access_keys() {
    let new = CreateAccessKey { name: "n".into(), user: Some("ä".into()), ..Default::default() };
    let of = AccessKeysQuery { user: Some("ada".into()), ..AccessKeysQuery::default() };
    let (patch, rotate) = (PatchAccessKey::default(), RotateAccessKey::default());
    asks!("GET /v1/access-keys?user=ada", "", 200, page(ACCESS_KEY), |c| c.access_keys(&of));
    asks!("POST /v1/access-keys", r#"{"user":"ä","name":"n"}"#, 201, ACCESS_KEY, |c| c
        .create_access_key(&new));
    asks!("GET /v1/access-keys/k", "", 200, ACCESS_KEY, |c| c.access_key("k"));
    asks!("PATCH /v1/access-keys/k", "{}", 200, ACCESS_KEY, |c| c.patch_access_key("k", &patch));
    asks!("POST /v1/access-keys/k/rotate", "{}", 201, ACCESS_KEY, |c| c
        .rotate_access_key("k", &rotate));
    asks!("DELETE /v1/access-keys/k", "", 204, "", |c| c.delete_access_key("k"));
    asks!("DELETE /v1/access-keys?user=a%2Fb", "", 204, "", |c| c.delete_access_keys_of("a/b"));
}

#[tokio::test]
async fn sessions() {
    let opened = r#"{"access_key_id":"CGASJ4ZQ2M5T7VB3KX6N","secret_access_key":"the-secret",
        "session_token":"the-token","expires_at":"2026-01-02T03:04:05Z","expires_in":900}"#;
    let open = OpenSession { expires_in: Some(900) };
    asks!("POST /v1/sessions", r#"{"expires_in":900}"#, 201, opened, |c| c.open_session(&open));
    let shown = format!("{:?}", serde_json::from_str::<OpenedSession>(opened).unwrap());
    assert!(shown.contains("CGASJ4ZQ2M5T7VB3KX6N") && !shown.contains("the-"), "{shown}");
}

#[tokio::test]
async fn users_groups_and_access() {
    let all = PageQuery::default();
    let user = r#"{"id":"u","grants":1,"groups":[]}"#;
    let member = r#"{"group":"g","user":"u","updated_revision":1}"#;
    asks!("GET /v1/users", "", 200, page(user), |c| c.users(&all));
    let of = GrantsQuery { page_size: Some(2), ..GrantsQuery::default() };
    asks!("GET /v1/users/u/grants?page_size=2", "", 200, page(GRANT), |c| c.user_grants("u", &of));
    let dry = BulkQuery { dry_run: true, force: false };
    asks!("DELETE /v1/users/u/grants?dry_run=true", "", 200, CHANGED, |c| c
        .delete_user_grants("u", &dry));
    let own = UserPermissionsQuery { bucket: Some("b".into()), groups: None };
    asks!("GET /v1/users/u/permissions?bucket=b", "", 200, page(PERMISSIONS), |c| c
        .user_permissions("u", &own));
    asks!("GET /v1/groups", "", 200, page(r#"{"name":"g","members":1}"#), |c| c.groups(&all));
    let settled = PatchGroup { tokens_left_out: Some(false) };
    let group = r#"{"name":"g","members":1}"#;
    asks!("PATCH /v1/groups/g", r#"{"tokens_left_out":false}"#, 200, group, |c| c
        .patch_group("g", &settled));
    asks!("GET /v1/groups/g/members", "", 200, page(member), |c| c.members("g", &all));
    let put = PutMember::default();
    asks!("PUT /v1/groups/g/members/u", "{}", 200, member, |c| c.put_member("g", "u", &put));
    asks!("DELETE /v1/groups/g/members/u", "", 204, "", |c| c.delete_member("g", "u"));
    let who = r#"{"kind":"user","subject":"u","permissions":["read"],"prefixes":[]}"#;
    let read = AccessQuery { permission: Some(Permission::Read), ..AccessQuery::default() };
    asks!("GET /v1/buckets/b/access?permission=read", "", 200, page(who), |c| c.access("b", &read));
    let one = AccessQuery {
        kind: Some(SubjectKind::Group),
        subject: Some("g".into()),
        ..AccessQuery::default()
    };
    asks!("GET /v1/buckets/b/access?kind=group&subject=g", "", 200, page(who), |c| c
        .access("b", &one));
}

#[tokio::test]
async fn changes_in_bulk() {
    let dry = BulkQuery { dry_run: true, force: false };
    let patch = PatchGrants {
        changes: vec![GrantChange { subject: "u".into(), ..GrantChange::default() }],
    };
    let sent = r#"{"changes":[{"kind":"user","subject":"u"}]}"#;
    asks!("PATCH /v1/buckets/b/grants?dry_run=true", sent, 200, CHANGED, |c| c
        .patch_grants("b", &dry, &patch));
    let all = GrantsQuery::default();
    asks!("GET /v1/grants", "", 200, page(GRANT), |c| c.all_grants(&all));
    let rules = PatchBucket::default();
    asks!("PATCH /v1/buckets/b", "{}", 200, BUCKET, |c| c.patch_bucket("b", &rules));
    let project = PatchProject::default();
    asks!("PATCH /v1/projects/p", "{}", 200, PROJECT, |c| c.patch_project("p", &project));
    let settled = r#"{"bucket":"b","detail":"d"}"#;
    asks!("POST /v1/buckets/b/reconcile", "", 200, settled, |c| c.reconcile_bucket("b"));
    let settle = SettleBucket { claim: "c".into(), outcome: SettleOutcome::Done };
    let sent = r#"{"claim":"c","outcome":"done"}"#;
    asks!("POST /v1/buckets/b/settle", sent, 200, settled, |c| c.settle_bucket("b", &settle));
    let changes = r#"{"items":[],"next":3,"more":false,"revision":"r"}"#;
    let after = ChangesQuery { after: Some(3), wait: Some(1), page_size: None };
    asks!("GET /v1/changes?after=3&wait=1", "", 200, changes, |c| c.changes(&after));
    let part = ChainQuery { after: Some("3:ab".into()), ..ChainQuery::default() };
    asks!("GET /v1/changes/chain?after=3%3Aab", "", 200, chain(3, false), |c| c
        .changes_chain(&part));

    let line = |subject: &str| GrantLine {
        bucket: "b".into(),
        subject: subject.into(),
        permissions: [Permission::Read].into(),
        ..GrantLine::default()
    };
    let lines = [line("ada"), line("bob")];
    let sent = std::sync::Arc::new(std::sync::Mutex::new((0, 0)));
    let told = sent.clone();
    let seen = request_of(200, CHANGED, async |c| {
        let progress = move |sent, of| *told.lock().unwrap() = (sent, of);
        c.import_grants(&lines, &dry, progress).await.map(drop)
    })
    .await;
    assert_eq!(seen.line, "POST /v1/grants/import?dry_run=true");
    assert_eq!(seen.header("content-type"), "application/x-ndjson");
    let texts: Vec<GrantLine> =
        seen.body.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(texts, lines);
    let length = seen.body.len() as u64;
    assert_eq!(*sent.lock().unwrap(), (length, length));
}

/// What the server says of two changes until this one.
fn chain(until: i64, more: bool) -> String {
    format!(
        r#"{{"holds":true,"changes":2,"verified_revision":{until},"next":"{until}:ab","more":{more},
        "revision":"r"}}"#
    )
}

#[tokio::test]
async fn a_chain_is_verified_part_by_part() {
    let stub = Stub::start(|seen| async move {
        let is_first = !seen.line.contains("after");
        Reply::json(200, if is_first { chain(2, true) } else { chain(4, false) })
    })
    .await;
    let client = stub.client(Credentials::api_key("the-key"));
    let check = client.verify_changes(Some("1:cd")).await.unwrap();
    assert_eq!((check.holds, check.changes, &*check.next), (true, 4, "4:ab"));
    let lines: Vec<_> = stub.seen().into_iter().map(|seen| seen.line).collect();
    let path = "GET /v1/changes/chain";
    assert_eq!(lines, [format!("{path}?head=1%3Acd"), format!("{path}?after=2%3Aab&head=1%3Acd")]);
}

#[tokio::test]
async fn audit_events() {
    let query = r#"{"actor":"user:ada","outcome":"deny","since":"2026-01-02T03:04:05Z"}"#;
    let query: AuditQuery = serde_json::from_str(query).unwrap();
    asks!(
        "GET /v1/audit-events?actor=user%3Aada&outcome=deny&since=2026-01-02T03%3A04%3A05Z",
        "",
        200,
        page(EVENT),
        |c| c.audit_events(&query)
    );
}

#[tokio::test]
async fn projects_and_stores() {
    let all = PageQuery::default();
    let new = CreateProject {
        slug: "p".into(),
        store: "s".into(),
        root_extra: vec![],
        cors_origins: vec![],
    };
    asks!("GET /v1/projects", "", 200, page(PROJECT), |c| c.projects(&all));
    asks!("POST /v1/projects", r#"{"slug":"p","store":"s","root_extra":[]}"#, 201, PROJECT, |c| c
        .create_project(&new));
    asks!("GET /v1/projects/p", "", 200, PROJECT, |c| c.project("p"));

    let put = PutStore {
        endpoints: vec![Endpoint { url: "https://s3".into(), style: AddressingStyle::Path }],
        region: "r".into(),
        access_key_id: "a".into(),
        secret_access_key: "x".into(),
        shared: false,
        accept_unsafe_storage: false,
        access: None,
    };
    let sent = r#"{"endpoints":[{"url":"https://s3","style":"path"}],"region":"r","access_key_id":"a","secret_access_key":"x","shared":false,"accept_unsafe_storage":false}"#;
    asks!("GET /v1/stores", "", 200, page(STORE), |c| c.stores(&all));
    asks!("GET /v1/stores/s", "", 200, STORE, |c| c.store("s"));
    let (probed, unproved) =
        (PutStoreQuery::default(), PutStoreQuery { no_probe: true, bucket: None });
    asks!("PUT /v1/stores/s", sent, 200, STORE, |c| c.put_store("s", &put, &probed));
    asks!("PUT /v1/stores/s?no_probe=true", sent, 200, STORE, |c| c
        .put_store("s", &put, &unproved));
    let patch = PatchStore { access: Some(StoreAccess::Gateway), ..PatchStore::default() };
    asks!("PATCH /v1/stores/s", r#"{"access":"gateway"}"#, 200, STORE, |c| c
        .patch_store("s", &patch));
    let own = ProbeQuery::default();
    let lent = ProbeQuery { bucket: Some("b".into()) };
    asks!("POST /v1/stores/s/probe", "", 200, PROBE, |c| c.probe_store("s", &own));
    asks!("POST /v1/stores/s/probe?bucket=b", "", 200, PROBE, |c| c.probe_store("s", &lent));
    asks!("DELETE /v1/stores/s", "", 204, "", |c| c.delete_store("s"));
    asks!("POST /v1/auth-keys/refresh", "", 200, AUTH_KEYS, |c| c.refresh_auth_keys());
    let okta = IssuerSettings {
        issuer: "https://okta".into(),
        audiences: ["a".to_owned()].into(),
        algorithms: [TokenAlgorithm::EdDsa].into(),
        project: Some("p".into()),
        ..IssuerSettings::default()
    };
    let sent =
        r#"{"issuer":"https://okta","audiences":["a"],"algorithms":["EdDSA"],"project":"p"}"#;
    asks!("GET /v1/issuers", "", 200, page(ISSUER), |c| c.issuers(&all));
    asks!("PUT /v1/issuers/okta", sent, 200, ISSUER, |c| c.put_issuer("okta", &okta));
    asks!("POST /v1/issuers/okta/test", r#"{"token":"a.b.c"}"#, 200, TESTED, |c| c
        .test_issuer("okta", "a.b.c"));
    asks!("DELETE /v1/issuers/okta", "", 204, "", |c| c.delete_issuer("okta"));
    let old =
        PruneAudit { before: "1970-01-01T00:00:00Z".parse().unwrap(), dry_run: true, after: None };
    let sent = r#"{"before":"1970-01-01T00:00:00Z","dry_run":true}"#;
    let pruned = r#"{"events":7,"more":false}"#;
    asks!("POST /v1/audit-events/prune", sent, 200, pruned, |c| c.prune_audit(&old));
    let kept = page(r#"{"bucket":"b","ceiling":["read"]}"#);
    asks!("GET /v1/stores/s/ceilings", "", 200, kept, |c| c.kept_ceilings("s", &all));
    asks!("DELETE /v1/stores/s/ceilings/b", "", 204, "", |c| c.lift_ceiling("s", "b"));
}

#[tokio::test]
async fn accounts() {
    let some = AccountsQuery { search: Some("a".into()), ..AccountsQuery::default() };
    let new = CreateAccount {
        username: "ada".into(),
        email: None,
        display_name: None,
        service_account: false,
        password: Some(SecretText::new("p".into())),
        must_change_password: None,
        project: None,
    };
    let patch = PatchAccount { email: Some(String::new()), ..PatchAccount::default() };
    let ended = r#"{"account":"i","ended_at":"2026-01-02T03:04:05Z","keys_disabled":1}"#;
    let (keys, withdraw) =
        (EndAccountSessionsQuery { keys: true }, RotateSigningKeysQuery { withdraw: true });
    asks!("GET /v1/accounts?search=a", "", 200, page(ACCOUNT), |c| c.accounts(&some));
    asks!("GET /v1/accounts/ada", "", 200, ACCOUNT, |c| c.account("ada"));
    asks!("POST /v1/accounts", r#"{"username":"ada","password":"p"}"#, 201, ACCOUNT, |c| c
        .create_account(&new));
    asks!("PATCH /v1/accounts/ada", r#"{"email":""}"#, 200, ACCOUNT, |c| c
        .patch_account("ada", &patch));
    asks!("DELETE /v1/accounts/ada", "", 204, "", |c| c.delete_account("ada"));
    asks!("POST /v1/accounts/ada/reset", "", 200, INVITATION, |c| c.reset_account("ada"));
    asks!("POST /v1/accounts/ada/sessions/end?keys=true", "", 200, ended, |c| c
        .end_account_sessions("ada", &keys));
    asks!("DELETE /v1/reserved-usernames/ada", "", 204, "", |c| c.free_username("ada"));
    asks!("GET /v1/signing-keys", "", 200, page(""), |c| c.signing_keys());
    asks!("POST /v1/signing-keys/rotate?withdraw=true", "", 200, page(""), |c| c
        .rotate_signing_keys(&withdraw));
    let change = ChangePassword { password: secret("old"), new_password: secret("new") };
    let sent = r#"{"password":"old","new_password":"new"}"#;
    asks!("POST /auth/password", sent, 200, SIGNED_IN, |c| c.change_password(&change));
    asks!("GET /auth/account", "", 200, ACCOUNT, |c| c.own_account());
    let own = PatchOwnAccount { email: Some(String::new()), ..PatchOwnAccount::default() };
    asks!("PATCH /auth/account", r#"{"email":""}"#, 200, ACCOUNT, |c| c.patch_own_account(&own));
}

fn secret(text: &str) -> SecretText {
    SecretText::new(text.to_owned())
}

/// A password or a refresh token is all that such a request brings: it is another user's than the client's.
#[tokio::test]
async fn a_sign_in_is_asked_for_without_credentials() {
    let login = Login {
        username: Some("ada".into()),
        email: None,
        password: secret("p"),
        new_password: None,
        project: None,
    };
    let (refresh, logout) =
        (Refresh { refresh_token: secret("r") }, Logout { refresh_token: secret("r") });
    let invitation = AcceptInvitation { token: secret("t"), password: secret("p") };
    let (methods, accepted) = (r#"{"embedded":true}"#, r#"{"username":"ada","project":"p"}"#);
    let requests = [
        request_of(200, methods, async |c| c.auth_methods().await.map(drop)).await,
        request_of(200, SIGNED_IN, async |c| c.log_in(&login).await.map(drop)).await,
        request_of(200, SIGNED_IN, async |c| c.refresh_sign_in(&refresh).await.map(drop)).await,
        request_of(204, "", async |c| c.log_out(&logout).await).await,
        request_of(200, accepted, async |c| c.accept_invitation(&invitation).await.map(drop)).await,
    ];
    let expected = [
        ("GET /auth/methods", ""),
        ("POST /auth/login", r#"{"username":"ada","password":"p"}"#),
        ("POST /auth/refresh", r#"{"refresh_token":"r"}"#),
        ("POST /auth/logout", r#"{"refresh_token":"r"}"#),
        ("POST /auth/invitations", r#"{"token":"t","password":"p"}"#),
    ];
    for (seen, (line, body)) in requests.iter().zip(expected) {
        assert_eq!((seen.line.as_str(), seen.body.as_str()), (line, body));
        assert_eq!(seen.header("x-api-key"), "", "{line}");
    }
}

#[tokio::test]
async fn status_is_asked_without_credentials() {
    let version = r#"{"name":"sail-cargo","version":"0.1.0"}"#;
    let seen = [
        request_of(200, "ok", async |c| c.live().await).await,
        request_of(200, READY, async |c| c.ready().await.map(|r| assert!(r.ready))).await,
        request_of(200, version, async |c| c.version().await.map(drop)).await,
        request_of(200, "openapi: 3.1.0", async |c| {
            c.openapi().await.map(|yaml| assert_eq!(yaml, "openapi: 3.1.0"))
        })
        .await,
    ];
    let lines = seen.each_ref().map(|seen| seen.line.as_str());
    assert_eq!(lines, ["GET /livez", "GET /readyz", "GET /version", "GET /openapi.yaml"]);
    assert!(seen.iter().all(|seen| seen.header("x-api-key").is_empty()));
}

#[tokio::test]
async fn a_server_that_is_not_ready_says_why() {
    let body = r#"{"ready":false,"checks":{"database":{"status":"failed","detail":"gone"}}}"#;
    let stub = Stub::saying(503, body).await;
    let readiness = stub.client(Credentials::none()).ready().await.unwrap();
    assert!(!readiness.ready);
    let stub = Stub::saying(503, "<html>no backend</html>").await;
    let error = stub.client(Credentials::none()).ready().await.unwrap_err();
    assert!(error.is_unavailable());
    assert_eq!(error.status(), Some(503));
}

#[tokio::test]
async fn an_operator_names_the_project() {
    let stub = Stub::saying(200, BUCKET).await;
    let client = Client::builder(&stub.url)
        .credentials(Credentials::api_key("operator-key"))
        .project("p")
        .build()
        .unwrap();
    client.bucket("b").await.unwrap();
    assert_eq!(stub.seen()[0].header("x-project"), "p");
    assert_eq!(stub.seen()[0].header("x-api-key"), "operator-key");
}
