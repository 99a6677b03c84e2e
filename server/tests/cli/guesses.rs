//! Mistakes and guesses on the command line, and the messages that help.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;

use serde_json::json;

use crate::test_stack::{Said, TestStack, command, fails, says};

/// A server that gives every request this answer.
fn stranger(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut asked = [0; 4096];
            stream.read(&mut asked).unwrap_or_default();
            stream.write_all(answer.as_bytes()).ok();
        }
    });
    url
}

const WEB_PAGE: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 37\r\n\
    connection: close\r\n\r\n<!doctype html><title>Console</title>";
const STORAGE: &str = "HTTP/1.1 403 Forbidden\r\ncontent-type: application/xml\r\n\
    content-length: 62\r\nconnection: close\r\n\r\n\
    <?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>\n";

#[test]
fn d26a_a_port_that_is_taken_names_its_flag() {
    let stack = TestStack::set();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let serve = |args: &[&str]| {
        let mut command = command(stack.directory.path());
        Said::of(&command.arg("serve").args(args).output().unwrap())
    };
    fails(&serve(&["--listen", &address]), &format!("--listen: cannot listen on {address}"));
    let ops = ["--listen", "127.0.0.1:0", "--ops", &address];
    fails(&serve(&ops), &format!("--ops: cannot listen on {address}"));
    let socket = ["--listen", "127.0.0.1:0", "--socket", "/nowhere/at/all.sock"];
    fails(&serve(&socket), "--socket: cannot listen on /nowhere/at/all.sock");
}

#[test]
fn who_reads_no_further_breaks_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut completions = command(directory.path());
    completions.args(["completions", "bash"]).stdout(writer);
    let said = Said::of(&completions.output().unwrap()).ok();
    assert_eq!(said.err, "");
}

/// The settings file is a secret if it contains the database's password.
#[test]
fn settings_with_a_password_that_everybody_can_read_are_warned_of() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("cargo.toml");
    let said = |url: &str, mode: u32| {
        std::fs::write(&path, format!("[database]\nurl = '{url}'\n")).unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
        let mut serve = command(directory.path());
        serve.args(["serve", "--config"]).arg(&path).env_remove("SAIL_CARGO_DATABASE_URL");
        Said::of(&serve.env_remove("SAIL_CARGO_MASTER_KEY_FILE").output().unwrap()).err
    };
    let warns = |said: &str| said.contains("the configuration: everybody on this machine can use");
    let (open, closed) = ("postgres://cargo:hush@127.0.0.1:9/cargo", "sqlite:cargo.db");
    assert!(warns(&said(open, 0o644)));
    assert!(!warns(&said(open, 0o600)) && !warns(&said(closed, 0o644)));
}

#[test]
fn json_is_asked_for_in_one_way() {
    let stack = TestStack::set();
    let asked = ["explain", "GET", "http://s3.local:9000/photos/x"];
    let said = stack.root(&[&asked[..], &["-o", "json"]].concat());
    assert_eq!(said.code, 3, "{said:?}");
    assert!(serde_json::from_str::<serde_json::Value>(&said.out).unwrap()["code"].is_string());
    for command in [&asked[..], &["whoami"], &["buckets", "list"]] {
        let said = stack.root(&[command, &["--json"]].concat());
        assert_eq!(said.code, 2, "{said:?}");
        says(&said, "JSON is printed with `-o json`");
    }
}

#[cfg(feature = "dev")]
#[test]
fn d26a_a_port_that_is_taken_names_dev_s_flag() {
    let directory = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    for (before, what) in [(0, "Cargo"), (1, "the storage")] {
        let port_flag = (port - before).to_string();
        let mut command = command(directory.path());
        let said = Said::of(&command.args(["dev", "--port", &port_flag]).output().unwrap());
        // The neighbouring ports may be taken as well, so either may be named.
        fails(&said, "--port: ");
        says(&said, "`sail-cargo dev --port ");
        assert!(directory.path().read_dir().unwrap().next().is_none(), "something is left behind");
        if said.err.contains(&format!("port {port}:")) {
            says(&said, &format!("--port: {what} cannot listen on port {port}"));
        }
    }
}

#[cfg(feature = "dev")]
#[test]
fn a_dev_that_does_not_start_leaves_what_was_there_and_nothing_else() {
    let directory = tempfile::tempdir().unwrap();
    let state = directory.path().join("state");
    std::fs::create_dir(&state).unwrap();
    for name in ["s3", "mine"] {
        std::fs::write(state.join(name), name).unwrap();
    }
    let mut dev = command(directory.path());
    let said = Said::of(&dev.args(["dev", "--tour-only", "--data-dir", "state"]).output().unwrap());
    fails(&said, "s3");
    let mut left: Vec<_> = state.read_dir().unwrap().map(|one| one.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["mine", "s3"], "{said:?}");
    assert_eq!(std::fs::read(state.join("s3")).unwrap(), b"s3");
}

#[cfg(feature = "dev")]
#[test]
fn d26b_a_signal_during_the_tour_ends_it() {
    use std::io::BufRead as _;

    for (signal, code) in [("-TERM", 143), ("-INT", 130)] {
        let directory = tempfile::tempdir().unwrap();
        let mut dev = command(directory.path());
        dev.args(["dev", "--tour-only"]);
        dev.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::null());
        let mut dev = dev.spawn().unwrap();
        let mut lines = std::io::BufReader::new(dev.stdout.take().unwrap()).lines();
        assert!(lines.any(|line| line.unwrap().contains('✓')), "the tour has begun");
        let process = dev.id().to_string();
        assert!(
            std::process::Command::new("kill").args([signal, &process]).status().unwrap().success()
        );
        let rest: Vec<String> = lines.map(Result::unwrap).collect();
        assert_eq!(dev.wait().unwrap().code(), Some(code));
        assert!(!rest.iter().any(|line| line.contains("steps")), "{rest:?}");
    }
}

#[test]
fn d26c_of_a_token_and_a_key_it_is_said_which_is_used() {
    let stack = TestStack::set();
    let mut both = command(stack.directory.path());
    both.args(["whoami"]).env("SAIL_CARGO_URL", &stack.url).env("SAIL_CARGO_TOKEN", "a.b.c");
    let said = Said::of(&both.env("SAIL_CARGO_API_KEY_FILE", "root.key").output().unwrap());
    says(&said, "SAIL_CARGO_TOKEN and SAIL_CARGO_API_KEY_FILE are both set: the token is used");
    assert!(!said.err.contains("a.b.c"), "{said:?}");
    assert!(!stack.root(&["whoami"]).ok().err.contains("both set"));
}

#[test]
fn d26d_a_wrong_url_gets_a_hint() {
    let stack = TestStack::set();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let with_scheme = |scheme: &str| stack.url.replace("http://", scheme);
    for (url, hint) in [
        (with_scheme(""), "--server (SAIL_CARGO_URL): the server's URL"),
        ("localhost:8080".to_owned(), "must begin with http://, https:// or unix:"),
        (String::new(), "write http://HOST:PORT"),
        (format!("{}/?x", stack.url), "has a query or a fragment"),
        (with_scheme("https://"), "hint: that server does not use TLS"),
        (
            format!("http://{closed}"),
            "is the server running, and is --server (SAIL_CARGO_URL) right?",
        ),
        (format!("{}/v1", stack.url), "must be the server's address without /v1"),
        (stranger(WEB_PAGE), "a web page answered (200 OK), not Cargo: check the server's URL"),
        (stranger(STORAGE), "an S3 storage answered (403 Forbidden), not Cargo"),
    ] {
        let asked: [&[&str]; 3] = [
            &["buckets", "list"],
            &["ls", "s3://photos/"],
            &["grants", "list", "--bucket", "photos"],
        ];
        for args in asked {
            let said = stack.root(&[args, &["--server", &url]].concat());
            fails(&said, hint);
        }
    }
    let mut ask = command(stack.directory.path());
    let page = stranger(WEB_PAGE);
    let said = Said::of(&ask.args(["healthcheck", "--url", &page]).output().unwrap());
    fails(&said, "a web page answered");
}

#[test]
fn d26e_a_refused_value_is_named() {
    let stack = TestStack::set();
    stack.root(&["buckets", "put", "photos"]).ok();
    for (args, field) in [
        (&["grants", "put", "", "photos", "read"][..], "<SUBJECT>"),
        (&["grants", "put", "ada", "", "read"], "<PLACE>"),
        (&["grants", "put", "ada", "photos/x", "read"], "prefix: "),
        (&["buckets", "show", ""], "<BUCKET>"),
        (&["buckets", "show", ".."], "<BUCKET>"),
        (&["buckets", "put", "photos!"], "bucket: "),
        (&["groups", "add", "", "ada"], "<GROUP>"),
        (&["groups", "add", "crew", ""], "<USER>"),
        (&["users", "grants", "."], "<USER>"),
        (&["grants", "list", "--user", ""], "--user"),
        (&["keys", "create", "sail", "--name", ""], "--name"),
        (&["keys", "revoke", ""], "<ID>"),
        (&["projects", "show", ""], "<PROJECT>"),
        (&["buckets", "list", "--in-project", "a b"], "--in-project"),
        (&["explain", "GET", "http://127.0.0.1:9/photos/x", "-H", "x"], "--header"),
        (&["stores", "test", "A b"], "<NAME>"),
        (&["audit", "prune", "--before", "tomorrow"], "--before: "),
    ] {
        let said = stack.root(args);
        assert!([1, 2].contains(&said.code), "{args:?}: {said:?}");
        says(&said, field);
    }
    for (name, file) in
        [("SAIL_CARGO_MASTER_KEY_FILE", "nowhere"), ("SAIL_CARGO_STORE_SECRET_FILE", "nowhere")]
    {
        let mut local = command(stack.directory.path());
        local.args(["stores", "put", "main", "--no-probe", "--endpoint", "http://127.0.0.1:9"]);
        local.args(["--access-key-id", "AKIA1"]).env("SAIL_CARGO_STORE_SECRET_FILE", "secret");
        let said = Said::of(&local.env(name, file).output().unwrap());
        fails(&said, &format!("{name}: nowhere: "));
    }
}

#[test]
fn d26g_whoami_permissions_and_one_grant_are_commands() {
    let stack = TestStack::set();
    stack.root(&["buckets", "put", "photos"]).ok();
    stack.root(&["grants", "put", "ada", "photos/2026/", "read"]).ok();
    let me = stack.root(&["whoami"]).ok();
    assert!(me.out.contains("application") && me.out.contains("sail"), "{me:?}");
    assert_eq!(stack.root(&["whoami", "-o", "json"]).json()["actor"], "root");
    assert!(stack.operator(&["whoami"]).ok().out.contains("operator"));
    stack.root(&["permissions", "--bucket", "s3://photos"]).ok();
    let grant = stack.root(&["grants", "get", "ada", "photos/2026/", "-o", "json"]).json();
    assert_eq!(grant[0]["permissions"], json!(["read"]));
    fails(&stack.root(&["grants", "get", "ada", "photos"]), "grant not found");
}

#[test]
fn d26g_a_guessed_verb_gets_the_one_that_is_meant() {
    let stack = TestStack::set();
    for (args, verb) in [
        (&["grants", "add"][..], "'put'"),
        (&["grants", "create"], "'put'"),
        (&["grants", "remove"], "'delete'"),
        (&["grants", "rm"], "'delete'"),
        (&["grants", "show"], "'get'"),
        (&["grants", "ls"], "'list'"),
        (&["buckets", "get"], "'show'"),
        (&["buckets", "create"], "'put'"),
        (&["buckets", "--config", "x", "remove"], "'delete'"),
        (&["groups", "create"], "'add'"),
        (&["keys", "delete"], "'revoke'"),
        (&["keys", "add"], "'create'"),
        (&["projects", "get"], "'show'"),
        (&["stores", "add"], "'put'"),
        (&["ceilings", "remove"], "'lift'"),
        (&["list"], "'ls'"),
        (&["delete"], "'rm'"),
        (&["get"], "'cat'"),
        (&["upload"], "'cp'"),
        (&["grant"], "'grants'"),
    ] {
        let said = stack.root(args);
        assert_eq!(said.code, 2, "{said:?}");
        says(&said, verb);
    }
}

#[test]
fn d26h_a_key_or_token_is_read_out_of_what_people_keep() {
    let stack = TestStack::set();
    let path = stack.directory.path();
    let key = std::fs::read_to_string(path.join("root.key")).unwrap();
    let key = key.trim();
    for text in
        [format!("\u{feff}{key}\r\n"), format!("Bearer {key}\n"), format!("\n \"{key}\" \n")]
    {
        std::fs::write(path.join("kept.key"), &text).unwrap();
        stack.run("kept.key", &["buckets", "list"], None).ok();
        let mut variable = command(path);
        variable.args(["buckets", "list", "--url", &stack.url]).env("SAIL_CARGO_API_KEY", text);
        Said::of(&variable.output().unwrap()).ok();
    }
    // This server accepts no tokens, and says so for those it recognizes as tokens.
    for (text, expected) in [
        ("\u{feff}Bearer a.b.c\r\n", "tokens_not_accepted"),
        ("bearer a.b.c", "tokens_not_accepted"),
        ("a.b.c\nd.e.f", "it has more than one word or line"),
        ("Bearer \n", "it is empty"),
        ("\u{feff}", "it is empty"),
    ] {
        std::fs::write(path.join("token"), text).unwrap();
        let mut file = command(path);
        file.args(["whoami", "--url", &stack.url]).env("SAIL_CARGO_TOKEN_FILE", "token");
        let mut variable = command(path);
        variable.args(["whoami", "--url", &stack.url]).env("SAIL_CARGO_TOKEN", text);
        for mut asked in [file, variable] {
            let said = Said::of(&asked.output().unwrap());
            assert_eq!(said.code, 1, "{text:?}: {said:?}");
            let expected = if said.err.contains("file is empty") { "is empty" } else { expected };
            says(&said, expected);
        }
    }
    let utf16: Vec<u8> = "\u{feff}a.b.c".encode_utf16().flat_map(u16::to_le_bytes).collect();
    std::fs::write(path.join("token"), utf16).unwrap();
    let mut file = command(path);
    file.args(["whoami", "--url", &stack.url]).env("SAIL_CARGO_TOKEN_FILE", "token");
    fails(&Said::of(&file.output().unwrap()), "SAIL_CARGO_TOKEN_FILE: token: it is not UTF-8");
}

#[test]
fn d26i_an_empty_key_has_a_sentence_of_its_own() {
    let stack = TestStack::set();
    std::fs::write(stack.directory.path().join("empty"), "\n").unwrap();
    let said = stack.run("empty", &["buckets", "list"], None);
    fails(&said, "SAIL_CARGO_API_KEY_FILE: empty: the file is empty");
    let mut nobody = command(stack.directory.path());
    nobody.args(["buckets", "list", "--url", &stack.url]).env("SAIL_CARGO_API_KEY", "");
    fails(
        &Said::of(&nobody.output().unwrap()),
        "no credentials: run `sail-cargo login`, set SAIL_CARGO_API_KEY",
    );
}

#[test]
fn d26j_s3_is_taken_wherever_a_bucket_is() {
    let stack = TestStack::set();
    let root = |args: &[&str]| stack.root(args).ok();
    root(&["buckets", "put", "s3://photos"]);
    root(&["grants", "put", "ada", "s3://photos/2026/", "read"]);
    root(&["grants", "get", "ada", "photos/2026/"]);
    root(&["check", "ada", "read", "s3://photos/2026/x"]);
    root(&["buckets", "show", "s3://photos/"]);
    root(&["buckets", "set", "s3://photos", "--label", "a=b"]);
    root(&["buckets", "access", "s3://photos"]);
    root(&["buckets", "reconcile", "s3://photos"]);
    root(&["users", "permissions", "ada", "--bucket", "s3://photos"]);
    for args in [
        &["grants", "list", "--bucket", "S3://photos"][..],
        &["audit", "list", "--bucket", "s3://photos"],
    ] {
        assert_ne!(root(&[args, &["-o", "json"]].concat()).json(), json!([]), "{args:?}");
    }
    root(&["grants", "export", "--bucket", "s3://photos"]);
    let part = stack.root(&["buckets", "show", "s3://photos/2026/"]);
    assert_eq!(part.code, 2, "{part:?}");
    says(&part, "a whole bucket is meant here, such as `photos`");
    root(&["grants", "delete", "ada", "s3://photos/2026/"]);
    root(&["buckets", "delete", "s3://photos"]);
}
