//! What a project says of the gateway.

use chrono::{DateTime, TimeDelta, Utc};
use sail_cargo_client::protocol::{
    AddressingStyle, AuditQuery, CreateApiKey, CreateProject, Endpoint, OpenSession, PatchProject,
    Permission, PutStore, PutStoreQuery, Scope,
};

use super::database;
use super::gateway_stack::{BUCKET, GatewayStack, eventually};
use super::plain_http::{PlainHttp, header};
use super::storages::{ACCESS_KEY_ID, Kind, REGION, SECRET, Storage};
use crate::raw::Signer;

/// The stack's project, and its public host.
const PROJECT: &str = "demo";
const HOST: &str = "demo.public.localhost";

impl GatewayStack {
    /// Changes what the stack's project says.
    pub(crate) async fn patch_project(&self, patch: &PatchProject) {
        self.operator().patch_project(PROJECT, patch).await.unwrap();
    }
}

async fn on_both(check: impl AsyncFn(&GatewayStack)) {
    for kind in database::kinds() {
        check(&GatewayStack::start_on(*kind).await).await;
    }
}

#[expect(clippy::disallowed_methods, reason = "a client signs with the time of its machine")]
fn now() -> DateTime<Utc> {
    Utc::now()
}

/// What a URL is answered that lives for so many seconds from `date` on.
async fn open(test: &GatewayStack, ada: &Signer, date: DateTime<Utc>, life: &str) -> (u16, String) {
    test.send(&ada.at(date).bare("GET", "/photos/x").presigned(life)).await.said()
}

#[tokio::test]
async fn g21_a_url_that_lives_longer_than_the_project_allows_is_denied_on_record() {
    on_both(async |test| {
        let root = PlainHttp::root(test).await;
        assert_eq!(root.put("/photos/x", "meow").await.status(), 200);
        test.grant("ada", "", &[Permission::Read]).await;
        let ada = test.signer_of(Some("ada")).await;
        let (fine, denied) = ((200, String::new()), (403, "AccessDenied".to_owned()));
        assert_eq!(open(test, &ada, now(), "604800").await, fine);
        test.patch_project(&PatchProject {
            max_presign_gateway: Some(300),
            ..PatchProject::default()
        })
        .await;
        eventually("the limit is known", || async {
            open(test, &ada, now(), "301").await == denied
        })
        .await;
        assert_eq!(open(test, &ada, now(), "300").await, fine);
        // It counts from the date of the signature, not from its use.
        let before = now() - TimeDelta::seconds(200);
        assert_eq!(open(test, &ada, before, "300").await, fine);
        assert_eq!(open(test, &ada, before, "500").await, denied);
        let refused = test.send(&ada.bare("GET", "/photos/x").presigned("301")).await;
        assert!(refused.text().contains("max_presign_gateway"), "{}", refused.text());
        assert_eq!(refused.header("x-cargo-refusal"), Some("403 presign_too_long"));
        assert_eq!(test.send(&ada.ask("GET", "/photos/x").signed()).await.status, 200);

        let actor = Some("user:ada".to_owned());
        let query = AuditQuery { bucket: Some(BUCKET.to_owned()), actor, ..AuditQuery::default() };
        let events = test.root().audit_events(&query).await.unwrap().items;
        assert!(events.iter().any(|event| event.reason == "presign_too_long"));
    })
    .await;
}

/// How long a session lives that a token of ada's opens, in seconds.
async fn by_token(test: &GatewayStack, more: &str) -> i64 {
    let token = crate::sts::token(test, "ada").await;
    let form = format!(
        "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleSessionName=app\
         &RoleArn=arn:aws:iam::000000000000:role/cargo&WebIdentityToken={token}{more}"
    );
    let asked = reqwest::Client::new()
        .post(format!("{}/", test.stack.gateway_url))
        .header("content-type", "application/x-www-form-urlencoded");
    let text = asked.body(form).send().await.unwrap().text().await.unwrap();
    let end = text.split_once("<Expiration>").unwrap().1.split_once('<').unwrap().0;
    (DateTime::parse_from_rfc3339(end).unwrap().to_utc() - now()).num_seconds()
}

async fn by_api(test: &GatewayStack, expires_in: Option<u32>) -> u32 {
    let asked = OpenSession { expires_in };
    test.root().open_session(&asked).await.unwrap().expires_in
}

#[tokio::test]
async fn g28_a_session_lives_no_longer_than_the_project_allows_whoever_opens_it() {
    on_both(async |test| {
        let (long, longest) = ("&DurationSeconds=43200", Some(43_200));
        assert!((3000..=3600).contains(&by_token(test, "").await));
        assert!((3000..=3600).contains(&by_api(test, None).await));
        assert!(by_token(test, long).await > 40_000 && by_api(test, longest).await > 40_000);
        test.patch_project(&PatchProject { max_session: Some(900), ..PatchProject::default() })
            .await;
        eventually("the limit is known", || async { by_api(test, longest).await <= 900 }).await;
        for more in ["", long, "&DurationSeconds=3600"] {
            assert!((600..=900).contains(&by_token(test, more).await), "{more}");
        }
        for asked in [None, longest, Some(901)] {
            assert!((600..=900).contains(&by_api(test, asked).await), "{asked:?}");
        }
    })
    .await;
}

/// Whether browsers are told to run nothing of an answer; both headers say it.
async fn is_sandboxed(client: &PlainHttp, target: &str, status: u16) -> bool {
    let answer = client.get(target).await;
    assert_eq!(answer.status(), status, "{target}");
    let policy = header(&answer, "content-security-policy") == "sandbox";
    assert_eq!(header(&answer, "x-content-type-options") == "nosniff", policy, "{target}");
    policy
}

/// An API key of a second project, on a store of its own.
async fn second_project(test: &GatewayStack, storage: &Storage) -> String {
    let operator = test.operator();
    let store = PutStore {
        endpoints: vec![Endpoint { url: storage.url.clone(), style: AddressingStyle::Path }],
        region: REGION.to_owned(),
        access_key_id: ACCESS_KEY_ID.to_owned(),
        secret_access_key: SECRET.to_owned(),
        shared: false,
        accept_unsafe_storage: false,
        access: None,
    };
    let unprobed = PutStoreQuery { no_probe: true, ..PutStoreQuery::default() };
    operator.put_store("second", &store, &unprobed).await.unwrap();
    let new = CreateProject {
        slug: "other".to_owned(),
        store: "second".to_owned(),
        root_extra: Vec::new(),
        cors_origins: Vec::new(),
    };
    operator.create_project(&new).await.unwrap();
    let new = CreateApiKey {
        name: "a test's".to_owned(),
        scopes: Some([Scope::Sign].into()),
        expires_at: None,
        project: Some("other".to_owned()),
    };
    operator.create_api_key(&new).await.unwrap().key
}

#[tokio::test]
async fn g21_only_a_projects_own_public_host_shows_active_content_and_only_where_it_says_so() {
    let test = GatewayStack::start().await;
    let root = PlainHttp::root(&test).await;
    assert_eq!(root.put("/photos/open/page.html", "<script></script>").await.status(), 200);
    test.grant_public("open/", &[Permission::Read]).await;
    test.grant("ada", "", &[Permission::Read]).await;
    let page = "/photos/open/page.html";
    let anybody = || PlainHttp::anonymous(&test).at(HOST);
    assert!(is_sandboxed(&anybody(), page, 200).await);
    let patch = PatchProject { public_host_active_content: Some(true), ..PatchProject::default() };
    test.patch_project(&patch).await;
    eventually("the setting is known", || async { !is_sandboxed(&anybody(), page, 200).await })
        .await;

    let ada = PlainHttp::user(&test, "ada");
    assert!(is_sandboxed(&ada, page, 200).await, "on a host that projects share");
    assert!(!is_sandboxed(&ada.at(HOST), page, 200).await);
    assert!(is_sandboxed(&anybody(), "/photos/closed", 403).await, "an answer of Cargo's");
    let signer = test.signer_of(Some("ada")).await;
    let port = test.gateway().port();
    for (host, is_sandboxed) in [("localhost", true), (HOST, false)] {
        let signer = Signer { host: format!("{host}:{port}"), ..signer.clone() };
        let opened = test.send(&signer.bare("GET", page).presigned("60")).await;
        assert_eq!(opened.status, 200, "{host}: {}", opened.text());
        assert_eq!(opened.header("content-security-policy").is_some(), is_sandboxed, "{host}");
    }
    let storage = Storage::start(Kind::Embedded).await.unwrap();
    let key = second_project(&test, &storage).await;
    let other = PlainHttp::anonymous(&test).with("x-api-key", key);
    assert!(is_sandboxed(&other.at(HOST), "/", 200).await, "another project's on this one's host");
}
