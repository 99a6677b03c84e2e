//! Runs many copies, a few at a time.

use std::process::ExitCode;

use futures_util::{StreamExt as _, stream};
use sail_cargo_transfer::CancellationToken;

use super::interrupt;
use super::progress::Bars;
use super::refusal::{is_of_all, is_refusal};
use crate::cli::command_target::CommandTarget;
use crate::cli::failure::{DENIED, Failure};
use crate::cli::output;

/// The number of concurrent copies.
const PARALLEL: usize = 4;

/// Files or objects that are not copied because they have no counterpart on the other side.
#[derive(Debug, Clone, Copy)]
pub(super) struct LeftOut {
    pub(super) count: usize,
    /// Whether the user asked to leave them out (--skip-special).
    pub(super) is_fine: bool,
}

/// Runs all jobs, and prints the result of each. The first error also names the command's target. A
/// failed job does not stop the others, unless its error would end them too or `stop` is cancelled.
/// Exit code 0 if all are done, 3 if the only failures were denials, 130 if interrupted, 1
/// otherwise.
pub(super) async fn run<F>(
    bars: &Bars,
    quiet: bool,
    stop: &CancellationToken,
    jobs: impl ExactSizeIterator<Item = F>,
    left_out: LeftOut,
    command_target: &CommandTarget,
) -> ExitCode
where
    F: Future<Output = Result<String, Failure>>,
{
    let mut tally = Tally::of(jobs.len(), left_out);
    let begun = stream::iter(jobs).take_until(stop.cancelled());
    let mut ended = std::pin::pin!(begun.buffer_unordered(PARALLEL));
    while let Some(ended) = ended.next().await {
        match ended {
            Ok(clients) => {
                tally.done += 1;
                if !quiet {
                    bars.say(&clients);
                }
            }
            // A job that the interrupt ended did not fail.
            Err(_) if stop.is_cancelled() => {}
            Err(error) => {
                let words = output::chain(&*error);
                let is_first = tally.denied + tally.failed == 0;
                let words = if is_first { command_target.remark(&words, |_| None) } else { words };
                tally.count(&error);
                bars.say(&format!("sail-cargo: {words}"));
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
    if let Some(sum) = tally.sum(quiet) {
        bars.say(&sum);
    }
    tally.code()
}

/// The number of jobs by result.
#[derive(Debug)]
struct Tally {
    total: usize,
    done: usize,
    denied: usize,
    failed: usize,
    left_out: LeftOut,
}

impl Tally {
    fn of(total: usize, left_out: LeftOut) -> Self {
        Self { total, done: 0, denied: 0, failed: 0, left_out }
    }

    fn count(&mut self, error: &Failure) {
        *(if is_refusal(&**error) { &mut self.denied } else { &mut self.failed }) += 1;
    }

    /// The totals in one line. None if they add nothing to the lines printed before.
    fn sum(&self, quiet: bool) -> Option<String> {
        let Self { total, done, denied, failed, left_out } = self;
        let all = total + left_out.count;
        if all == 0 {
            return Some("there is nothing to do".to_owned());
        }
        let is_fine = left_out.is_fine && denied + failed == 0;
        if all == 1 || *done == all || (quiet && is_fine) {
            return None;
        }
        let counted = |count: usize, what: &str| match count {
            0 => String::new(),
            count => format!(", {count} {what}"),
        };
        let left_out = counted(left_out.count, "left out");
        let left = counted(total - done - denied - failed, "not tried");
        Some(format!("{done} done, {denied} denied, {failed} failed{left_out}{left}"))
    }

    fn code(&self) -> ExitCode {
        let is_fine = self.left_out.count == 0 || self.left_out.is_fine;
        match (self.denied, self.failed) {
            (0, 0) if is_fine => ExitCode::SUCCESS,
            (1.., 0) if is_fine => ExitCode::from(DENIED),
            _ => ExitCode::FAILURE,
        }
    }
}
