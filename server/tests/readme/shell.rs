//! Runs the README's shell blocks line by line, unchanged.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Command;

use crate::blocks::{block, block_of, blocks, repository};
use crate::dev_shell::{DevShell, clients};

/// Runs before the first line. A refused request ends the script, and an endless command is stopped
/// after its first output.
const PRELUDE: &str = r#"
trap 'kill $(jobs -p) 2> /dev/null || true' EXIT
curl() { command curl --fail-with-body "$@"; }
until_it_says() {
    for round in {1..200}; do
        if [ -s said ]; then kill "$1"; wait "$1" || true; rm said; return; fi
        env -u SAIL_CARGO_API_KEY_FILE SAIL_CARGO_API_KEY="$(cat .sail-cargo/root.key)" \
            sail-cargo grants put dora "demo/elsewhere-$round/" read > /dev/null
    done
    echo "it said nothing" >&2
    exit 1
}
"#;

/// Wraps an endless command so that it is stopped after its first output.
fn followed(line: &str) -> String {
    if line.starts_with("curl -sN ") || line.starts_with("sail-cargo audit tail") {
        format!("(exec {line}\n) > said & until_it_says $!")
    } else {
        line.to_owned()
    }
}

/// A block as a script.
fn script(mark: &str) -> String {
    block("sh", mark).lines().map(|line| followed(line) + "\n").collect()
}

/// Replaces placeholders that only a reader can fill in.
fn filled_in(shell: &DevShell, text: &str) -> String {
    let secret = shell.kept("storage.secret");
    let storage = shell.here("http://127.0.0.1:8081");
    [
        ("SAIL_CARGO_STORE_SECRET=…", format!("SAIL_CARGO_STORE_SECRET={secret}").as_str()),
        ("AKIA…", "DEVSTORAGEACCESSKEY"),
        ("https://s3.example.com", &storage),
        (
            "https://auth.example.com/public-key",
            &shell.here("http://127.0.0.1:8080/auth/public-key"),
        ),
        ("https://cargo.example.com", &shell.here("http://127.0.0.1:8082")),
        ("SAIL_CARGO_API_KEY=cgop_…", "SAIL_CARGO_API_KEY=$(cut -d: -f2 operators.keys)"),
    ]
    .iter()
    .fold(text.to_owned(), |text, (theirs, ours)| text.replace(theirs, ours))
}

/// Where the AWS CLI is, if this machine has it.
fn aws() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let places = std::env::split_paths(&path).chain([clients()]);
    places.map(|directory| directory.join("aws")).find(|file| file.exists())
}

/// Whether the programs of a line are here: the AWS CLI may be missing.
fn can_run(line: &str) -> bool {
    !line.trim_start().starts_with("aws ") || aws().is_some()
}

#[test]
fn the_examples_of_any_s3_client_run() {
    let shell = DevShell::set();
    let block = script("aws s3 cp");
    let lines: Vec<_> = block.lines().filter(|line| can_run(line)).collect();
    let said = shell.shell(&[PRELUDE, &lines.join("\n")].concat()).ok();
    // By a signature, and by a token.
    assert_eq!(said.out.matches("hello").count(), 2, "{said:?}");
    assert_eq!(said.out.contains("hi.txt"), aws().is_some(), "{said:?}");
}

#[test]
fn a_session_opens_as_the_page_of_the_gateway_says() {
    if aws().is_none() {
        println!("not run: this machine has no AWS CLI");
        return;
    }
    let shell = DevShell::set();
    let variables = block_of("docs/gateway.md", "sh", "AWS_WEB_IDENTITY_TOKEN_FILE")
        .replace("https://s3.example.com", "http://localhost:9000")
        .replace("/run/token", "token");
    let ask = "aws s3 ls s3://demo/\naws sts get-caller-identity";
    let said = shell.shell(&format!("sail-cargo token ada > token\n{variables}{ask}\n")).ok();
    let ada = format!("CARGO:{}", shell.id_of("ADA"));
    assert!(said.out.contains("hi.txt") && said.out.contains(&ada), "{said:?}");
}

#[test]
fn the_rest_examples_run() {
    let shell = DevShell::set();
    let blocks = [
        PRELUDE,
        &script("curl -s http://127.0.0.1:8080/v1/permissions"),
        &script("/v1/changes?after=0"),
    ]
    .concat();
    let said = shell.shell(&blocks).ok();
    assert!(said.out.contains("\"authorization\":\"AWS4-HMAC-SHA256"), "{said:?}");
}

#[test]
fn the_terminal_examples_run() {
    let shell = DevShell::set();
    let objects = script("export SAIL_CARGO_TOKEN=");
    // The last line is the one that is refused: `output` tests it.
    let (objects, refused) = objects.trim_end().rsplit_once('\n').unwrap();
    assert!(refused.contains("s3://demo/secret.txt"), "{refused}");
    let said = shell
        .shell(&[PRELUDE, &script("sail-cargo grants import grants.yaml"), objects].concat())
        .ok();
    for printed in ["allowed\n", "hi.txt", "12,7\n"] {
        assert!(said.out.contains(printed), "{printed}: {said:?}");
    }
}

#[test]
fn a_server_is_set_up_for_real_as_readme_says() {
    let shell = DevShell::set();
    let set_up = filled_in(&shell, &script("sail-cargo keys master > master.key"));
    // The test runs the built binary instead of the installed one.
    let (install, set_up) = set_up.split_once('\n').unwrap();
    assert!(install.starts_with("cargo install --locked --path server "), "{install}");
    let (set_up, serve) = set_up.trim_end().split_once("sail-cargo serve").unwrap();
    let operators = filled_in(&shell, &script("sail-cargo keys operator ada"));
    let (keys, ask) = operators.trim_end().rsplit_once('\n').unwrap();
    let pruning = filled_in(&shell, &script("sail-cargo audit prune"));
    let port = shell.here("127.0.0.1:8082");
    let script = format!(
        "unset SAIL_CARGO_URL\n{set_up}{keys}\n\
         sail-cargo serve --listen {port} {serve} 2> log & server=$!\n\
         trap 'kill $server; wait $server || true' EXIT\n\
         until sail-cargo healthcheck --url http://{port} > /dev/null 2>&1; do \
         kill -0 $server || {{ cat log; exit 1; }}; done\n\
         (unset SAIL_CARGO_DATABASE_URL; export SAIL_CARGO_URL=http://{port}\n{ask}\n)\n{pruning}"
    );
    let said = shell.shell(&script).ok();
    assert!(said.err.contains("store main is saved"), "{said:?}");
    assert!(said.out.contains("operator:ada") || said.out.contains("project.create"), "{said:?}");
}

/// What two people type in two places is one script here: ada, who is not one of `dev`'s, reads her passwords from
/// files instead of a terminal, and her link from what the administrator's command printed.
#[test]
fn the_examples_of_accounts_run() {
    const HERS: &str = r#"
sail-cargo() {
    case "$*" in
        accounts\ me*|accounts\ accept*|login*|password*)
            env -u SAIL_CARGO_API_KEY_FILE sail-cargo "$@" ;;
        accounts\ create*)
            LINK=$(command sail-cargo "$@"); echo "$LINK" ;;
        *)
            command sail-cargo "$@" ;;
    esac
}
export SAIL_CARGO_API_KEY_FILE=.sail-cargo/root.key
printf 'a walrus reads at dawn' > first
printf 'a walrus reads at dawn\ntwo walruses sleep at noon' > both
"#;
    let shell = DevShell::set();
    let block = block("sh", "sail-cargo accounts create").replace("ada", "nina");
    let typed: Vec<String> = block
        .lines()
        .map(|line| {
            let (line, _) = line.split_once(" #").unwrap_or((line, ""));
            let line = line.trim_end();
            let input = match line.split(' ').take(3).collect::<Vec<_>>()[1..] {
                ["accounts", "accept"] | ["login", _] => " --password-stdin < first",
                ["password"] => " --password-stdin < both",
                _ => "",
            };
            format!("{line}{input}\n")
        })
        .collect();
    let typed = typed
        .concat()
        .replace("'https://…/console/#/invite/…'", "\"$LINK\"")
        .replace("https://cargo.example.com", "http://127.0.0.1:8080");
    assert!(typed.contains("\"$LINK\" --password-stdin"), "{typed}");
    let said = shell.shell(&[HERS, &typed].concat()).ok();
    for told in ["created account nina", "nina has a new password", "account nina is disabled"] {
        assert!(said.err.contains(told), "{told}: {said:?}");
    }
    assert!(said.out.contains("countess@example.com"), "{said:?}");
}

#[test]
fn what_dev_invites_to_runs_as_it_stands() {
    let shell = DevShell::set();
    assert!(shell.invitation.contains("TOKEN=$(sail-cargo token ada)\n"), "{}", shell.invitation);
    let lines = shell.invitation.lines().filter(|line| line.starts_with("  "));
    // The first lines name addresses.
    let commands = lines.skip_while(|line| !line.starts_with("  . "));
    let script = commands.filter(|line| can_run(line)).collect::<Vec<_>>().join("\n");
    assert!(script.contains("--aws-sigv4"), "{script}");
    let said = shell.shell(&format!("unset SAIL_CARGO_URL\n{PRELUDE}{script}\n")).ok();
    for printed in [
        "\"authorization\":\"AWS4-HMAC-SHA256",
        "hello",
        "hi.txt",
        "\"action\":\"s3:ListObjectsV2\"",
    ] {
        assert!(said.out.contains(printed), "{printed}: {said:?}");
    }
}

#[test]
fn the_storage_of_dev_is_signed_for_by_both_its_names() {
    let shell = DevShell::set();
    for host in ["127.0.0.1", "localhost"] {
        let explain = format!("sail-cargo explain GET http://{host}:8081/demo/hi.txt");
        shell.shell(&format!("export SAIL_CARGO_TOKEN=$(sail-cargo token ada)\n{explain}")).ok();
    }
}

#[test]
fn this_machine_is_called_by_one_name() {
    let page = std::fs::read_to_string(repository().join("README.md")).unwrap();
    // The gateway has buckets below its name as well, which an address cannot have.
    // Browsers keep the console's cookie, which is for TLS, on this machine under that name only.
    let page =
        page.replace("http://localhost:9000", "").replace("http://localhost:8080/console/", "");
    assert!(!page.contains("localhost"), "what is printed says 127.0.0.1");
}

/// The script of README's first line, with a build of the console that is there and a `cargo` that only says what it
/// is asked.
#[test]
fn dev_hands_its_options_to_the_server() {
    let there = tempfile::tempdir().unwrap();
    let at = |name: &str| there.path().join(name);
    std::fs::create_dir_all(at("console/src")).unwrap();
    std::fs::create_dir_all(at("console/dist")).unwrap();
    std::fs::create_dir(at("bin")).unwrap();
    for source in ["index.html", "package-lock.json", "vite.config.ts"] {
        std::fs::write(at("console").join(source), "").unwrap();
    }
    std::fs::write(at("openapi.yaml"), "").unwrap();
    std::fs::write(at("console/dist/index.html"), "").unwrap();
    std::fs::copy(repository().join("dev"), at("dev")).unwrap();
    std::fs::write(at("bin/cargo"), "#!/bin/sh\necho \"$@\"\n").unwrap();
    std::fs::set_permissions(at("bin/cargo"), Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", at("bin").display(), std::env::var("PATH").unwrap());
    let said = Command::new(at("dev")).arg("--tour-only").env("PATH", path).output().unwrap();
    let asked = "run --quiet --package sail-cargo-server -- dev --tour-only\n";
    assert_eq!(String::from_utf8(said.stdout).unwrap(), asked);
}

#[test]
fn every_shell_block_is_run() {
    let run = [
        "./dev      #",
        "sail-cargo dev",
        "curl -s http://127.0.0.1:8080/v1/permissions",
        "/v1/changes?after=0",
        "sail-cargo grants import grants.yaml",
        "export SAIL_CARGO_TOKEN=",
        "sail-cargo keys master > master.key",
        "sail-cargo keys operator ada",
        "sail-cargo audit prune",
        "aws s3 cp",
        "sail-cargo accounts create",
    ];
    for block in blocks("sh") {
        assert!(run.iter().any(|mark| block.text.contains(mark)), "nobody runs {}", block.text);
    }
}
