//! Many copies, a few at a time.

use std::process::ExitCode;

use futures_util::{Stream, StreamExt as _};

use super::progress::Bars;
use super::refusal::is_refusal;
use crate::cli::place::Place;
use crate::cli::{DENIED, Failure, output};

/// How many objects are copied at once.
const PARALLEL: usize = 4;

/// What was not even begun.
#[derive(Debug, Clone, Copy)]
pub(super) struct LeftOut {
    pub(super) count: u64,
    /// Whether whoever asked is content with that.
    pub(super) is_fine: bool,
}

/// Runs all of them, whatever becomes of the others, and says how each ended; of the first that
/// fails also where it was asked for. Exit code 0 when
/// all are done, 3 when all that failed were denied, 1 otherwise.
pub(super) async fn run<F>(
    bars: &Bars,
    quiet: bool,
    jobs: impl Stream<Item = F>,
    left_out: LeftOut,
    place: &Place,
) -> ExitCode
where
    F: Future<Output = Result<String, Failure>>,
{
    let (mut done, mut denied, mut failed) = (0_u64, 0_u64, 0_u64);
    let mut ended = std::pin::pin!(jobs.buffer_unordered(PARALLEL));
    while let Some(ended) = ended.next().await {
        match ended {
            Ok(line) => {
                done += 1;
                if !quiet {
                    bars.say(&line);
                }
            }
            Err(error) => {
                let words = output::chain(&*error);
                let is_first = denied + failed == 0;
                let words = if is_first { place.remark(&words, |_| None) } else { words };
                *(if is_refusal(&*error) { &mut denied } else { &mut failed }) += 1;
                bars.say(&format!("sail-cargo: {words}"));
            }
        }
    }
    let all = done + denied + failed + left_out.count;
    if all == 0 {
        bars.say("there is nothing to do");
    } else if all > 1 && done < all && !(quiet && left_out.is_fine && denied + failed == 0) {
        let others = match left_out.count {
            0 => String::new(),
            count => format!(", {count} left out"),
        };
        bars.say(&format!("{done} done, {denied} denied, {failed} failed{others}"));
    }
    match (denied, failed, left_out.count) {
        (0, 0, 0) => ExitCode::SUCCESS,
        (0, 0, _) if left_out.is_fine => ExitCode::SUCCESS,
        (1.., 0, count) if count == 0 || left_out.is_fine => ExitCode::from(DENIED),
        _ => ExitCode::FAILURE,
    }
}
