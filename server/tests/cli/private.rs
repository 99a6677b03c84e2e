//! A server's files are readable by their owner only, and its memory cannot be dumped.

use std::fs::{Permissions, set_permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use crate::test_stack::{Said, TestStack, command};

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o777
}

#[test]
fn the_database_and_all_beside_it_are_private() {
    let stack = TestStack::set_with(&["--audit-spool", "."]);
    stack.root(&["buckets", "put", "photos"]).ok();
    let directory = stack.directory.path();
    let names = directory.read_dir().unwrap().map(|entry| entry.unwrap().file_name());
    let mut ours: Vec<_> = names.map(|name| name.into_string().unwrap()).collect();
    ours.retain(|name| name.starts_with("cargo.db") || name.starts_with("audit-"));
    assert!(ours.iter().any(|name| name == "cargo.db-wal"), "{ours:?}");
    assert!(ours.iter().any(|name| name.starts_with("audit-")), "{ours:?}");
    for name in ours {
        assert_eq!(mode(&directory.join(&name)), 0o600, "{name}");
    }
}

#[test]
fn a_link_in_the_place_of_the_database_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    let run = |args: &[&str]| Said::of(&command(directory.path()).args(args).output().unwrap());
    std::fs::write(at("master.key"), run(&["keys", "master"]).ok().out).unwrap();
    symlink(at("elsewhere.db"), at("cargo.db")).unwrap();
    let refused = run(&["migrate"]);
    assert_ne!(refused.code, 0);
    assert!(refused.err.contains("is a symbolic link, which is not followed"), "{refused:?}");
    assert!(!at("elsewhere.db").exists());
}

#[test]
fn key_files_that_everybody_can_read_are_told_of() {
    let directory = tempfile::tempdir().unwrap();
    let key = directory.path().join("master.key");
    let run = |args: &[&str]| Said::of(&command(directory.path()).args(args).output().unwrap());
    std::fs::write(&key, run(&["keys", "master"]).ok().out).unwrap();
    run(&["migrate"]).ok();
    for (mode, is_told) in [(0o644, true), (0o640, false), (0o600, false), (0o602, true)] {
        set_permissions(&key, Permissions::from_mode(mode)).unwrap();
        let said = run(&["projects", "list"]).ok();
        let told = said.err.contains("everybody on this machine can use master.key");
        assert_eq!(told, is_told, "{mode:o}: {said:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_server_leaves_no_core_dump() {
    let stack = TestStack::set();
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", stack.process())).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    let numbers: Vec<_> = core.split_whitespace().filter(|word| *word == "0").collect();
    assert_eq!(numbers.len(), 2, "soft and hard: {core}");
    // A process without core dumps cannot be inspected by its user either (proc(5)).
    let owner = |what: &str| {
        let path = format!("/proc/{}/{what}", stack.process());
        std::os::unix::fs::MetadataExt::uid(&std::fs::metadata(path).unwrap())
    };
    assert_eq!(owner("environ"), 0);
    // Neither protection hinders the server.
    stack.root(&["buckets", "put", "photos"]).ok();
}
