//! STS at the gateway: sessions for stock clients, with tokens and access keys.

use aws_credential_types::Credentials;
use aws_sdk_s3::Client as S3;
use aws_sdk_s3::config::{BehaviorVersion, Region};
use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::primitives::ByteStream;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use sail_cargo_client::protocol::{CreatedAccessKey, Permission};

use super::dev_issuer::token;
use super::gateway_stack::{BUCKET, GatewayStack, code, eventually};

const ROLE: &str = "RoleArn=arn:aws:iam::000000000000:role/cargo&RoleSessionName=app";

/// What STS answered: its status and its document.
struct Answer {
    status: u16,
    document: String,
}

impl Answer {
    /// The text of the first element of this name.
    fn text(&self, name: &str) -> &str {
        let (open, close) = (format!("<{name}>"), format!("</{name}>"));
        let rest = self.document.split_once(&open);
        let text = rest.and_then(|(_, rest)| rest.split_once(&close));
        text.unwrap_or_else(|| panic!("no {name} in {}", self.document)).0
    }

    fn refused(&self, status: u16, code: &str) {
        assert_eq!((self.status, self.text("Code")), (status, code), "{}", self.document);
        assert_eq!(self.text("Type"), "Sender");
    }

    fn credentials(&self) -> Credentials {
        assert_eq!(self.status, 200, "{}", self.document);
        let token = self.text("SessionToken").to_owned();
        let (id, secret) = (self.text("AccessKeyId"), self.text("SecretAccessKey"));
        assert!(id.starts_with("CGAS") && secret.len() == 40);
        Credentials::new(id, secret, Some(token), None, "test")
    }
}

async fn post(test: &GatewayStack, headers: &[(String, String)], body: &str) -> Answer {
    let mut request = reqwest::Client::new()
        .post(format!("{}/", test.stack.gateway_url))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body.to_owned());
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let answer = request.send().await.unwrap();
    Answer { status: answer.status().as_u16(), document: answer.text().await.unwrap() }
}

/// As SDKs send it with `AWS_WEB_IDENTITY_TOKEN_FILE`: without a signature.
async fn web_identity(test: &GatewayStack, token: &str, more: &str) -> Answer {
    let action = "Action=AssumeRoleWithWebIdentity&Version=2011-06-15";
    post(test, &[], &format!("{action}&{ROLE}&WebIdentityToken={token}{more}")).await
}

/// The headers that sign `body` for STS.
#[expect(clippy::disallowed_methods, reason = "a client signs with the time of its machine")]
fn signed(test: &GatewayStack, credentials: &Credentials, body: &str) -> Vec<(String, String)> {
    let identity = credentials.clone().into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region("us-east-1")
        .name("sts")
        .time(std::time::SystemTime::now())
        .settings(SigningSettings::default())
        .build()
        .unwrap();
    let url = format!("{}/", test.stack.gateway_url);
    let host = test.stack.gateway_url.trim_start_matches("http://");
    let headers = [("host", host), ("content-type", "application/x-www-form-urlencoded")];
    let body = SignableBody::Bytes(body.as_bytes());
    let request = SignableRequest::new("POST", &url, headers.into_iter(), body).unwrap();
    let (instructions, _) = sign(request, &params.into()).unwrap().into_parts();
    let headers = instructions.headers();
    headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

async fn ask(test: &GatewayStack, credentials: &Credentials, body: &str) -> Answer {
    post(test, &signed(test, credentials, body), body).await
}

fn of(key: &CreatedAccessKey) -> Credentials {
    Credentials::new(&key.stored.access_key_id, key.secret.expose(), None, None, "test")
}

/// A client with a session that a token opened.
pub(crate) async fn client_of_token(test: &GatewayStack, token: &str) -> S3 {
    s3(test, web_identity(test, token, "").await.credentials())
}

/// A client with a session that an access key opened.
pub(crate) async fn client_of_key(test: &GatewayStack, key: &CreatedAccessKey) -> S3 {
    let body = "Action=GetSessionToken&Version=2011-06-15";
    s3(test, ask(test, &of(key), body).await.credentials())
}

fn s3(test: &GatewayStack, credentials: Credentials) -> S3 {
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url(&test.stack.gateway_url)
        .force_path_style(true)
        .credentials_provider(credentials)
        .build();
    S3::from_conf(config)
}

async fn put(s3: &S3, key: &str) -> String {
    code(s3.put_object().bucket(BUCKET).key(key).body(ByteStream::from_static(b"x")).send().await)
}

async fn get(s3: &S3, key: &str) -> String {
    code(s3.get_object().bucket(BUCKET).key(key).send().await)
}

#[tokio::test]
async fn g28_a_users_token_opens_a_session_that_ends_when_it_is_ended() {
    let test = GatewayStack::start().await;
    test.grant("ada", "", &[Permission::Read, Permission::Write]).await;
    let answer = web_identity(&test, &token("ada"), "&DurationSeconds=900").await;
    assert_eq!(answer.text("SubjectFromWebIdentityToken"), "ada");
    assert!(answer.text("Arn").ends_with(":assumed-role/cargo/ada"));
    let session = answer.credentials();
    let client = s3(&test, session.clone());
    assert_eq!(
        (put(&client, "a/x").await.as_str(), get(&client, "a/x").await.as_str()),
        ("ok", "ok")
    );

    // The token stands in presigned URLs as well.
    let minute = PresigningConfig::expires_in(std::time::Duration::from_mins(1)).unwrap();
    let url = client.get_object().bucket(BUCKET).key("a/x").presigned(minute).await.unwrap();
    assert!(url.uri().contains("X-Amz-Security-Token="));
    let http = reqwest::Client::new();
    assert_eq!(http.get(url.uri()).send().await.unwrap().status(), 200);

    let with = |token: Option<String>| {
        let (id, secret) = (session.access_key_id(), session.secret_access_key());
        s3(&test, Credentials::new(id, secret, token, None, "test"))
    };
    let sealed = session.session_token().unwrap();
    assert_eq!(get(&with(None), "a/x").await, "InvalidAccessKeyId");
    for wrong in [format!("{sealed}A"), sealed[..sealed.len() - 4].to_owned(), "AQAA".to_owned()] {
        assert_eq!(get(&with(Some(wrong)), "a/x").await, "InvalidToken");
    }
    let long_term = test.key(Some("ada")).await;
    let mixed = Credentials::new(
        &long_term.stored.access_key_id,
        long_term.secret.expose(),
        Some(sealed.to_owned()),
        None,
        "test",
    );
    assert_eq!(get(&s3(&test, mixed), "a/x").await, "InvalidToken");

    test.root().end_user_sessions("ada").await.unwrap();
    eventually("the session is over", || async { get(&client, "a/x").await == "ExpiredToken" })
        .await;
    assert_eq!(http.get(url.uri()).send().await.unwrap().status(), 400);
    let next = web_identity(&test, &token("ada"), "").await.credentials();
    assert_eq!(get(&s3(&test, next), "a/x").await, "ok");
}

#[tokio::test]
async fn g28_what_is_no_token_opens_no_session() {
    let test = GatewayStack::start().await;
    web_identity(&test, "a.b.c", "").await.refused(400, "InvalidIdentityToken");
    let good = token("ada");
    let forged = format!("{}AAAA", &good[..good.len() - 4]);
    web_identity(&test, &forged, "").await.refused(400, "InvalidIdentityToken");
    web_identity(&test, &good, "&DurationSeconds=899").await.refused(400, "ValidationError");
    let deny = "&Policy=%7B%22Statement%22%3A%7B%22Effect%22%3A%22Deny%22%7D%7D";
    web_identity(&test, &good, deny).await.refused(400, "MalformedPolicyDocument");
    let body = format!("Action=AssumeRole&{ROLE}");
    post(&test, &[], &body).await.refused(403, "AccessDenied");
    let bearer = [("authorization".to_owned(), format!("Bearer {good}"))];
    let other = post(&test, &bearer, "Action=GetCallerIdentity").await;
    assert!(
        other.status >= 400 && !other.document.contains("CallerIdentity"),
        "{}",
        other.document
    );
    web_identity(&test, &"a".repeat(70_000), "").await.refused(400, "ValidationError");
}

#[tokio::test]
async fn g28_an_access_key_opens_sessions_that_have_no_more_than_it() {
    let test = GatewayStack::start().await;
    test.grant("ada", "", &[Permission::Read, Permission::Write]).await;
    let key = test.key(Some("ada")).await;
    let who = ask(&test, &of(&key), "Action=GetCallerIdentity&Version=2011-06-15").await;
    assert_eq!(who.text("UserId"), "CARGO:ada");
    let session = ask(&test, &of(&key), "Action=GetSessionToken&Version=2011-06-15").await;
    let session = session.credentials();
    let client = s3(&test, session.clone());
    assert_eq!(put(&client, "own/x").await, "ok");

    let policy = r#"{"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::photos/own/*"},
        {"Effect":"Allow","Action":"s3:List*","Resource":"arn:aws:s3:::photos","Condition":{"StringLike":
        {"s3:prefix":"own/*"}}}]}"#;
    let policy = percent_encoding::utf8_percent_encode(policy, percent_encoding::NON_ALPHANUMERIC);
    let body = format!("Action=AssumeRole&Version=2011-06-15&{ROLE}&Policy={policy}");
    let child = ask(&test, &session, &body).await.credentials();
    let narrow = s3(&test, child);
    assert_eq!(
        (put(&narrow, "own/y").await.as_str(), get(&narrow, "own/y").await.as_str()),
        ("ok", "ok")
    );
    assert_eq!(put(&narrow, "other/y").await, "AccessDenied");
    assert_eq!(put(&client, "other/y").await, "ok");

    let wrong = Credentials::new(&key.stored.access_key_id, "b".repeat(40), None, None, "test");
    ask(&test, &wrong, "Action=GetCallerIdentity").await.refused(403, "SignatureDoesNotMatch");
    let body = "Action=GetSessionToken";
    let headers = signed(&test, &of(&key), body);
    let other = post(&test, &headers, "Action=GetSessionToken&DurationSeconds=900").await;
    other.refused(403, "SignatureDoesNotMatch");
    let nobody = Credentials::new("CGAKAAAAAAAAAAAAAAAA", "b".repeat(40), None, None, "test");
    ask(&test, &nobody, body).await.refused(403, "InvalidClientTokenId");
    ask(&test, &of(&key), "Action=GetFederationToken").await.refused(400, "InvalidAction");

    test.root().delete_access_key(&key.stored.access_key_id).await.unwrap();
    eventually("the key's sessions are over", || async {
        get(&client, "own/x").await == "ExpiredToken"
            && get(&narrow, "own/y").await == "ExpiredToken"
    })
    .await;
    ask(&test, &session, body).await.refused(403, "ExpiredToken");
}
