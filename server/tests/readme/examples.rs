//! Runs the README's Rust examples. A file in `examples/` equals a block of the README, except that
//! its addresses are mapped to those of this `dev`. `UPDATE_README_EXAMPLES=1` rewrites the files.

use std::process::Command;

use crate::blocks::{block, blocks, repository};
use crate::dev_shell::DevShell;
use crate::served::{BINARY, Said};

/// The examples, each with a text that only its block contains.
const EXAMPLES: [(&str, &str); 4] = [
    ("share", "fn share("),
    ("download", "fn download("),
    ("make_bucket", "fn make_bucket("),
    ("keep", "fn keep("),
];

/// The addresses in examples.
const ADDRESSES: [&str; 5] = [
    "http://127.0.0.1:8080",
    "http://127.0.0.1:8081",
    "https://cargo.example.com",
    "https://s3.example.com",
    "/run/token",
];

/// An address of an example, mapped to this `dev`.
pub(crate) fn at(address: &str) -> String {
    let port: u16 = std::env::var("README_PORT").unwrap().parse().unwrap();
    match address {
        "http://127.0.0.1:8080" | "https://cargo.example.com" => format!("http://127.0.0.1:{port}"),
        "http://127.0.0.1:8081" | "https://s3.example.com" => {
            format!("http://127.0.0.1:{}", port + 1)
        }
        "/run/token" => "token".to_owned(),
        other => panic!("{other} is no address of an example"),
    }
}

/// Demands that the file of an example equals what a page shows, but for the addresses.
pub(crate) fn demand_same(name: &str, shown: &str) {
    let text = ADDRESSES.iter().fold(shown.to_owned(), |text, address| {
        text.replace(&format!("\"{address}\""), &format!("at(\"{address}\")"))
    });
    let file = repository().join(format!("server/tests/readme/examples/{name}.rs"));
    if std::env::var_os("UPDATE_README_EXAMPLES").is_some() {
        std::fs::write(&file, &text).unwrap();
    }
    let kept = std::fs::read_to_string(file).unwrap_or_default();
    assert!(kept == text, "{name}.rs is out of date: run this with UPDATE_README_EXAMPLES=1");
}

mod share {
    use super::at;
    include!("examples/share.rs");

    #[tokio::test]
    #[ignore = "run by `each_rust_example_does_what_it_says`, beside `dev`"]
    async fn runs() {
        share().await.unwrap();
    }
}

mod download {
    use super::at;
    include!("examples/download.rs");

    #[tokio::test]
    #[ignore = "run by `each_rust_example_does_what_it_says`, beside `dev`"]
    async fn runs() {
        download(std::env::var("SAIL_CARGO_TOKEN").unwrap()).await.unwrap();
    }
}

mod make_bucket {
    use super::at;
    include!("examples/make_bucket.rs");

    #[tokio::test]
    #[ignore = "run by `each_rust_example_does_what_it_says`, beside `dev`"]
    async fn runs() {
        make_bucket().await.unwrap();
    }
}

mod keep {
    include!("examples/keep.rs");

    #[tokio::test]
    #[ignore = "run by `each_rust_example_does_what_it_says`, beside `dev`"]
    async fn runs() {
        keep(b"12,7".to_vec()).await.unwrap();
    }
}

#[test]
fn each_rust_example_is_a_block_of_readme() {
    assert_eq!(blocks("rust,no_run").len(), EXAMPLES.len(), "one of them is not run");
    for (name, mark) in EXAMPLES {
        demand_same(name, &block("rust,no_run", mark));
    }
}

/// Runs an example in its own process, and returns its output.
fn run(shell: &DevShell, name: &str, variables: &[(&str, &str)]) -> String {
    run_in("examples", shell, name, variables)
}

/// The same of an example in another file of these tests.
pub(crate) fn run_in(
    file: &str,
    shell: &DevShell,
    name: &str,
    variables: &[(&str, &str)],
) -> String {
    let mut example = shell.command(std::env::current_exe().unwrap().to_str().unwrap());
    example.args([&format!("{file}::{name}::runs"), "--exact", "--ignored", "--nocapture"]);
    example.env("README_PORT", shell.port.to_string()).envs(variables.iter().copied());
    let said = Said::of(&example.output().unwrap()).ok();
    assert!(said.out.contains("1 passed"), "{said:?}");
    said.out
}

/// A token of a user of `dev`.
pub(crate) fn token(shell: &DevShell, user: &str) -> String {
    let mut token = Command::new(BINARY);
    token.env_clear().current_dir(shell.directory.path()).args(["token", user]);
    Said::of(&token.output().unwrap()).ok().out.trim().to_owned()
}

#[test]
fn each_rust_example_does_what_it_says() {
    let shell = DevShell::set();
    let key = shell.kept("root.key");
    let token = |user: &str| token(&shell, user);
    let as_user = |user: &str| run(&shell, "download", &[("SAIL_CARGO_TOKEN", &token(user))]);
    assert!(as_user("ada").contains("5 bytes"));
    assert!(as_user("carl").contains("not allowed: no read permission on `demo/hi.txt`"));

    let shared = run(&shell, "share", &[("CARGO_API_KEY", &key)]);
    assert!(shared.contains("dora has none"), "{shared}");
    assert!(as_user("carl").contains("5 bytes"), "carl may read now");

    run(&shell, "make_bucket", &[("CARGO_API_KEY", &key)]);
    let made = shell.shell(&format!("SAIL_CARGO_API_KEY={key} sail-cargo buckets list")).ok();
    assert!(made.out.contains("new-photos"), "{made:?}");

    let ada = token("ada");
    let kept = run(&shell, "keep", &[("SAIL_CARGO_TOKEN", &ada), ("SAIL_CARGO_BUCKET", "demo")]);
    let url = shell.here("http://127.0.0.1:8081/demo/reports/may.csv");
    for line in [url.as_str(), "reports/may.csv", "4 bytes"] {
        assert!(kept.lines().any(|said| said == line), "{line}: {kept}");
    }
}
