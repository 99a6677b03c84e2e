//! Files that are not regular are written to or refused, but never replaced. Replaced files keep
//! their attributes.

use std::io::{Read as _, Write as _};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

use rustix::fs::{CWD, FileType, Mode, makedev, mknodat};
use sail_cargo_transfer::{CancellationToken, TransferError, Verified};

use super::{PART, TestStack, bytes};

fn pipe(path: &Path) {
    mknodat(CWD, path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
}

/// Reads everything from a pipe.
fn reader(path: PathBuf) -> JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut all = Vec::new();
        std::fs::File::open(path).unwrap().read_to_end(&mut all).unwrap();
        all
    })
}

/// The files in the same directory whose name has the same first letter.
fn beside(path: &Path) -> Vec<String> {
    let first = path.file_name().unwrap().to_str().unwrap().chars().next().unwrap();
    let entries = std::fs::read_dir(path.parent().unwrap()).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.filter(|other| other.starts_with(first)).collect();
    names.sort();
    names
}

impl TestStack {
    async fn have(&self, key: &str, content: &[u8]) {
        let path = self.storage.file(content);
        self.transfers().upload_file(path, "bkt", key).await.unwrap();
    }

    fn content(&self, key: &str) -> Vec<u8> {
        std::fs::read(self.storage.object("bkt", key)).unwrap()
    }
}

#[tokio::test]
async fn a_pipe_is_written_to_and_stays_a_pipe() {
    let stack = TestStack::set().await;
    for length in [0, 3, 2 * PART + 17] {
        let (whole, key) = (bytes(length), format!("k{length}"));
        stack.have(&key, &whole).await;
        let path = stack.path(&format!("{length}-pipe"));
        pipe(&path);
        let read = reader(path.clone());
        let down = stack.transfers().download_file("bkt", &key, &path).await.unwrap();
        assert_eq!((down.bytes, down.resumed), (length as u64, 0));
        assert!(down.verified >= Verified::ETag, "{length}: {:?}", down.verified);
        assert!(read.join().unwrap() == whole, "{length}");
        assert!(path.symlink_metadata().unwrap().file_type().is_fifo());
        assert_eq!(beside(&path), [format!("{length}-pipe")]);
    }
}

#[tokio::test]
async fn what_broke_off_on_its_way_into_a_pipe_goes_on_there() {
    let stack = TestStack::set().await;
    let whole = bytes(2 * PART);
    stack.have("k", &whole).await;
    let path = stack.path("pipe");
    pipe(&path);
    let read = reader(path.clone());
    let (gate, once) = (stack.gate.clone(), std::sync::Once::new());
    let down = stack.transfers().download_file("bkt", "k", &path).on_progress(move |done| {
        if done.bytes >= PART as u64 / 2 {
            once.call_once(|| gate.cut());
        }
    });
    down.await.unwrap();
    assert!(read.join().unwrap() == whole);
}

#[tokio::test]
async fn nobody_at_the_other_end_of_a_pipe_can_be_given_up() {
    let stack = TestStack::set().await;
    stack.have("k", &bytes(PART)).await;
    let (path, stop) = (stack.path("pipe"), CancellationToken::new());
    pipe(&path);
    let stopper = stop.clone();
    let down = stack.transfers().download_file("bkt", "k", &path).cancel_on(stop);
    let ended = down.on_progress(move |_| stopper.cancel()).await;
    assert!(matches!(ended, Err(TransferError::Cancelled)), "{ended:?}");
    assert!(path.symlink_metadata().unwrap().file_type().is_fifo());
    // Release the waiting thread.
    reader(path).join().unwrap();
}

#[tokio::test]
async fn damage_on_the_way_into_a_pipe_is_reported() {
    let stack = TestStack::set().await;
    stack.have("k", b"true").await;
    std::fs::write(stack.storage.object("bkt", "k"), b"fake").unwrap();
    let path = stack.path("pipe");
    pipe(&path);
    let read = reader(path.clone());
    let down = stack.transfers().download_file("bkt", "k", &path).await;
    assert!(matches!(down, Err(TransferError::Corrupt { .. })), "{down:?}");
    assert_eq!(read.join().unwrap(), b"fake");
}

#[tokio::test]
async fn a_device_stays_a_device() {
    let stack = TestStack::set().await;
    stack.have("k", b"content").await;
    let path = stack.path("null");
    let mode = Mode::RUSR | Mode::WUSR;
    if mknodat(CWD, &path, FileType::CharacterDevice, mode, makedev(1, 3)).is_err()
        || std::fs::write(&path, "x").is_err()
    {
        return; // Only root makes devices, and not everywhere can they be used.
    }
    stack.transfers().download_file("bkt", "k", &path).await.unwrap();
    assert!(path.symlink_metadata().unwrap().file_type().is_char_device());
    assert_eq!(beside(&path), ["null"]);
}

#[tokio::test]
async fn what_cannot_be_written_to_is_refused_by_its_name() {
    let stack = TestStack::set().await;
    stack.have("k", b"content").await;
    let socket = stack.path("socket");
    let _listens = UnixListener::bind(&socket).unwrap();
    let (broken, directory) = (stack.path("broken"), stack.path("directory"));
    symlink("gone", &broken).unwrap();
    std::fs::create_dir(&directory).unwrap();
    for (path, why) in [
        (&socket, "is a socket"),
        (&broken, "is a dangling link"),
        (&directory, "is a directory"),
        (&PathBuf::from("/proc/self/fd/1/x"), ""),
    ] {
        let refused = stack.transfers().download_file("bkt", "k", path).await;
        let Err(TransferError::File { path: named, source }) = refused else {
            panic!("{refused:?}")
        };
        assert_eq!(&named, path);
        assert!(source.to_string().contains(why), "{source}");
    }
    assert!(socket.symlink_metadata().unwrap().file_type().is_socket());
    assert_eq!(std::fs::read_link(&broken).unwrap(), Path::new("gone"));
    assert_eq!(beside(&broken), ["broken"]);
    assert_eq!(beside(&directory), ["directory"]);
}

#[tokio::test]
async fn a_file_that_is_replaced_keeps_its_mode_its_links_and_its_names() {
    let stack = TestStack::set().await;
    stack.have("k", b"new").await;
    let path = stack.path("secret");
    std::fs::write(&path, "old").unwrap();
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o640)).unwrap();
    let link = stack.path("link");
    symlink(&path, &link).unwrap();
    stack.transfers().download_file("bkt", "k", &link).await.unwrap();
    assert!(link.symlink_metadata().unwrap().is_symlink());
    assert_eq!(std::fs::read(&path).unwrap(), b"new");
    assert_eq!(path.metadata().unwrap().mode() & 0o7777, 0o640);

    let other = path.with_file_name("other");
    std::fs::hard_link(&path, &other).unwrap();
    stack.have("k", b"newer").await;
    stack.transfers().download_file("bkt", "k", &path).await.unwrap();
    assert_eq!(std::fs::read(&other).unwrap(), b"newer");
    assert_eq!(path.metadata().unwrap().nlink(), 2);
    assert_eq!(beside(&path), ["secret"]);
}

#[tokio::test]
async fn what_replaces_a_secret_is_nobody_elses_to_read_meanwhile() {
    let stack = TestStack::set().await;
    stack.have("k", &bytes(2 * PART)).await;
    let path = stack.path("secret");
    std::fs::write(&path, "old").unwrap();
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).unwrap();
    let partial = path.with_file_name("secret.sail-part");
    let (seen, modes) = std::sync::mpsc::channel();
    let down = stack.transfers().download_file("bkt", "k", &path).on_progress(move |_| {
        seen.send(partial.metadata().unwrap().mode() & 0o7777).unwrap();
    });
    down.await.unwrap();
    assert!(modes.iter().all(|mode| mode == 0o600));
}

#[tokio::test]
async fn the_longest_name_there_is_comes_down() {
    let stack = TestStack::set().await;
    stack.have("k", b"content").await;
    for letter in ["n", "ñ", "日"] {
        let path = stack.path(&letter.repeat(255 / letter.len()));
        stack.transfers().download_file("bkt", "k", &path).await.unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"content");
        assert_eq!(beside(&path), [path.file_name().unwrap().to_str().unwrap()]);
    }
}

#[tokio::test]
async fn a_download_that_cannot_be_resumed_leaves_nothing() {
    let stack = TestStack::set().await;
    stack.have("k", &bytes(2 * PART)).await;
    // Cancelled before the first part.
    let (path, stop) = (stack.path("called-off"), CancellationToken::new());
    let stopper = stop.clone();
    let down = stack.transfers().download_file("bkt", "k", &path).cancel_on(stop);
    down.on_progress(move |_| stopper.cancel()).await.unwrap_err();
    assert_eq!(beside(&path), [""; 0]);

    // A directory was created at the path during the download.
    let path = stack.path("directory");
    let place = path.clone();
    let down = stack.transfers().download_file("bkt", "k", &path);
    let ended = down.on_progress(move |_| drop(std::fs::create_dir(&place))).await;
    assert!(matches!(ended, Err(TransferError::File { .. })), "{ended:?}");
    assert_eq!(beside(&path), ["directory"]);

    // The temporary names are taken by files that are not regular. They stay as they are.
    for taken in ["target.sail-part", "target.sail-part.journal"] {
        let path = stack.path("target");
        let taken_path = path.with_file_name(taken);
        pipe(&taken_path);
        let ended = stack.transfers().download_file("bkt", "k", &path).await;
        assert!(matches!(ended, Err(TransferError::File { .. })), "{ended:?}");
        assert_eq!(beside(&path), [taken]);
        std::fs::remove_file(taken_path).unwrap();
    }
}

/// A download creates its journal first: a file without a journal belongs to another program.
#[tokio::test]
async fn a_file_that_is_called_as_an_unfinished_download_stays() {
    let stack = TestStack::set().await;
    stack.have("k", b"content").await;
    let path = stack.path("a");
    let other = path.with_file_name("a.sail-part");
    std::fs::write(&other, "mine").unwrap();
    let ended = stack.transfers().download_file("bkt", "k", &path).await;
    assert!(ended.unwrap_err().to_string().contains("a.sail-part"));
    assert_eq!(std::fs::read(&other).unwrap(), b"mine");
    assert_eq!(beside(&path), ["a.sail-part"]);
}

/// If another user can write to the journal, that user could add another program's file to it.
#[tokio::test]
async fn a_journal_with_two_names_is_not_believed() {
    let stack = TestStack::set().await;
    stack.have("k", b"content").await;
    let (path, other) = (stack.path("a"), stack.path("other"));
    let mine = path.with_file_name("a.sail-part");
    std::fs::write(&mine, "mine").unwrap();
    std::fs::write(&other, "").unwrap();
    std::fs::hard_link(&other, path.with_file_name("a.sail-part.journal")).unwrap();
    let ended = stack.transfers().download_file("bkt", "k", &path).await.unwrap_err();
    assert!(ended.to_string().contains("a.sail-part.journal"), "{ended}");
    assert_eq!(std::fs::read(&mine).unwrap(), b"mine");
    assert_eq!(std::fs::read(&other).unwrap(), b"");
}

/// If the file has another hard link, another user could change it: it is not resumed.
#[tokio::test]
async fn an_unfinished_download_with_two_names_is_begun_anew() {
    let stack = TestStack::set().await;
    let whole = bytes(3 * PART);
    stack.have("k", &whole).await;
    let (path, stop) = (stack.path("a"), CancellationToken::new());
    let stopper = stop.clone();
    let down = stack.transfers().download_file("bkt", "k", &path).cancel_on(stop);
    let down = down.on_progress(move |done| {
        if done.bytes > PART as u64 {
            stopper.cancel();
        }
    });
    assert!(matches!(down.await, Err(TransferError::Cancelled)));
    let other = stack.path("other");
    std::fs::hard_link(path.with_file_name("a.sail-part"), &other).unwrap();
    let before = std::fs::read(&other).unwrap();
    let down = stack.transfers().download_file("bkt", "k", &path).await.unwrap();
    assert_eq!(down.resumed, 0);
    assert!(std::fs::read(&path).unwrap() == whole);
    assert!(std::fs::read(&other).unwrap() == before, "it was written through its other name");
}

#[tokio::test]
async fn what_says_no_size_is_uploaded_to_its_end() {
    let stack = TestStack::set().await;
    for length in [0, 3, 2 * PART + 17] {
        let (whole, path) = (bytes(length), stack.path(&format!("{length}-pipe")));
        pipe(&path);
        let (content, to) = (whole.clone(), path.clone());
        let writer = std::thread::spawn(move || {
            let mut to = std::fs::OpenOptions::new().write(true).open(to).unwrap();
            to.write_all(&content).unwrap();
        });
        let journal = stack.path("journal");
        let up = stack.transfers().upload_file(&path, "bkt", "k").resume_with(&journal);
        assert_eq!(up.await.unwrap().bytes, length as u64);
        writer.join().unwrap();
        assert!(stack.content("k") == whole, "{length}");
        assert!(!journal.exists());
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_file_of_proc_is_uploaded_to_its_end() {
    let stack = TestStack::set().await;
    let path = Path::new("/proc/self/cmdline");
    assert_eq!(path.metadata().unwrap().len(), 0);
    stack.transfers().upload_file(path, "bkt", "k").await.unwrap();
    assert_eq!(stack.content("k"), std::fs::read(path).unwrap());
}

#[tokio::test]
async fn a_socket_is_not_uploaded() {
    let stack = TestStack::set().await;
    let socket = stack.path("socket");
    let _listens = UnixListener::bind(&socket).unwrap();
    let refused = stack.transfers().upload_file(&socket, "bkt", "k").await;
    let Err(TransferError::File { path: named, .. }) = refused else { panic!("{refused:?}") };
    assert_eq!(named, socket);
}
