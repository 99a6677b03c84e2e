//! Runs `docs/team.md` from its first line to its last, with a storage of its own.

use std::path::Path;
use std::process::{Command, Stdio};

use sail_cargo_server::dev::storage::Storage;

use crate::blocks::blocks_of;
use crate::dev_shell::free_ports;
use crate::served::{BINARY, Said};

const PAGE: &str = "docs/team.md";
const SECRET: &str = "a-secret-of-the-storage";

/// The page's commands as one script, which waits for the server where a reader would, and goes on as in another
/// terminal.
fn script(storage: &str) -> String {
    let first = free_ports(2);
    let [api, files] = [first, first + 1].map(|port| format!("127.0.0.1:{port}"));
    let sh = blocks_of(PAGE).into_iter().filter(|block| block.language == "sh");
    let text = sh.map(|block| block.text).collect::<Vec<_>>().join("\n");
    let (before, rest) = text.split_once("sail-cargo serve ").unwrap();
    let (serve, after) = rest.split_once("\n\n").unwrap();
    let script = format!(
        "{before}\
         sail-cargo serve --listen {api} {serve} 2> log & server=$!\n\
         trap 'kill $server; wait $server || true' EXIT\n\
         until sail-cargo healthcheck --url http://{api} > /dev/null 2>&1; do \
         kill -0 $server || {{ cat log; exit 1; }}; done\n\
         unset SAIL_CARGO_DATABASE_URL\n{after}"
    );
    [
        ("https://cargo.example.com", format!("http://{api}").as_str()),
        ("https://files.example.com", &format!("http://{files}")),
        ("127.0.0.1:9000", &files),
        ("https://s3.example.com", storage),
        ("SAIL_CARGO_STORE_SECRET=…", &format!("SAIL_CARGO_STORE_SECRET={SECRET}")),
        ("AKIA…", "AKIATEAM"),
    ]
    .iter()
    .fold(script, |text, (theirs, ours)| text.replace(theirs, ours))
}

/// Runs a script in `directory`. It ends at the first command that fails.
fn run(directory: &Path, script: &str) -> Said {
    let binaries = Path::new(BINARY).parent().unwrap().display().to_string();
    let mut shell = Command::new("bash");
    shell.env_clear().current_dir(directory).env("HOME", directory).stdin(Stdio::null());
    shell.env("PATH", format!("{binaries}:/usr/bin:/bin"));
    shell.args(["-euo", "pipefail", "-c", script]);
    Said::of(&shell.output().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_team_comes_to_be_as_its_page_says() {
    let (directory, files) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let storage = Storage::start(listener, files.path(), "AKIATEAM", SECRET.into(), "us-east-1");
    let storage = storage.await.unwrap();
    let said = run(directory.path(), &script(&format!("http://{}", storage.address()))).ok();
    let steps = blocks_of(PAGE).into_iter().find(|block| block.language == "text").unwrap();
    assert!(said.out.contains(&steps.text), "{said:?}");
    let mut lines = said.out.lines();
    for line in [
        "notes.txt",
        "from bob",
        "x-amz-meta-description: =?UTF-8?B?ZGVyIFBsYW4gZsO8ciBNYWk=?=",
        "plan.txt",
        "disabled",
    ] {
        assert!(lines.any(|said| said.contains(line)), "{line:?} is not in {said:?}");
    }
    storage.stop().await;
}

#[test]
fn every_block_of_the_page_is_run_or_compared() {
    let all = blocks_of(PAGE);
    let known = ["sh", "text"];
    assert!(all.iter().all(|block| known.contains(&block.language.as_str())), "{all:?}");
    assert_eq!(all.iter().filter(|block| block.language == "text").count(), 1);
}
