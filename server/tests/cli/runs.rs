//! Commands on many objects: a key that cannot be signed, a failure that ends the run, and
//! interrupts.

use std::io::Read as _;
use std::process::Stdio;
use std::sync::{Arc, Mutex};

use sail_cargo_client::protocol::Permission::{Delete, Read, Write};

use crate::dev_issuer;
use crate::faults::{Fault, Proxy};
use crate::objects::{ObjectsTest, names};
use crate::stub::{ReceivedRequest, Reply, Stub};
use crate::test_stack::Said;

const GIB: u64 = 1 << 30;

fn ok(body: &str) -> Reply {
    Reply::Answer(200, String::new(), body.to_owned())
}

/// The answer of S3 to an upload, with its checksum.
fn stored(asked: &ReceivedRequest) -> Reply {
    let mut lines = asked.head.lines();
    let crc = lines.find(|line| line.starts_with("x-amz-checksum-crc64nvme:")).unwrap();
    Reply::Answer(200, format!("{crc}\r\n"), String::new())
}

/// A listing of one page.
fn page(keys: &[&str]) -> Reply {
    let object = |key: &&str| format!("<Contents><Key>{key}</Key><Size>1</Size></Contents>");
    let objects: String = keys.iter().map(object).collect();
    ok(&format!("<ListBucketResult><IsTruncated>false</IsTruncated>{objects}</ListBucketResult>"))
}

/// A working directory and a server whose storage is `stub`; ada holds all permissions.
async fn test_before(stub: &Stub) -> ObjectsTest {
    let test = ObjectsTest::set().await;
    test.put_store_at(&stub.url).await;
    test.grant("ada", "", &[Read, Write, Delete]).await;
    test
}

/// Demands that the output contains no text meant for programmers.
#[track_caller]
fn assert_is_in_words(said: &Said) {
    for word in [
        "dispatch failure",
        "user error",
        "io error",
        "service error",
        "Error {",
        "Some(",
        "Error(",
    ] {
        assert!(!said.err.contains(word), "{word}: {}", said.err);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_key_that_cannot_be_signed_fails_itself_and_is_named() {
    let test = ObjectsTest::set().await;
    test.grant("ada", "", &[Read, Write]).await;
    test.grant("ada", "rm/", &[Delete]).await;
    let odd = ["rm/dt=2024%2F01/p.parquet", "rm/tab\there"];
    for name in ["rm/a.txt", "rm/b.txt", "rm/c/d.txt", odd[0], odd[1], "theirs/x"] {
        test.write(&format!(".sail-cargo/s3/photos/{name}"), b"x");
    }
    let copied = test.types("ada", &["cp", "-r", "s3://photos/rm/", "back"]);
    assert_eq!(copied.code, 1, "{copied:?}");
    assert_is_in_words(&copied);
    assert!(
        copied.err.contains("sail-cargo: s3://photos/rm/dt=2024%2F01/p.parquet: "),
        "{copied:?}"
    );
    assert!(copied.err.contains("sail-cargo: s3://photos/rm/tab\\there: "), "{copied:?}");
    assert!(copied.err.ends_with("3 done, 0 denied, 2 failed\n"), "{copied:?}");
    assert_eq!(names(&test.path("back")), ["a.txt", "b.txt", "c/d.txt"]);

    let removed = test.types("ada", &["rm", "-r", "--yes", "s3://photos/rm/"]);
    assert_eq!(removed.code, 1, "{removed:?}");
    assert_is_in_words(&removed);
    for key in ["rm/dt=2024%2F01/p.parquet", "rm/tab\\there"] {
        assert!(removed.err.contains(&format!("sail-cargo: s3://photos/{key}: ")), "{removed:?}");
    }
    assert!(removed.err.ends_with("removed 3 objects, 2 failed\n"), "{removed:?}");

    test.write(".sail-cargo/s3/photos/rm/e", b"x");
    let all = test.types("ada", &["rm", "-r", "--yes", "s3://photos"]);
    assert!(all.err.contains("s3://photos/theirs/x: no delete permission on"), "{all:?}");
    assert!(all.err.ends_with("removed 1 objects, 3 failed\n"), "{all:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listing_shows_what_is_hidden_in_a_name() {
    let test = ObjectsTest::set().await;
    test.grant("ada", "", &[Read]).await;
    for name in ["ok", "a\u{1b}[31mRED", "exe\u{202e}gnp", "cr\rx", "f\u{7}/y", "a b+c"] {
        test.write(&format!(".sail-cargo/s3/photos/u/{name}"), b"x");
    }
    let table = test.types("ada", &["ls", "s3://photos/u/"]).ok().out;
    let keys: Vec<_> = table.lines().skip(1).map(|line| line.split_once("u/").unwrap().1).collect();
    assert_eq!(keys, ["a\\u{1b}[31mRED", "a b+c", "cr\\rx", "exe\\u{202e}gnp", "f\\u{7}/", "ok"]);
    let exact = test.types("ada", &["ls", "-r", "s3://photos/u/", "-o", "json"]).json();
    let exact = exact.as_array().unwrap().iter().map(|entry| entry["key"].as_str().unwrap());
    let keys: Vec<_> = exact.collect();
    assert_eq!(
        keys,
        ["u/a\u{1b}[31mRED", "u/a b+c", "u/cr\rx", "u/exe\u{202e}gnp", "u/f\u{7}/y", "u/ok"]
    );
}

/// A storage with a film of 6 GiB in `src/`. It refuses copies that S3 would refuse.
fn film(asked: &ReceivedRequest, _: usize) -> Reply {
    let length = 6 * GIB;
    let bad = "<Error><Code>InvalidRequest</Code><Message>too large a source</Message></Error>";
    match (asked.method.as_str(), asked.target.as_str()) {
        ("HEAD", _) => {
            let head = format!("content-length: {length}\r\netag: \"a-2\"\r\n");
            let head = head + "content-type: video/mp4\r\nx-amz-meta-who: ada\r\n";
            Reply::Answer(200, head, String::new())
        }
        ("GET", target) if target.contains("tagging") => {
            ok("<Tagging><TagSet><Tag><Key>k</Key><Value>v</Value></Tag></TagSet></Tagging>")
        }
        ("GET", _) => page(&["src/film.mp4"]),
        ("PUT", target) if target.contains("partNumber") => {
            ok("<CopyPartResult><ETag>\"p\"</ETag></CopyPartResult>")
        }
        ("POST", target) if target.contains("uploads") => ok(
            "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>",
        ),
        ("POST", _) => {
            ok("<CompleteMultipartUploadResult><ETag>\"c\"</ETag></CompleteMultipartUploadResult>")
        }
        _ => Reply::Answer(400, String::new(), bad.to_owned()),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_larger_than_one_request_takes_is_made_in_parts() {
    let stub = Stub::start(film);
    let test = test_before(&stub).await;
    for (args, key) in [
        (&["cp", "s3://photos/src/film.mp4", "s3://photos/dst/"][..], "dst/film.mp4"),
        (&["cp", "-r", "s3://photos/src/", "s3://photos/all/"], "all/film.mp4"),
    ] {
        let said = test.types("ada", args).ok();
        assert_eq!(said.err, format!("copied s3://photos/src/film.mp4 to s3://photos/{key}\n"));
        let begun = stub.asked("POST", &format!("{key}?uploads"));
        let [begun] = &begun[..] else { panic!("{begun:?}") };
        for line in ["content-type: video/mp4", "x-amz-meta-who: ada", "x-amz-tagging: k=v"] {
            assert!(begun.head.contains(line), "{line}: {}", begun.head);
        }
        let parts = stub.asked("PUT", key);
        assert_eq!(parts.len(), 24);
        assert!(parts.iter().all(|part| part.head.contains("x-amz-copy-source-range: bytes=")));
    }
}

/// Ends the run.
type Act = Box<dyn FnOnce() + Send>;

/// The cause of the run's end.
#[derive(Debug, Clone, Copy)]
enum End {
    Token,
    Storage,
    Cargo,
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_stops_when_the_token_the_storage_or_cargo_is_gone() {
    for end in [End::Token, End::Storage, End::Cargo] {
        let act: Arc<Mutex<Option<Act>>> = Arc::default();
        let acts = act.clone();
        let stub = Stub::start(move |asked, before| {
            if asked.method == "PUT" && before == 20 {
                acts.lock().unwrap().take().unwrap()();
            }
            stored(asked)
        });
        let test = test_before(&stub).await;
        for number in 0..300 {
            test.write(&format!("files/{number}"), b"x");
        }
        test.write("token", dev_issuer::token("ada").as_bytes());
        let proxy = Arc::new(Proxy::start(test.stack.cargo_url[7..].parse().unwrap()));
        let (url, token) = (format!("http://{}", proxy.address()), test.path("token"));
        let (closing, refusing) = (stub.clone(), proxy.clone());
        *act.lock().unwrap() = Some(Box::new(move || match end {
            End::Token => std::fs::write(token, "ended").unwrap(),
            End::Storage => closing.close(),
            End::Cargo => {
                refusing.set(Fault::Refuse);
                refusing.reset();
            }
        }));
        let mut command = test.command();
        command.args(["cp", "-q", "-r", "files", "s3://photos/files/"]);
        command.env("SAIL_CARGO_URL", &url).env("SAIL_CARGO_TOKEN_FILE", "token");
        let said = Said::of(&command.output().unwrap());
        assert_eq!(said.code, 1, "{end:?}: {said:?}");
        assert_is_in_words(&said);
        let lines: Vec<_> = said.err.lines().collect();
        let [why, sum] = lines[..] else { panic!("{end:?}: {said:?}") };
        let reasons = match end {
            End::Token => vec!["Cargo does not accept the caller's credentials".to_owned()],
            End::Storage => vec![format!("the storage at {} cannot be reached", stub.url)],
            // Depends on the request that failed.
            End::Cargo => ["Cargo cannot be reached", "the connection to Cargo was lost"]
                .map(str::to_owned)
                .into(),
        };
        let said_so = |reason: &String| why.starts_with(&format!("sail-cargo: {reason}"));
        assert!(reasons.iter().any(said_so), "{end:?}: {said:?}");
        assert!(sum.contains("0 denied, 1 failed, ") && sum.ends_with(" not tried"), "{said:?}");
        *act.lock().unwrap() = None;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupt_is_one_line_and_exit_code_130() {
    let files: Vec<_> = (0..50).map(|number| format!("files/{number}")).collect();
    for (args, method, said) in [
        (&["cp", "-q", "-r", "files", "s3://photos/files/"][..], "PUT", ""),
        (&["cp", "-r", "files", "s3://photos/files/"], "PUT", "interrupted: 10 of 50 done\n"),
        (&["cp", "-r", "s3://photos/", "back"], "GET", "interrupted: nothing was copied\n"),
        (
            &["rm", "-r", "--yes", "s3://photos/"],
            "POST",
            "interrupted: removed 0 objects, 0 failed, 2 not tried\n",
        ),
    ] {
        // Ten uploads are answered, and listings unless they are the requests to interrupt.
        let stub = Stub::start(move |asked, before| match asked.method.as_str() {
            "GET" if method != "GET" => page(&["a", "b"]),
            "PUT" if before < 10 => stored(asked),
            _ => Reply::Silence,
        });
        let test = test_before(&stub).await;
        for file in &files {
            test.write(file, b"x");
        }
        let mut command = test.command();
        command.args(args).stdin(Stdio::null()).stderr(Stdio::piped()).stdout(Stdio::null());
        command.env("SAIL_CARGO_URL", &test.stack.cargo_url);
        command.env("SAIL_CARGO_TOKEN", dev_issuer::token("ada"));
        let mut child = command.spawn().unwrap();
        let mut out = child.stderr.take().unwrap();
        let silent = if method == "PUT" { 14 } else { 1 };
        while stub.asked(method, "").len() < silent {
            assert!(child.try_wait().unwrap().is_none(), "{args:?} ended");
            tokio::task::yield_now().await;
        }
        let id = child.id().to_string();
        assert!(std::process::Command::new("kill").args(["-INT", &id]).status().unwrap().success());
        assert_eq!(child.wait().unwrap().code(), Some(130), "{args:?}");
        let mut err = String::new();
        out.read_to_string(&mut err).unwrap();
        let own: Vec<_> = err.lines().filter(|line| !line.starts_with("uploaded ")).collect();
        assert_eq!(own.join("\n"), said.trim_end(), "{args:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rm_without_a_terminal_says_at_once_what_it_wants() {
    let test = ObjectsTest::set().await;
    let mut command = test.command();
    command.args(["rm", "-r", "s3://photos/2026/"]).stdin(Stdio::null());
    command.env("SAIL_CARGO_URL", "http://127.0.0.1:9").env("SAIL_CARGO_TOKEN", "t");
    let said = Said::of(&command.output().unwrap());
    assert_eq!(said.code, 1);
    assert!(said.err.contains("use --yes") && !said.err.contains("reached"), "{}", said.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_storage_that_is_away_is_said_with_its_address() {
    let stub = Stub::start(|_, _| Reply::Silence);
    let test = test_before(&stub).await;
    stub.close();
    test.write("a.txt", b"a");
    let reason = format!("sail-cargo: the storage at {} cannot be reached: ", stub.url);
    for args in [
        &["ls", "s3://photos"][..],
        &["ls", "-r", "s3://photos"],
        &["cat", "s3://photos/a"],
        &["cp", "a.txt", "s3://photos/"],
        &["cp", "s3://photos/a", "b"],
        &["cp", "s3://photos/a", "s3://photos/b"],
        &["cp", "-r", "s3://photos/a/", "b"],
        &["rm", "s3://photos/a"],
        &["rm", "-r", "--yes", "s3://photos/a/"],
    ] {
        let said = test.types("ada", args);
        assert_eq!(said.code, 1, "{said:?}");
        assert!(
            said.err.starts_with(&reason) && said.err.lines().count() == 1,
            "{args:?}: {said:?}"
        );
        assert_is_in_words(&said);
    }
}
