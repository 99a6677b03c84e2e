//! Commands on objects as a user, on a storage that verifies signatures.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use sail_cargo_client::protocol::Permission::{self, Delete, Read, Write};
use sail_cargo_client::protocol::{
    AddressingStyle, Endpoint, GrantQuery, PutGrant, PutStore, PutStoreQuery,
};
use sail_cargo_client::{Client, Credentials, Key};
use sail_cargo_server::dev::{DevOptions, DevStack};
use serde_json::Value;
use tempfile::TempDir;

use crate::dev_issuer;
use crate::test_stack::{BINARY, Said};

const BUCKET: &str = "photos";

/// The services of `dev`, a bucket, and a working directory for the commands.
pub(crate) struct ObjectsTest {
    pub(crate) stack: DevStack,
    directory: TempDir,
}

impl ObjectsTest {
    pub(crate) async fn set() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let state = directory.path().join(".sail-cargo");
        let options = DevOptions { issuers: dev_issuer::issuers(), ..DevOptions::default() };
        let stack = DevStack::start_with(&state, options).await.unwrap();
        let s3 = stack.s3(stack.root().unwrap());
        s3.create_bucket().bucket(BUCKET).send().await.unwrap();
        Self { stack, directory }
    }

    pub(crate) async fn grant(&self, user: &str, prefix: &str, permissions: &[Permission]) {
        let query = GrantQuery { prefix: prefix.to_owned(), ..GrantQuery::default() };
        let permissions = permissions.iter().copied().collect();
        let grant = PutGrant { permissions, ..PutGrant::default() };
        self.stack.root().unwrap().put_grant(BUCKET, user, &query, &grant).await.unwrap();
    }

    /// Puts the store again without probing its storage.
    async fn put_unproved_store(&self) {
        self.put_store(&self.stack.storage_url, false).await;
    }

    /// Moves the store to another storage, without probing it.
    pub(crate) async fn put_store_at(&self, url: &str) {
        self.put_store(url, true).await;
    }

    async fn put_store(&self, url: &str, accept_unsafe_storage: bool) {
        let kept = |name| std::fs::read_to_string(self.stack.directory.join(name)).unwrap();
        let key = Key::new(format!("cgop_{}", kept("operator.secret")));
        let operator =
            Client::builder(&self.stack.cargo_url).credentials(Credentials::api_key(key));
        let (url, style) = (url.to_owned(), AddressingStyle::Path);
        let store = PutStore {
            endpoints: vec![Endpoint { url, style }],
            region: "us-east-1".to_owned(),
            access_key_id: "DEVSTORAGEACCESSKEY".to_owned(),
            secret_access_key: kept("storage.secret"),
            shared: false,
            accept_unsafe_storage,
            access: None,
        };
        let query = PutStoreQuery { no_probe: true, ..PutStoreQuery::default() };
        operator.build().unwrap().put_store("dev", &store, &query).await.unwrap();
    }

    /// Runs a command as `user`.
    pub(crate) fn types(&self, user: &str, args: &[&str]) -> Said {
        self.feeds(user, args, b"")
    }

    /// Runs a command with this standard input.
    pub(crate) fn feeds(&self, user: &str, args: &[&str], input: &[u8]) -> Said {
        let mut child = self
            .on_behalf(user, self.command())
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        Said::of(&child.wait_with_output().unwrap())
    }

    /// Runs a program as `user`. It finds the binary in `$CARGO`.
    pub(crate) fn runs(&self, user: &str, program: &str, args: &[&str]) -> Said {
        let mut command = Command::new(program);
        command.current_dir(self.directory.path()).env_clear().env("XDG_STATE_HOME", "xdg");
        command.env("CARGO", BINARY).args(args);
        Said::of(&self.on_behalf(user, command).output().unwrap())
    }

    fn on_behalf(&self, user: &str, mut command: Command) -> Command {
        command.env("SAIL_CARGO_URL", &self.stack.cargo_url);
        command.env("SAIL_CARGO_TOKEN", dev_issuer::token(user));
        command
    }

    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(BINARY);
        command.current_dir(self.directory.path()).env_clear().env("XDG_STATE_HOME", "xdg");
        command.env("PATH", "").args(["--log-format", "text"]);
        command
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: &[u8]) {
        std::fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
        std::fs::write(self.path(name), content).unwrap();
    }
}

/// The names of the files below a directory, in order.
pub(crate) fn names(directory: &Path) -> Vec<String> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(directory).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            names.extend(names_below(&path));
        } else {
            names.push(path.file_name().unwrap().to_str().unwrap().to_owned());
        }
    }
    names.sort();
    names
}

fn names_below(directory: &Path) -> Vec<String> {
    let name = directory.file_name().unwrap().to_str().unwrap();
    names(directory).into_iter().map(|inner| format!("{name}/{inner}")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_goes_up_is_listed_printed_fetched_and_removed() {
    let test = ObjectsTest::set().await;
    test.grant("ada", "", &[Read, Write, Delete]).await;
    test.write("ü 1.txt", b"hello\n");
    let up = test.types("ada", &["cp", "ü 1.txt", "s3://photos/notes/"]).ok();
    assert_eq!(
        (up.out.as_str(), up.err.as_str()),
        ("", "uploaded ü 1.txt to s3://photos/notes/ü 1.txt\n")
    );
    assert_eq!(test.types("ada", &["cat", "s3://photos/notes/ü 1.txt"]).ok().out, "hello\n");

    let buckets = test.types("ada", &["ls"]).ok().out;
    assert!(buckets.contains("s3://photos"), "{buckets}");
    let top = test.types("ada", &["ls", "s3://photos", "-o", "json"]).json();
    assert_eq!(top, serde_json::json!([{ "key": "notes/" }]));
    let inside = test.types("ada", &["ls", "s3://photos/notes/", "-o", "json"]).json();
    assert_eq!((&inside[0]["key"], &inside[0]["size"]), (&"notes/ü 1.txt".into(), &6.into()));
    assert!(inside[0]["modified"].is_string());

    test.types("ada", &["cp", "s3://photos/notes/ü 1.txt", "s3://photos/copies/"]).ok();
    test.types("ada", &["cp", "-q", "s3://photos/copies/ü 1.txt", "copy.txt"]).ok();
    assert_eq!(std::fs::read(test.path("copy.txt")).unwrap(), b"hello\n");
    test.feeds("ada", &["cp", "-", "s3://photos/piped"], b"from a pipe").ok();
    assert_eq!(test.types("ada", &["cp", "s3://photos/piped", "-"]).ok().out, "from a pipe");

    test.types("ada", &["rm", "s3://photos/piped"]).ok();
    let gone = test.types("ada", &["cat", "s3://photos/piped"]);
    assert_eq!(gone.code, 1);
    assert!(gone.err.starts_with("sail-cargo: there is no s3://photos/piped ["), "{gone:?}");
    let head = test.stack.s3(test.stack.root().unwrap());
    let head = head.head_object().bucket(BUCKET).key("notes/ü 1.txt").send().await.unwrap();
    assert_eq!(head.content_type(), Some("text/plain"), "by the file's name");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_goes_up_and_comes_down_as_it_was() {
    let test = ObjectsTest::set().await;
    test.grant("ada", "2026/", &[Read, Write, Delete]).await;
    let large: Vec<u8> =
        (0..20 * 1024 * 1024_u32).map(|n| n.to_le_bytes()[n as usize % 4]).collect();
    for (name, content) in [
        ("site/a.txt", b"a".as_slice()),
        ("site/b c/ü.bin", b""),
        ("site/b c/d/+%.css", b"x"),
        ("site/large", &large),
    ] {
        test.write(name, content);
    }
    let up = test.types("ada", &["cp", "-r", "site", "s3://photos/2026/site"]).ok();
    assert_eq!(up.err.lines().count(), 4, "{}", up.err);
    assert_eq!(names(&test.path("xdg/sail-cargo/uploads")), [""; 0], "no journal is left");
    let listed =
        test.types("ada", &["ls", "-r", "s3://photos/2026/site/", "-o", "ndjson"]).ok().out;
    let keys: Vec<_> = listed
        .lines()
        .map(|line| {
            serde_json::from_str::<Value>(line).unwrap()["key"].as_str().unwrap().to_owned()
        })
        .collect();
    let below = |name| format!("2026/site/{name}");
    assert_eq!(keys, ["a.txt", "b c/d/+%.css", "b c/ü.bin", "large"].map(below));

    // An object that cannot be a file does not stop the others.
    test.feeds("ada", &["cp", "-", "s3://photos/2026/site/odd.sail-part"], b"x").ok();
    let back = test.types("ada", &["cp", "-r", "s3://photos/2026/site/", "back"]);
    assert!(back.err.contains("`odd.sail-part` cannot be a file here"), "{}", back.err);
    assert!(back.err.ends_with("4 done, 0 denied, 1 failed\n") && back.code == 1, "{}", back.err);
    test.types("ada", &["rm", "s3://photos/2026/site/odd.sail-part"]).ok();
    test.write("site/late.sail-part", b"of a download under way");
    let again = ["cp", "-rq", "--skip-special", "site", "s3://photos/2026/again/"];
    test.types("ada", &again).ok();
    let again = test.types("ada", &["ls", "s3://photos/2026/again/", "-o", "json"]).json();
    assert_eq!(again.as_array().unwrap().len(), 3, "{again}");
    test.types("ada", &["rm", "-r", "--yes", "s3://photos/2026/again/"]).ok();
    std::fs::remove_file(test.path("site/late.sail-part")).unwrap();
    assert_eq!(names(&test.path("back")), names(&test.path("site")), "and no part of a download");
    assert!(std::fs::read(test.path("back/large")).unwrap() == large);
    test.types("ada", &["cp", "-rq", "s3://photos/2026/site/b c", "s3://photos/2026/other/"]).ok();

    let asked = test.types("ada", &["rm", "-r", "s3://photos/2026/"]);
    assert_eq!(asked.code, 1);
    assert!(asked.err.contains("use --yes"), "{}", asked.err);
    let removed = test.types("ada", &["rm", "-r", "--yes", "s3://photos/2026/"]).ok();
    assert_eq!(removed.err, "removed 6 objects, 0 failed\n");
    let none = test.types("ada", &["cp", "-r", "s3://photos/2026/", "nothing"]).ok();
    assert_eq!(none.err, "there is nothing to do\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_says_what_is_missing_and_what_is_held() {
    let test = ObjectsTest::set().await;
    test.grant("bob", "2026/", &[Read]).await;
    test.write("a.txt", b"a");
    test.write("dir/b.txt", b"b");
    test.write("dir/c.txt", b"c");
    let held = "; in photos you hold read below 2026/ [server http";
    for (args, missing) in [
        (
            &["cp", "a.txt", "s3://photos/2026/a.txt"][..],
            "no write permission on `photos/2026/a.txt`",
        ),
        (&["ls", "s3://photos"], "no list permission on `photos`"),
        (&["cat", "s3://photos/secret"], "no read permission on `photos/secret`"),
        (&["rm", "s3://photos/2026/a"], "no delete permission on `photos/2026/a`"),
        (&["cp", "-r", "s3://photos/", "all"], "no list permission on `photos`"),
    ] {
        let said = test.types("bob", args);
        assert_eq!(said.code, 3, "{said:?}");
        let expected = format!("sail-cargo: denied: {missing}{held}");
        assert!(said.err.starts_with(&expected), "{}", said.err);
    }
    let several = test.types("bob", &["cp", "-r", "dir", "s3://photos/2026/"]);
    assert_eq!(several.code, 3);
    assert!(several.err.ends_with("0 done, 2 denied, 0 failed\n"), "{}", several.err);
    let stranger = test.types("carl", &["ls", "s3://photos/2026/"]);
    assert!(stranger.err.contains("in photos you hold nothing"), "{}", stranger.err);

    for (args, reason) in [
        (&["cp", "a.txt", "b.txt"][..], "the source or the target must be in S3"),
        (&["cp", "dir", "s3://photos/2026/"], "dir is a directory: use -r"),
        (&["cp", "-", "s3://photos/2026/"], "the source has no name: name the target object"),
        (&["rm", "s3://photos/2026/"], "`rm -r` removes what is in it"),
        (&["cp", "nowhere.txt", "s3://photos/2026/"], "nowhere.txt: No such file"),
    ] {
        let said = test.types("bob", args);
        assert_eq!(said.code, 1, "{said:?}");
        assert!(said.err.contains(reason), "{}", said.err);
    }
    assert_eq!(test.types("bob", &["cat", "photos/a"]).code, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_is_removed_key_by_key_where_nobody_has_probed_the_storage() {
    let test = ObjectsTest::set().await;
    test.put_unproved_store().await;
    test.grant("ada", "2026/", &[Read, Write]).await;
    test.grant("ada", "2026/mine/", &[Delete]).await;
    for name in ["a", "b c", "ü+%"] {
        test.write(&format!("files/{name}"), b"x");
    }
    for folder in ["mine/1", "mine/2", "ours"] {
        let target = format!("s3://photos/2026/{folder}/");
        test.types("ada", &["cp", "-rq", "files", &target]).ok();
    }
    let all = test.types("ada", &["rm", "-r", "--yes", "s3://photos/2026/mine/1/"]).ok();
    assert_eq!(all.err, "removed 3 objects, 0 failed\n");

    let some = test.types("ada", &["rm", "-r", "--yes", "s3://photos/2026/"]);
    assert_eq!(some.code, 3, "all that failed were denied: {some:?}");
    let why = |key: &str| {
        format!("sail-cargo: s3://photos/{key}: no delete permission on `photos/{key}`\n")
    };
    let kept = ["2026/ours/a", "2026/ours/b c", "2026/ours/ü+%"].map(why).concat();
    assert_eq!(some.err, format!("{kept}removed 3 objects, 3 failed\n"));
    let left = test.types("ada", &["ls", "-r", "s3://photos/2026/", "-o", "json"]).json();
    assert_eq!(left.as_array().unwrap().len(), 3, "{left}");

    let none = test.types("ada", &["rm", "-r", "--yes", "s3://photos/2026/ours/"]);
    assert_eq!(none.code, 3);
    let denied = "sail-cargo: denied: no delete permission on `photos/2026/ours/a`";
    assert!(none.err.starts_with(denied), "{}", none.err);
}
