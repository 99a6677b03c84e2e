//! Issuers of a file and of the command line, at a real process.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use crate::test_stack::TestStack;

const KEY: &str = include_str!("../data/rsa-2048.pem");

const CONFIG: &str = r#"
[[auth.issuers]]
alias = "dex"
issuer = "https://dex.example.com"
keys = "file:keys"
audiences = ["cargo"]
project_claim = "project"
"#;

/// A token that says it is Dex's, and is not.
fn forged() -> String {
    let claims = r#"{"iss":"https://dex.example.com","aud":"cargo","sub":"ada"}"#;
    let [header, claims] = [r#"{"alg":"RS256"}"#, claims].map(|part| URL_SAFE_NO_PAD.encode(part));
    format!("{header}.{claims}.{}", URL_SAFE_NO_PAD.encode([7; 256]))
}

#[test]
fn issuers_are_put_listed_tested_and_deleted() {
    let files = [("keys", KEY), ("cargo.toml", CONFIG), ("token.txt", &forged())];
    let stack = TestStack::set_with_files(&files, &["--config", "cargo.toml"]);
    let put = |alias: &str, more: &[&str]| {
        let okta = ["issuers", "put", alias, "--issuer", "https://okta.example.com"];
        let rest = ["--audience", "cargo", "--for-project", "photos", "--keys"];
        stack.operator(&[&okta[..], &rest, &["http://127.0.0.1:1/keys"], more].concat())
    };
    let said = put("okta", &["--condition", "tier=gold", "--algorithm", "ES256"]).ok();
    assert!(said.out.contains("saved issuer okta: https://okta.example.com"), "{}", said.out);
    assert!(put("dex", &[]).err.contains("two issuers are called `dex`"));
    assert!(put("ci", &["--algorithm", "HS256"]).err.contains("HS256"));

    let listed: Value = stack.operator(&["issuers", "list", "-o", "json"]).json();
    let aliases: Vec<_> = listed.as_array().unwrap().iter().map(|it| &it["alias"]).collect();
    assert_eq!(aliases, ["dex", "okta"]);
    assert_eq!(listed[1]["settings"]["conditions"]["tier"][0], "gold");
    let table = stack.operator(&["issuers", "list"]).ok().out;
    assert!(table.contains("configuration") && table.contains("operators"), "{table}");

    let test = stack.operator(&["issuers", "test", "dex", "token.txt"]);
    assert_eq!(test.code, 1);
    assert!(test.out.contains("ok   key: 1 keys"), "{}", test.out);
    assert!(test.out.contains("FAIL signature: the token's signature is wrong"), "{}", test.out);
    assert!(test.out.ends_with("not accepted\n"), "{}", test.out);

    stack.operator(&["issuers", "delete", "okta"]).ok();
    let gone = stack.operator(&["issuers", "delete", "okta"]);
    assert!(gone.code != 0 && gone.err.contains("issuer not found"), "{}", gone.err);
    assert_eq!(stack.root(&["issuers", "list"]).code, 3, "not the application's business");
}
