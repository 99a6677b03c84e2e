//! Compares the README's sample output with real output.

use std::process::Command;

use crate::blocks::{block, blocks, repository};
use crate::dev_shell::DevShell;
use crate::served::{BINARY, Said};

/// Compares output with a sample in which `…` stands for any number of lines.
fn assert_like(said: &str, sample: &str) {
    let said: Vec<_> = said.lines().collect();
    let mut from = 0;
    for shown in sample.split("…\n").filter(|shown| !shown.is_empty()) {
        let shown: Vec<_> = shown.lines().collect();
        let found = said[from..].windows(shown.len()).position(|lines| lines == shown);
        let found = found.unwrap_or_else(|| panic!("not printed:\n{}", shown.join("\n")));
        from += found + shown.len();
    }
}

#[test]
fn the_tour_of_a_new_dev_prints_what_readme_shows() {
    let directory = tempfile::tempdir().unwrap();
    let mut tour = Command::new(BINARY);
    tour.env_clear().current_dir(directory.path()).args(["dev", "--tour-only"]);
    let said = Said::of(&tour.output().unwrap()).ok();
    assert_like(&said.out, &block("text", "steps did what they should"));
}

#[test]
fn a_denied_upload_prints_what_readme_shows() {
    let shell = DevShell::set();
    let line = block("sh", "s3://demo/secret.txt");
    let line = line.lines().find(|line| line.contains("s3://demo/secret.txt")).unwrap();
    let said = shell.shell(&format!("mkdir reports; echo > reports/may.csv; {line}"));
    assert_eq!(said.code, 3, "{said:?}");
    // The test passes the server's URL; a reader of the README uses the default.
    let sample =
        block("text", "sail-cargo: denied").replace(", the default; --url names another", "");
    assert_eq!(said.err, shell.here(&sample));
}

#[test]
fn every_sample_of_output_is_held_against_something() {
    // The path of a request is a picture. A test of `storage_probe::report` compares the report of a probe.
    let known = ["steps did what", "put_object(", "sail-cargo: denied", "R001  ACTS"];
    for sample in blocks("text") {
        assert!(known.iter().any(|mark| sample.text.contains(mark)), "{}", sample.text);
    }
}

fn dependencies(block: &str) -> toml::Table {
    let block: toml::Table = toml::from_str(block).unwrap();
    block["dependencies"].as_table().unwrap().clone()
}

#[test]
fn the_crates_are_depended_on_in_one_way_at_a_time() {
    for block in blocks("toml") {
        let crates = dependencies(&block.text);
        let crates: Vec<_> = crates.iter().filter(|(name, _)| name.starts_with("sail-")).collect();
        assert_eq!(crates.len(), 3, "{}", block.text);
        for way in ["git", "path"] {
            let by = crates.iter().filter(|(_, wanted)| wanted.get(way).is_some()).count();
            assert!(matches!(by, 0 | 3), "{}", block.text);
        }
    }
}

#[test]
fn the_dependencies_that_readme_names_are_those_of_the_workspace() {
    let read = |path: &str| {
        let text = std::fs::read_to_string(repository().join(path)).unwrap();
        toml::from_str::<toml::Table>(&text).unwrap()
    };
    let ours = read("Cargo.toml");
    let named = blocks("toml").into_iter().flat_map(|block| dependencies(&block.text));
    for (name, wanted) in named {
        let name = name.as_str();
        let known = &ours["workspace"]["dependencies"][name];
        let Some(path) = wanted.get("path").or_else(|| wanted.get("git")) else {
            assert_eq!(wanted["version"], known["version"], "{name}");
            continue;
        };
        let directory = known["path"].as_str().unwrap();
        assert_eq!(
            read(&format!("{directory}/Cargo.toml"))["package"]["name"].as_str(),
            Some(name)
        );
        let leads_there = path.as_str().unwrap().ends_with(&format!("/{directory}"));
        assert!(leads_there || wanted.get("git").is_some(), "{name}");
    }
}
