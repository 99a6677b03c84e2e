//! Which credentials sign, and which callers get a signature.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_s3::config::{BehaviorVersion, Builder, Region};
use aws_sdk_s3::{Client, Config};
use aws_types::SdkConfig;
use sail_cargo_client::{Refresh, StaticToken, Token, TokenFuture, TokenProvider};
use sail_cargo_middleware::{RemoteSigner, RemoteSigningError, RemoteSigningExt};

use crate::harness::{ACCESS_KEY, KEY, REGION, TOKEN, plain, reason, signed_by, start};

/// Credentials of the application, which must never sign.
fn own() -> Credentials {
    Credentials::new("THEAPPLICATIONSOWN", "secret", Some("session".into()), None, "test")
}

/// [`ambient_credentials_do_not_sign`] runs this again, with credentials in the environment.
#[tokio::test]
async fn the_authoritys_credentials_sign() {
    let (storage, authority) = start().await;
    let shared = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(REGION))
        .endpoint_url(&storage.url)
        .credentials_provider(SharedCredentialsProvider::new(own()))
        .build();
    let configs = [
        plain(&storage.url),
        plain(&storage.url).credentials_provider(own()),
        Builder::from(&shared).force_path_style(true),
    ];
    for config in configs {
        let s3 = Client::from_conf(config.remote_signing(authority.user()).build());
        s3.list_objects_v2().bucket("bkt").send().await.unwrap();
        let overriding = Config::builder().credentials_provider(own());
        let list = s3.list_objects_v2().bucket("bkt").customize().config_override(overriding);
        list.send().await.unwrap();
    }
    let seen = storage.seen();
    assert_eq!((seen.len(), authority.asked().len()), (6, 6));
    for seen in seen {
        assert!(seen.header("authorization").contains(&format!("Credential={ACCESS_KEY}/")));
        assert!(seen.header("x-amz-security-token").is_empty());
    }
}

#[test]
fn ambient_credentials_do_not_sign() {
    let again = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "credentials::the_authoritys_credentials_sign"])
        .env("AWS_ACCESS_KEY_ID", "AMBIENT")
        .env("AWS_SECRET_ACCESS_KEY", "secret")
        .env("AWS_SESSION_TOKEN", "session")
        .output()
        .unwrap();
    let out = String::from_utf8(again.stdout).unwrap();
    assert!(again.status.success() && out.contains("1 passed"), "{out}");
}

/// A provider with an expired token, which it keeps until it is forced to renew it.
#[derive(Default)]
struct Stale {
    forced: AtomicUsize,
}

impl TokenProvider for Stale {
    fn token(&self, refresh: Refresh) -> TokenFuture<'_> {
        Box::pin(async move {
            if refresh == Refresh::Force {
                self.forced.fetch_add(1, Ordering::SeqCst);
            }
            let fresh = self.forced.load(Ordering::SeqCst) > 0;
            Ok(Token::new(if fresh { TOKEN } else { "stale" }))
        })
    }
}

#[tokio::test]
async fn a_stale_token_is_renewed_once() {
    let (storage, authority) = start().await;
    let session = Arc::new(Stale::default());
    let signer = RemoteSigner::user(&authority.url, Arc::clone(&session)).unwrap();
    let s3 = signed_by(&storage, signer);
    s3.list_objects_v2().bucket("bkt").send().await.unwrap();
    s3.list_objects_v2().bucket("bkt").send().await.unwrap();
    assert_eq!(session.forced.load(Ordering::SeqCst), 1);
    assert_eq!((authority.asked().len(), storage.seen().len()), (3, 2));
}

#[tokio::test]
async fn an_unknown_token_stays_unauthenticated_after_a_renewal() {
    let (storage, authority) = start().await;
    let signer = RemoteSigner::user(&authority.url, StaticToken::new("a stranger's")).unwrap();
    let error = signed_by(&storage, signer).list_buckets().send().await.unwrap_err();
    let message = "No: unauthenticated.".to_owned();
    assert_eq!(reason(&error), RemoteSigningError::Unauthenticated { message });
    assert_eq!((authority.asked().len(), storage.seen().len()), (2, 0));
}

/// A provider without a token.
struct LoggedOut;

impl TokenProvider for LoggedOut {
    fn token(&self, _: Refresh) -> TokenFuture<'_> {
        Box::pin(async { Err("logged out".into()) })
    }
}

#[tokio::test]
async fn without_a_token_nobody_is_asked() {
    let (storage, authority) = start().await;
    let signer = RemoteSigner::user(&authority.url, LoggedOut).unwrap();
    let error = signed_by(&storage, signer).list_buckets().send().await.unwrap_err();
    let message = "the token provider gave no token: logged out".to_owned();
    assert_eq!(reason(&error), RemoteSigningError::Unauthenticated { message });
    assert_eq!((authority.asked().len(), storage.seen().len()), (0, 0));
}

#[tokio::test]
async fn the_application_signs_by_its_key() {
    let (storage, authority) = start().await;
    let s3 = signed_by(&storage, RemoteSigner::root(&authority.url, KEY).unwrap());
    s3.create_bucket().bucket("new").send().await.unwrap();
    let stranger = signed_by(&storage, RemoteSigner::root(&authority.url, "no key").unwrap());
    let error = stranger.list_buckets().send().await.unwrap_err();
    assert!(matches!(reason(&error), RemoteSigningError::Unauthenticated { .. }));
    assert_eq!((authority.asked().len(), storage.seen().len()), (2, 1));
}

#[test]
fn a_signer_does_not_print_what_it_knows() {
    let user = RemoteSigner::user("http://127.0.0.1:1", StaticToken::new(TOKEN)).unwrap();
    let root = RemoteSigner::root("http://127.0.0.1:1", KEY).unwrap();
    let out = format!("{user:?} {root:?} {:?}", plain("http://a").remote_signing(root.clone()));
    assert!(!out.contains(TOKEN) && !out.contains(KEY), "{out}");
}
