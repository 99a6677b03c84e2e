//! No printed value contains a secret.

use std::fmt::Write;

use sail_cargo_client::{Client, Credentials, Error, Key, StaticToken, Token};

use crate::stub::{Reply, Stub, dead_url};

const TOKEN: &str = "eyJhbGciOiJSUzI1NiJ9";
const KEY: &str = "sck_live_0123456789";

fn printed(error: &Error) -> String {
    let mut out = format!("{error} {error:?} {error:#?}");
    let mut cause = std::error::Error::source(error);
    while let Some(next) = cause {
        write!(out, " {next} {next:?}").unwrap();
        cause = next.source();
    }
    out
}

fn credentials() -> Credentials {
    Credentials::on_behalf_of(StaticToken::new(TOKEN), KEY)
}

#[test]
fn credentials_do_not_print() {
    let builder = Client::builder("http://127.0.0.1:1").credentials(credentials());
    let out = format!(
        "{:?} {:?} {:?} {:?} {builder:?} {:?}",
        Token::new(TOKEN),
        Key::new(KEY),
        StaticToken::new(TOKEN),
        credentials(),
        builder.clone().build().unwrap(),
    );
    assert!(!out.contains(TOKEN) && !out.contains(KEY), "{out}");
}

#[tokio::test]
async fn errors_hold_neither_credentials_nor_the_url() {
    let refusing = Stub::start(|_| async { Reply::problem(403, "denied") }).await;
    let garbling = Stub::saying(200, "[").await;
    let hanging_up = Stub::start(|_| async { Reply::Hangup }).await;
    for url in [refusing.url.clone(), garbling.url.clone(), hanging_up.url.clone(), dead_url()] {
        let client = Client::builder(url).credentials(credentials()).build().unwrap();
        let out = printed(&client.bucket("the-bucket").await.unwrap_err());
        for secret in [TOKEN, KEY, "the-bucket"] {
            assert!(!out.contains(secret), "{out}");
        }
    }
}
