//! Differences between directories and S3: nothing is left out silently, and special files stay as
//! they are.

use std::io::{Read as _, Write as _};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt, symlink};
use std::path::Path;

use rustix::fs::{CWD, FileType, Mode, mkdirat, mknodat, open};
use sail_cargo_client::protocol::Permission::{Delete, Read, Write};

use crate::memory_storage::MemoryStorage;
use crate::objects::ObjectsTest;

impl ObjectsTest {
    /// A test in which ada holds all permissions.
    async fn of_ada() -> Self {
        let test = Self::set().await;
        test.grant("ada", "", &[Read, Write, Delete]).await;
        test
    }

    /// A test in which ada holds all permissions, on a storage that keeps every key.
    async fn with_storage() -> (Self, MemoryStorage) {
        let (test, storage) = (Self::of_ada().await, MemoryStorage::set_up().await);
        test.put_store_at(&storage.url).await;
        (test, storage)
    }

    fn pipe(&self, name: &str) {
        mknodat(CWD, self.path(name), FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    }

    fn link(&self, name: &str, to: &str) {
        symlink(to, self.path(name)).unwrap();
    }

    /// The names in a directory, in order.
    fn inside(&self, directory: &str) -> Vec<String> {
        let entries = std::fs::read_dir(self.path(directory)).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// The keys below a folder of the bucket, without the folder's prefix.
    fn keys(&self, folder: &str) -> Vec<String> {
        let place = format!("s3://photos/{folder}");
        let listed = self.types("ada", &["ls", "-r", &place, "-o", "json"]).json();
        let listed = listed.as_array().unwrap().iter();
        listed.map(|entry| entry["key"].as_str().unwrap()[folder.len()..].to_owned()).collect()
    }
}

/// The lines of the output, sorted.
fn lines(text: &str) -> Vec<&str> {
    let mut lines: Vec<_> = text.lines().collect();
    lines.sort_unstable();
    lines
}

#[tokio::test(flavor = "multi_thread")]
async fn a_download_never_replaces_what_is_no_regular_file() {
    let test = ObjectsTest::of_ada().await;
    test.write("hi.txt", b"hi\n");
    test.types("ada", &["cp", "hi.txt", "s3://photos/hi.txt"]).ok();
    test.write("d/.keep", b"");
    test.pipe("d/pipe");
    let path = test.path("d/pipe");
    let reader = std::thread::spawn(move || std::fs::read_to_string(path).unwrap());
    test.types("ada", &["cp", "-q", "s3://photos/hi.txt", "d/pipe"]).ok();
    assert_eq!(reader.join().unwrap(), "hi\n");
    assert!(test.path("d/pipe").symlink_metadata().unwrap().file_type().is_fifo());
    for name in ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"] {
        let said = test.types("ada", &["cp", "-q", "s3://photos/hi.txt", name]).ok();
        assert_eq!((said.out.as_str(), said.err.as_str()), ("hi\n", ""), "{name}");
    }

    // No process reads the pipe: the download must not block, whatever the keys of a folder are.
    let into = test.types("ada", &["cp", "-r", "s3://photos/", "d/"]);
    assert_eq!(into.code, 0, "{into:?}");
    test.types("ada", &["cp", "hi.txt", "s3://photos/pipe"]).ok();
    let into = test.types("ada", &["cp", "-r", "s3://photos/", "d"]);
    assert_eq!(into.code, 1);
    assert!(into.err.contains("s3://photos/pipe: d/pipe is not a regular file"), "{}", into.err);

    let _socket = std::os::unix::net::UnixListener::bind(test.path("d/socket")).unwrap();
    test.link("d/broken", "gone");
    for (name, why) in [("d/socket", "is a socket"), ("d/broken", "is a dangling link")] {
        let refused = test.types("ada", &["cp", "s3://photos/hi.txt", name]);
        let expected = format!("sail-cargo: s3://photos/hi.txt: {name}: {why} [server http");
        assert_eq!(refused.code, 1);
        assert!(refused.err.starts_with(&expected), "{}", refused.err);
    }
    assert_eq!(test.inside("d"), [".keep", "broken", "hi.txt", "pipe", "socket"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_replaced_keeps_its_mode_and_its_link() {
    let test = ObjectsTest::of_ada().await;
    test.write("new", b"new");
    test.types("ada", &["cp", "new", "s3://photos/new"]).ok();
    test.write("secret", b"old");
    std::fs::set_permissions(test.path("secret"), PermissionsExt::from_mode(0o600)).unwrap();
    test.link("link", "secret");
    test.types("ada", &["cp", "s3://photos/new", "link"]).ok();
    assert_eq!(std::fs::read_link(test.path("link")).unwrap(), Path::new("secret"));
    assert_eq!(std::fs::read(test.path("secret")).unwrap(), b"new");
    assert_eq!(test.path("secret").metadata().unwrap().mode() & 0o7777, 0o600);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_in_a_directory_is_left_out_in_silence() {
    let test = ObjectsTest::of_ada().await;
    test.write("data/db.sql", b"important");
    test.write("t/readme", b"x");
    test.write("t/late.sail-part", b"of a download under way");
    std::fs::create_dir_all(test.path("t/empty/inner")).unwrap();
    test.link("t/data", "../data");
    test.link("t/broken", "gone");
    test.link("t/to-file", "readme");
    test.pipe("t/p");
    let _socket = std::os::unix::net::UnixListener::bind(test.path("t/s")).unwrap();
    let left_out = [
        "left out: t/broken is a dangling link",
        "left out: t/data is a link to a directory (--follow enters it)",
        "left out: t/empty/inner is an empty directory",
        "left out: t/late.sail-part has the name of an unfinished download",
        "left out: t/p is a pipe",
        "left out: t/s is a socket",
    ];
    let up = test.types("ada", &["cp", "-r", "t", "s3://photos/t/"]);
    let mut expected = vec!["2 done, 0 denied, 0 failed, 6 left out"];
    expected.extend(left_out);
    expected.push("uploaded t/readme to s3://photos/t/readme");
    expected.push("uploaded t/to-file to s3://photos/t/to-file");
    assert_eq!((up.code, lines(&up.err)), (1, expected));
    assert_eq!(test.keys("t/"), ["readme", "to-file"]);

    let quiet = test.types("ada", &["cp", "-rq", "t", "s3://photos/t/"]);
    assert_eq!((quiet.code, quiet.err.lines().count()), (1, 7), "what went wrong is said");
    let content = test.types("ada", &["cp", "-r", "--skip-special", "t", "s3://photos/t/"]).ok();
    assert!(left_out.iter().all(|line| content.err.contains(line)), "{}", content.err);
    let content = test.types("ada", &["cp", "-rq", "--skip-special", "t", "s3://photos/t/"]).ok();
    assert_eq!(content.err, "");

    let all = test.types("ada", &["cp", "-rq", "--follow", "t", "s3://photos/all/"]);
    assert!(!all.err.contains("t/data"), "{}", all.err);
    assert_eq!(test.keys("all/"), ["data/db.sql", "readme", "to-file"]);
}

/// Not even root can open a path of more than 4096 bytes.
#[tokio::test(flavor = "multi_thread")]
async fn a_directory_that_cannot_be_read_stops_no_other() {
    let test = ObjectsTest::of_ada().await;
    for name in ["a", "c"] {
        test.write(&format!("t/{name}/f"), b"x");
    }
    std::fs::create_dir_all(test.path("t/b")).unwrap();
    let flags = rustix::fs::OFlags::DIRECTORY;
    let mut inside = open(test.path("t/b"), flags, Mode::empty()).unwrap();
    let name = "d".repeat(250);
    for _ in 0..20 {
        mkdirat(&inside, name.as_str(), Mode::RWXU).unwrap();
        inside = rustix::fs::openat(&inside, name.as_str(), flags, Mode::empty()).unwrap();
    }
    test.link("t/circle", "circle");
    let up = test.types("ada", &["cp", "-r", "t", "s3://photos/t/"]);
    assert_eq!(up.code, 1);
    assert_eq!(test.keys("t/"), ["a/f", "c/f"]);
    let failed: Vec<_> = up.err.lines().filter(|line| line.starts_with("sail-cargo: t/")).collect();
    assert_eq!(failed.len(), 2, "{}", up.err);
    assert!(failed.iter().any(|line| line.contains("t/b/d") && line.contains("name too long")));
    assert!(up.err.ends_with("2 done, 0 denied, 2 failed\n"), "{}", up.err);
    let none = test.types("ada", &["cp", "-r", "gone", "s3://photos/t/"]);
    assert_eq!(none.code, 1);
    assert!(none.err.starts_with("sail-cargo: gone: No such file"), "{}", none.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_look_like_folders_are_objects() {
    let (test, storage) = ObjectsTest::with_storage().await;
    for (key, content) in [("m/", ""), ("m/mk/", "thirteen byte"), ("m/no/", ""), ("m/ok", "ok")] {
        storage.put(key, content);
    }
    let copied = test.types("ada", &["cp", "-r", "s3://photos/m/", "s3://photos/m2/"]).ok();
    assert_eq!(copied.err.lines().count(), 4, "{}", copied.err);
    assert_eq!(storage.get("m2/mk/").unwrap(), "thirteen byte");
    assert_eq!(storage.keys()[4..], ["m2/", "m2/mk/", "m2/no/", "m2/ok"]);

    let down = test.types("ada", &["cp", "-r", "s3://photos/m/", "d"]);
    let named = "left out: s3://photos/m/mk/ has the name of a folder, but holds 13 bytes";
    let summary = "3 done, 0 denied, 0 failed, 1 left out";
    assert_eq!((down.code, down.err.lines().next()), (1, Some(named)), "{}", down.err);
    assert_eq!(down.err.lines().last(), Some(summary));
    assert_eq!(test.inside("d"), ["no", "ok"]);
    test.types("ada", &["cp", "-r", "--skip-special", "s3://photos/m/", "e"]).ok();
    let root = test.types("ada", &["cp", "-r", "s3://photos/m2/", "s3://photos/"]);
    let named = "left out: s3://photos/m2/ has the name of its folder, which s3://photos/ lacks";
    assert_eq!((root.code, root.err.lines().next()), (1, Some(named)), "{}", root.err);

    // Each object on its own.
    test.types("ada", &["cp", "s3://photos/m/mk/", "as-a-file"]).ok();
    assert_eq!(std::fs::read(test.path("as-a-file")).unwrap(), b"thirteen byte");
    test.types("ada", &["cp", "s3://photos/m/mk/", "s3://photos/n/"]).ok();
    assert_eq!(storage.get("n/mk/").unwrap(), "thirteen byte");
    assert_eq!(test.types("ada", &["cat", "s3://photos/m/mk/"]).ok().out, "thirteen byte");
    test.types("ada", &["cp", "s3://photos/m/no/", "d/"]).ok();
    let folder = test.types("ada", &["cp", "s3://photos/nothing/", "d/"]);
    assert!(folder.err.contains("is a folder: use -r"), "{}", folder.err);
    let removed = test.types("ada", &["rm", "s3://photos/m/mk/"]).ok();
    assert_eq!(removed.err, "removed s3://photos/m/mk/\n");
    assert_eq!(storage.get("m/mk/"), None);
    let folder = test.types("ada", &["rm", "s3://photos/m/mk/"]);
    assert!(folder.err.contains("`rm -r` removes what is in it"), "{}", folder.err);
    test.types("ada", &["rm", "-r", "--yes", "s3://photos/m/"]).ok();
    assert_eq!(storage.keys()[..1], ["m2/"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clash_names_the_object_and_leaves_nothing() {
    let (test, storage) = ObjectsTest::with_storage().await;
    storage.put("c/a", "a file");
    storage.put("c/a/b", "below it");
    for _ in 0..2 {
        let down = test.types("ada", &["cp", "-r", "s3://photos/c/", "d/"]);
        assert_eq!(down.code, 1);
        let named = "sail-cargo: s3://photos/c/a: cannot be stored as d/a, which is a directory \
                     for other objects";
        assert!(down.err.lines().any(|line| line.starts_with(named)), "{}", down.err);
        assert_eq!(
            (test.inside("d"), test.inside("d/a")),
            (vec!["a".to_owned()], vec!["b".to_owned()])
        );
    }
    // An existing file clashes as well.
    test.write("e/a", b"somebody's");
    let down = test.types("ada", &["cp", "-r", "s3://photos/c/", "e/"]);
    assert!(down.err.contains("sail-cargo: s3://photos/c/a/b: e/a: "), "{}", down.err);
    assert_eq!(test.inside("e"), ["a"]);
    assert_eq!(std::fs::read(test.path("e/a")).unwrap(), b"somebody's");
    std::fs::create_dir_all(test.path("f/x")).unwrap();
    let down = test.types("ada", &["cp", "s3://photos/c/a", "f/x/../x/."]).ok();
    assert!(down.err.contains("downloaded"), "{}", down.err);
    test.types("ada", &["cp", "s3://photos/c/a", "f/a/b"]).ok();
    let down = test.types("ada", &["cp", "-r", "s3://photos/c", "f/"]);
    assert!(down.err.contains("s3://photos/c/a: "), "{}", down.err);
    assert_eq!(test.inside("f"), ["a", "x"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_longest_names_come_down() {
    let (test, storage) = ObjectsTest::with_storage().await;
    let (fits, does_not) = ("n".repeat(255), "n".repeat(256));
    storage.put(&format!("l/{fits}"), "x");
    storage.put(&format!("l/{does_not}"), "x");
    let down = test.types("ada", &["cp", "-r", "s3://photos/l/", "d/"]);
    assert_eq!(down.code, 1);
    let named = format!("sail-cargo: s3://photos/l/{does_not}: ");
    assert!(down.err.contains(&named), "{}", down.err);
    assert_eq!(test.inside("d"), [fits]);
}

#[tokio::test(flavor = "multi_thread")]
async fn sources_that_are_pipes_are_uploaded_to_their_end() {
    let test = ObjectsTest::of_ada().await;
    let cat = |key: &str| test.types("ada", &["cat", &format!("s3://photos/{key}")]).ok().out;
    for (n, name) in ["/dev/stdin", "/dev/fd/0", "/proc/self/fd/0", "-"].into_iter().enumerate() {
        let target = format!("s3://photos/in-{n}");
        test.feeds("ada", &["cp", name, &target], b"hey").ok();
        assert_eq!(cat(&format!("in-{n}")), "hey", "{name}");
    }
    test.pipe("p");
    let path = test.path("p");
    let writer = std::thread::spawn(move || {
        std::fs::OpenOptions::new().write(true).open(path).unwrap().write_all(b"hello").unwrap();
    });
    let up = test.types("ada", &["cp", "p", "s3://photos/pipes/"]).ok();
    writer.join().unwrap();
    assert_eq!(up.err, "uploaded p to s3://photos/pipes/p\n");
    assert_eq!(cat("pipes/p"), "hello");
    test.types("ada", &["cp", "/proc/version", "s3://photos/proc/"]).ok();
    assert_eq!(cat("proc/version"), std::fs::read_to_string("/proc/version").unwrap());
    let nameless = test.types("ada", &["cp", "/dev/fd/63", "s3://photos/x/"]);
    assert!(nameless.err.contains("the source has no name"), "{}", nameless.err);
}

/// As shells pass `<(echo hello)` and `>(cat)`.
#[tokio::test(flavor = "multi_thread")]
async fn process_substitution_works_both_ways() {
    let Some(bash) =
        ["/bin/bash", "/usr/bin/bash"].into_iter().find(|path| Path::new(path).exists())
    else {
        return;
    };
    let test = ObjectsTest::of_ada().await;
    let run = |script: &str| test.runs("ada", bash, &["-c", script]);
    run("\"$CARGO\" cp <(echo hello) s3://photos/ps").ok();
    let there =
        run("\"$CARGO\" cp -q s3://photos/ps >(read line; echo \"got $line\" > got); wait $!").ok();
    assert_eq!(there.err, "");
    let mut got = String::new();
    std::fs::File::open(test.path("got")).unwrap().read_to_string(&mut got).unwrap();
    assert_eq!(got, "got hello\n");
    // A file that the shell has open is not replaced.
    let through = "{ echo one; \"$CARGO\" cp -q s3://photos/ps /dev/stdout; echo three; } > out";
    run(through).ok();
    assert_eq!(std::fs::read_to_string(test.path("out")).unwrap(), "one\nhello\nthree\n");
    let refused = run("\"$CARGO\" cp -q s3://photos/ps /dev/fd/3 3> third");
    assert!(refused.err.contains("name the file itself"), "{}", refused.err);
}
