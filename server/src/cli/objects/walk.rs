//! The files below a directory.

use std::fs::{DirEntry, FileType};
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use sail_cargo_transfer::is_partial;

use super::pair::Obstacle;

/// A path, and its name relative to the directory, with `/` as separator; or why it cannot be
/// copied.
pub(super) type Found = (PathBuf, Result<String, Obstacle>);

/// Every file below `root`, in order. Links to files are followed; links to directories only with
/// `follow`.
pub(super) fn files(root: &Path, follow: bool) -> Vec<Found> {
    let mut walk = Walk { follow, found: Vec::new(), left: Vec::new() };
    walk.visit(root.to_owned(), Some(String::new()), None);
    while let Some(directory) = walk.left.pop() {
        walk.look(&directory);
    }
    walk.found.sort_by(|(one, _), (other, _)| one.cmp(other));
    walk.found
}

/// An iterative walk with one open directory at a time, because directories may nest thousands
/// deep.
struct Walk {
    follow: bool,
    found: Vec<Found>,
    left: Vec<Directory>,
}

struct Directory {
    path: PathBuf,
    /// The prefix of the names in the directory. None if the path is not UTF-8.
    below: Option<String>,
    trail: Trail,
}

/// The canonical paths of the directories above this one. They keep links from leading in circles.
type Trail = Option<Rc<Step>>;

struct Step {
    /// The canonical path.
    path: PathBuf,
    before: Trail,
}

impl Walk {
    /// Queues a directory.
    fn visit(&mut self, path: PathBuf, below: Option<String>, trail: Trail) {
        if !self.follow {
            return self.left.push(Directory { path, below, trail });
        }
        match path.canonicalize() {
            Err(error) => self.failed(path, &error),
            Ok(here) if is_on(trail.as_ref(), &here) => {
                self.special(path, "is a link to a directory that contains it");
            }
            Ok(here) => {
                let trail = Some(Rc::new(Step { path: here, before: trail }));
                self.left.push(Directory { path, below, trail });
            }
        }
    }

    fn look(&mut self, directory: &Directory) {
        let entries: Vec<_> = match std::fs::read_dir(&directory.path) {
            Ok(entries) => entries.collect(),
            Err(error) => return self.failed(directory.path.clone(), &error),
        };
        if entries.is_empty() && directory.below.as_deref() != Some("") {
            self.special(directory.path.clone(), "is an empty directory");
        }
        for entry in entries {
            match entry {
                Ok(entry) => self.take(directory, &entry),
                Err(error) => self.failed(directory.path.clone(), &error),
            }
        }
    }

    fn take(&mut self, directory: &Directory, entry: &DirEntry) {
        let (path, name) = (entry.path(), entry.file_name().into_string().ok());
        let name = directory.below.as_ref().zip(name).map(|(below, name)| format!("{below}{name}"));
        let below = || name.as_ref().map(|name| format!("{name}/"));
        match entry.file_type() {
            Err(error) => self.failed(path, &error),
            Ok(kind) if kind.is_dir() => self.visit(path, below(), directory.trail.clone()),
            Ok(kind) if !kind.is_symlink() => self.put(path, name, kind),
            Ok(_) => match path.metadata() {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    self.special(path, "is a dangling link");
                }
                Err(error) => self.failed(path, &error),
                Ok(there) if !there.is_dir() => self.put(path, name, there.file_type()),
                Ok(_) if self.follow => self.visit(path, below(), directory.trail.clone()),
                Ok(_) => self.special(path, "is a link to a directory (--follow enters it)"),
            },
        }
    }

    /// Adds an entry that is no directory.
    fn put(&mut self, path: PathBuf, name: Option<String>, kind: FileType) {
        if !kind.is_file() {
            return self.special(path, word(kind));
        }
        if path.file_name().is_some_and(|name| is_partial(&name.to_string_lossy())) {
            return self.special(path, "has the name of an unfinished download");
        }
        let no_key = || Obstacle::Failed("its name is not UTF-8, as keys must be".to_owned());
        self.found.push((path, name.ok_or_else(no_key)));
    }

    fn special(&mut self, path: PathBuf, why: &str) {
        self.found.push((path, Err(Obstacle::Special(why.to_owned()))));
    }

    fn failed(&mut self, path: PathBuf, error: &io::Error) {
        self.found.push((path, Err(Obstacle::Failed(error.to_string()))));
    }
}

fn is_on(trail: Option<&Rc<Step>>, here: &Path) -> bool {
    std::iter::successors(trail, |step| step.before.as_ref()).any(|step| step.path == here)
}

#[cfg(unix)]
fn word(kind: FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt as _;
    if kind.is_fifo() {
        "is a pipe"
    } else if kind.is_socket() {
        "is a socket"
    } else {
        "is a device"
    }
}

#[cfg(not(unix))]
fn word(_: FileType) -> &'static str {
    "is not a file"
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    /// The walk's result, with `!` before failures and `?` before special files.
    fn said(root: &Path, follow: bool) -> Vec<String> {
        let files = files(root, follow).into_iter().map(|(path, found)| {
            let path = path.strip_prefix(root).unwrap_or(&path).display().to_string();
            match found {
                Ok(name) => {
                    assert_eq!(name, path);
                    name
                }
                Err(Obstacle::Special(why)) => format!("?{path} {why}"),
                Err(Obstacle::Failed(why)) => format!("!{path} {why}"),
            }
        });
        files.collect()
    }

    #[test]
    fn links_are_entered_when_it_is_said_and_circles_once() {
        let root = tempfile::tempdir().unwrap();
        let at = |name: &str| root.path().join(name);
        std::fs::create_dir_all(at("a")).unwrap();
        std::fs::create_dir_all(at("b")).unwrap();
        std::fs::write(at("a/f"), "x").unwrap();
        for (link, to) in
            [("a/to-b", "../b"), ("b/to-a", "../a"), ("f", "a/f"), ("up", "."), ("gone", "nothing")]
        {
            symlink(to, at(link)).unwrap();
        }
        let link = "is a link to a directory (--follow enters it)";
        let mut expected = ["a/f", "f"].map(str::to_owned).to_vec();
        expected.insert(1, format!("?a/to-b {link}"));
        expected.insert(2, format!("?b/to-a {link}"));
        expected.push("?gone is a dangling link".to_owned());
        expected.push(format!("?up {link}"));
        assert_eq!(said(root.path(), false), expected);

        let circle = "is a link to a directory that contains it";
        let expected = [
            "a/f".to_owned(),
            format!("?a/to-b/to-a {circle}"),
            "b/to-a/f".to_owned(),
            format!("?b/to-a/to-b {circle}"),
            "f".to_owned(),
            "?gone is a dangling link".to_owned(),
            format!("?up {circle}"),
        ];
        assert_eq!(said(root.path(), true), expected);
    }

    #[test]
    fn a_directory_that_is_not_there_fails_itself() {
        let root = tempfile::tempdir().unwrap();
        let gone = root.path().join("gone");
        let said = said(&gone, false);
        assert!(matches!(&said[..], [one] if one.starts_with('!')), "{said:?}");
    }
}
