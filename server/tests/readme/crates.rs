//! The crates' own READMEs, which are also their documentation.

use crate::blocks::{block, repository};

fn read(path: &str) -> String {
    let path = repository().join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn manifest(directory: &str) -> toml::Table {
    toml::from_str(&read(&format!("{directory}/Cargo.toml"))).unwrap()
}

/// The directories of the crates.
fn crates() -> Vec<String> {
    let members = manifest(".")["workspace"]["members"].clone();
    members.try_into().unwrap()
}

#[test]
fn every_crate_has_a_readme_that_reads_well_anywhere() {
    for directory in crates() {
        let readme = manifest(&directory)["package"]["readme"].as_str().unwrap().to_owned();
        assert_eq!(readme, "README.md", "{directory}");
        let (readme, name) =
            (read(&format!("{directory}/{readme}")), &manifest(&directory)["package"]["name"]);
        let name = name.as_str().unwrap();
        assert!(readme.starts_with(&format!("# {name}\n")), "{directory}");
        assert!(readme.contains("\n```rust"), "{directory}: it has no example that is tested");
        let shown = read(&format!("{directory}/src/lib.rs"));
        assert!(shown.contains("include_str!(\"../README.md\")"), "{directory}");
        let links = readme.split("](").skip(1);
        let mut nearby = links.filter(|link| !link.starts_with("https://"));
        assert_eq!(nearby.next(), None, "{directory}: docs.rs and crates.io have this file alone");
    }
}

/// `each_rust_example_does_what_it_says` runs these examples with `dev`.
#[test]
fn the_crates_that_need_a_server_open_with_an_example_of_readme() {
    for (directory, mark) in [("client", "fn share("), ("middleware", "fn download(")] {
        let readme = read(&format!("{directory}/README.md"));
        let (_, first) = readme.split_once("\n```rust,no_run\n").unwrap();
        assert!(first.starts_with(&format!("{}```\n", block("rust,no_run", mark))), "{directory}");
    }
}

/// An application that only uses the interceptor compiles nothing for file transfers.
#[test]
fn the_interceptor_brings_nothing_that_only_transfers_need() {
    let interceptor = manifest("middleware");
    assert_eq!(interceptor.get("features"), None);
    let brought = interceptor["dependencies"].as_table().unwrap();
    for name in ["crc-fast", "log", "md-5", "tempfile", "tokio-util", "url"] {
        assert!(manifest("transfer")["dependencies"].get(name).is_some(), "{name}");
        assert!(!brought.contains_key(name), "{name}");
    }
    assert_eq!(interceptor.get("target"), None, "`rustix` is for files");
}

#[test]
fn cargo_test_at_the_root_tests_every_crate() {
    let workspace = manifest(".")["workspace"].clone();
    assert_eq!(workspace.get("default-members"), None, "it would leave some out");
    let listed = crates();
    for entry in repository().read_dir().unwrap() {
        let directory = entry.unwrap().file_name().into_string().unwrap();
        // `fuzz` needs a nightly compiler, and is a workspace of its own.
        if directory != "fuzz" && repository().join(&directory).join("Cargo.toml").is_file() {
            assert!(listed.contains(&directory), "{directory}");
        }
    }
}
