//! The target of log lines: standard error, where several lines can share one write.

use std::cell::RefCell;
use std::io::{self, IsTerminal as _, Write};

thread_local! {
    /// The lines of this thread that wait for [`together`] to end.
    static WAITING: RefCell<Option<Vec<u8>>> = const { RefCell::new(None) };
}

/// Standard error. It writes each line at once, except within [`together`].
pub(super) struct StandardError;

impl Write for StandardError {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let waits = WAITING.try_with(|waiting| {
            let mut waiting = waiting.try_borrow_mut().ok()?;
            waiting.as_mut().map(|lines| lines.extend_from_slice(line))
        });
        match waits {
            Ok(Some(())) => Ok(line.len()),
            Ok(None) | Err(_) => io::stderr().write_all(line).map(|()| line.len()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        // Nothing is buffered outside of `together`, which ends by itself.
        Ok(())
    }
}

/// Runs `work`, and then writes the log lines of this thread since its start with one write.
pub(crate) fn together(work: impl FnOnce()) {
    WAITING.set(Some(Vec::new()));
    let _written = Rest;
    work();
}

/// Writes what waits when it is dropped, also after a panic.
struct Rest;

impl Drop for Rest {
    fn drop(&mut self) {
        if let Some(lines) = WAITING.take() {
            // As everywhere in the log: there is nobody to tell.
            io::stderr().write_all(&lines).ok();
        }
    }
}

/// Whether lines have colours: standard error is a terminal that has them, and nobody objects
/// (<https://no-color.org/>).
pub(super) fn has_colours() -> bool {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let is_dumb = std::env::var_os("TERM").is_none_or(|terminal| terminal == "dumb");
    io::stderr().is_terminal() && !is_dumb && !is_set("NO_COLOR")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_wait_for_each_other_only_within() {
        together(|| {
            for line in ["one\n", "two\n"] {
                assert_eq!(StandardError.write(line.as_bytes()).unwrap(), line.len());
            }
            let waiting = WAITING.with_borrow(Clone::clone);
            assert_eq!(waiting.as_deref(), Some(b"one\ntwo\n".as_slice()));
        });
        assert_eq!(WAITING.with_borrow(Clone::clone), None);
    }
}
