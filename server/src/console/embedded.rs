//! The build of the console that is in the program: `console/dist` when it was compiled. A program of a debug build
//! reads that directory when it starts instead.

use bytes::Bytes;

use super::error::ConsoleError;
use super::files::Files;

#[derive(rust_embed::RustEmbed)]
#[folder = "../console/dist"]
#[allow_missing = true]
struct Dist;

/// The files; `None` if the console was not built.
///
/// # Errors
/// [`ConsoleError`] if what was built is no console.
pub(super) fn files() -> Result<Option<Files>, ConsoleError> {
    let mut all = Vec::new();
    for path in Dist::iter() {
        let Some(file) = Dist::get(&path) else { continue };
        let bytes = match file.data {
            std::borrow::Cow::Borrowed(bytes) => Bytes::from_static(bytes),
            std::borrow::Cow::Owned(bytes) => Bytes::from(bytes),
        };
        all.push((path.into_owned(), bytes));
    }
    if all.is_empty() { Ok(None) } else { Files::of(all).map(Some) }
}
