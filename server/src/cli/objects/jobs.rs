//! Many copies, a few at a time.

use std::process::ExitCode;

use futures_util::{StreamExt as _, stream};
use sail_cargo_middleware::transfer::CancellationToken;

use super::interrupt;
use super::progress::Bars;
use super::refusal::{is_of_all, is_refusal};
use crate::cli::{DENIED, Failure, output};

/// How many objects are copied at once.
const PARALLEL: usize = 4;

/// Runs all of them, whatever becomes of the others, and says how each ended. What would end all
/// others the same way stops them, and so does `stop`. Exit code 0 when all are done, 3 when all
/// that failed were denied, 130 when they were interrupted, 1 otherwise.
pub(super) async fn run<F>(
    bars: &Bars,
    quiet: bool,
    stop: &CancellationToken,
    jobs: impl ExactSizeIterator<Item = F>,
) -> ExitCode
where
    F: Future<Output = Result<String, Failure>>,
{
    let mut tally = Tally { total: jobs.len(), ..Tally::default() };
    let begun = stream::iter(jobs).take_until(stop.cancelled());
    let mut ended = std::pin::pin!(begun.buffer_unordered(PARALLEL));
    while let Some(ended) = ended.next().await {
        match ended {
            Ok(line) => {
                tally.done += 1;
                if !quiet {
                    bars.say(&line);
                }
            }
            // What was called off did not go wrong.
            Err(_) if stop.is_cancelled() => {}
            Err(error) => {
                tally.count(&error);
                bars.say(&format!("sail-cargo: {}", output::chain(&*error)));
                if is_of_all(&*error) {
                    break;
                }
            }
        }
    }
    if stop.is_cancelled() {
        if !quiet {
            bars.say(&format!("interrupted: {} of {} done", tally.done, tally.total));
        }
        return interrupt::code();
    }
    if let Some(sum) = tally.sum() {
        bars.say(&sum);
    }
    tally.code()
}

/// How many of them ended how.
#[derive(Debug, Default)]
struct Tally {
    total: usize,
    done: usize,
    denied: usize,
    failed: usize,
}

impl Tally {
    fn count(&mut self, error: &Failure) {
        *(if is_refusal(&**error) { &mut self.denied } else { &mut self.failed }) += 1;
    }

    /// In one line, where it says more than the lines before.
    fn sum(&self) -> Option<String> {
        let Self { total, done, denied, failed } = self;
        let left = match total - done - denied - failed {
            0 => String::new(),
            left => format!(", {left} not tried"),
        };
        match total {
            0 => Some("there is nothing to do".to_owned()),
            2.. if done < total => {
                Some(format!("{done} done, {denied} denied, {failed} failed{left}"))
            }
            _ => None,
        }
    }

    fn code(&self) -> ExitCode {
        match (self.denied, self.failed) {
            (0, 0) => ExitCode::SUCCESS,
            (_, 0) => ExitCode::from(DENIED),
            _ => ExitCode::FAILURE,
        }
    }
}
