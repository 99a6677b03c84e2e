//! The files of a build of the console, in memory: a path of a request is looked up, and never opened.

use std::collections::BTreeMap;
use std::path::Path;

use bytes::Bytes;

use super::error::ConsoleError;

/// The first page.
const INDEX: &str = "index.html";
/// What stands in the first page for the nonce of its styles.
const NONCE: &str = "NONCE_OF_THE_STYLES";

/// The files of a build.
#[derive(Debug)]
pub(super) struct Files {
    /// The first page around its nonces.
    index: Vec<String>,
    /// The others, by their path below the directory.
    others: BTreeMap<String, File>,
}

/// A file and its compressed forms, which the build made.
#[derive(Debug, Default)]
pub(super) struct File {
    pub(super) plain: Bytes,
    pub(super) brotli: Option<Bytes>,
    pub(super) gzip: Option<Bytes>,
}

impl Files {
    /// Reads a directory that `npm run build` made.
    ///
    /// # Errors
    /// [`ConsoleError`] if a file cannot be read, or there is no first page.
    pub(super) fn read(directory: &Path) -> Result<Self, ConsoleError> {
        let mut all = Vec::new();
        collect(directory, "", &mut all)?;
        Self::of(all)
    }

    /// The build that consists of these files.
    ///
    /// # Errors
    /// [`ConsoleError`] if none is the first page.
    pub(super) fn of(all: impl IntoIterator<Item = (String, Bytes)>) -> Result<Self, ConsoleError> {
        let (mut index, mut others) = (None, BTreeMap::<String, File>::new());
        for (path, bytes) in all {
            if path == INDEX {
                index = Some(String::from_utf8_lossy(&bytes).into_owned());
            } else if let Some(name) = path.strip_suffix(".br") {
                others.entry(name.to_owned()).or_default().brotli = Some(bytes);
            } else if let Some(name) = path.strip_suffix(".gz") {
                others.entry(name.to_owned()).or_default().gzip = Some(bytes);
            } else {
                others.entry(path).or_default().plain = bytes;
            }
        }
        let index: Vec<_> =
            index.ok_or(ConsoleError::NoIndex)?.split(NONCE).map(ToOwned::to_owned).collect();
        if index.len() < 2 {
            return Err(ConsoleError::NoNonce);
        }
        Ok(Self { index, others })
    }

    /// The first page with `nonce` in it.
    pub(super) fn index(&self, nonce: &str) -> String {
        self.index.join(nonce)
    }

    /// The file at a path.
    pub(super) fn get(&self, path: &str) -> Option<&File> {
        self.others.get(path)
    }
}

/// Reads all files below a directory. `name` is the directory's own path, with a slash behind it.
fn collect(
    directory: &Path,
    name: &str,
    into: &mut Vec<(String, Bytes)>,
) -> Result<(), ConsoleError> {
    let cannot = |path: &Path, error| ConsoleError::Unreadable { path: path.to_owned(), error };
    for entry in directory.read_dir().map_err(|error| cannot(directory, error))? {
        let path = entry.map_err(|error| cannot(directory, error))?.path();
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        let name = format!("{name}{file}");
        if path.is_dir() {
            collect(&path, &format!("{name}/"), into)?;
        } else {
            let bytes = std::fs::read(&path).map_err(|error| cannot(&path, error))?;
            into.push((name, bytes.into()));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn build(files: &[(&str, &str)]) -> Result<Files, ConsoleError> {
        let own = |(path, text): &(&str, &str)| {
            ((*path).to_owned(), Bytes::copy_from_slice(text.as_bytes()))
        };
        Files::of(files.iter().map(own))
    }

    #[test]
    fn a_build_is_a_first_page_with_a_nonce_and_files_with_their_compressed_forms() {
        let page = format!("<meta nonce=\"{NONCE}\"><style nonce=\"{NONCE}\">");
        let files = build(&[
            ("assets/a.js.br", "br"),
            ("assets/a.js", "plain"),
            ("assets/a.js.gz", "gz"),
            ("index.html", &page),
        ])
        .unwrap();
        assert_eq!(files.index("n1"), "<meta nonce=\"n1\"><style nonce=\"n1\">");
        let file = files.get("assets/a.js").unwrap();
        assert_eq!((&*file.plain, file.brotli.as_deref()), (&b"plain"[..], Some(&b"br"[..])));
        assert_eq!(file.gzip.as_deref(), Some(&b"gz"[..]));
        for none in ["index.html", "assets/a.js.br", "assets/../assets/a.js", "assets", ""] {
            assert!(files.get(none).is_none(), "{none}");
        }
    }

    #[test]
    fn what_is_no_build_is_refused() {
        assert!(matches!(build(&[("assets/a.js", "x")]), Err(ConsoleError::NoIndex)));
        assert!(matches!(build(&[("index.html", "<p>")]), Err(ConsoleError::NoNonce)));
        let missing = Files::read(Path::new("/nowhere/at/all"));
        assert!(matches!(missing, Err(ConsoleError::Unreadable { .. })));
    }

    #[test]
    fn a_directory_is_read_with_those_below_it() {
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir(home.path().join("assets")).unwrap();
        std::fs::write(home.path().join("index.html"), NONCE).unwrap();
        std::fs::write(home.path().join("assets/a.css"), "a").unwrap();
        let files = Files::read(home.path()).unwrap();
        assert_eq!(&*files.get("assets/a.css").unwrap().plain, b"a");
    }
}
