//! Removes what a failed start has created in the state directory.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};

/// Guards the state directory: dropping it before [`Made::keep`] removes what was created since.
#[derive(Debug)]
pub(super) struct Made {
    directory: PathBuf,
    /// The entries of the directory before the start.
    before: BTreeSet<OsString>,
    /// The directory and its ancestors that did not exist, the innermost first.
    missing: Vec<PathBuf>,
    is_kept: bool,
}

impl Made {
    /// Records the directory's entries before the start.
    ///
    /// # Errors
    /// An I/O error if the path is no directory, or cannot be read.
    pub(super) fn from_now_on(directory: &Path) -> io::Result<Self> {
        let before = match directory.read_dir() {
            Ok(entries) => entries
                .map(|entry| entry.map(|entry| entry.file_name()))
                .collect::<Result<_, _>>()?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => BTreeSet::new(),
            Err(error) => return Err(error),
        };
        let is_missing = |path: &&Path| !path.as_os_str().is_empty() && !path.exists();
        let missing = directory.ancestors().take_while(is_missing).map(Path::to_owned).collect();
        Ok(Self { directory: directory.to_owned(), before, missing, is_kept: false })
    }

    /// Keeps everything: the start succeeded.
    pub(super) fn keep(mut self) {
        self.is_kept = true;
    }

    /// Whether the start created the file. A file beside an earlier database, such as
    /// `cargo.db-wal`, belongs to the database.
    fn is_new(&self, name: &OsStr) -> bool {
        let text = name.to_string_lossy();
        let whose = text.rsplit_once('-').map_or(&*text, |(file, _)| file);
        !self.before.contains(name) && !self.before.contains(OsStr::new(whose))
    }

    fn take_away(&self) -> io::Result<()> {
        for entry in self.directory.read_dir()? {
            let entry = entry?;
            if !self.is_new(&entry.file_name()) {
                continue;
            }
            if entry.file_type()?.is_dir() {
                std::fs::remove_dir_all(entry.path())?;
            } else {
                std::fs::remove_file(entry.path())?;
            }
        }
        self.missing.iter().try_for_each(std::fs::remove_dir)
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        if self.is_kept {
            return;
        }
        match self.take_away() {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                let directory = self.directory.display();
                log::warn!("cannot remove the files made in {directory} for this start: {error}");
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(directory: &Path) -> Vec<String> {
        let entries = directory.read_dir().unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn what_was_there_before_stays() {
        let home = tempfile::tempdir().unwrap();
        let write = |name: &str| std::fs::write(home.path().join(name), name).unwrap();
        write("cargo.db");
        write("mine");
        let made = Made::from_now_on(home.path()).unwrap();
        write("cargo.db-wal");
        write("storage.secret");
        std::fs::create_dir_all(home.path().join("s3/tour")).unwrap();
        drop(made);
        assert_eq!(names(home.path()), ["cargo.db", "cargo.db-wal", "mine"]);
    }

    #[test]
    fn directories_that_were_not_there_go_and_a_start_that_came_about_stays() {
        let home = tempfile::tempdir().unwrap();
        let state = home.path().join("a/b");
        for is_kept in [false, true] {
            let made = Made::from_now_on(&state).unwrap();
            std::fs::create_dir_all(&state).unwrap();
            std::fs::write(state.join("cargo.db"), "x").unwrap();
            if is_kept {
                made.keep();
            } else {
                drop(made);
            }
            assert_eq!(home.path().join("a").exists(), is_kept);
        }
        assert_eq!(names(&state), ["cargo.db"]);
    }
}
