//! Progress bars on standard error, if it is a terminal.

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use sail_cargo_transfer::Progress;

use crate::cli::visible::visible;

/// The progress bars of a command. Hidden with `--quiet`, and if standard error is no terminal.
#[derive(Debug, Clone)]
pub(super) struct Bars(MultiProgress);

impl Bars {
    pub(super) fn new(quiet: bool) -> Self {
        let target =
            if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        Self(MultiProgress::with_draw_target(target))
    }

    /// A bar for one transfer, and its callback. Dropping the bar removes it.
    pub(super) fn bar(&self, name: &str) -> (Bar, impl Fn(Progress) + Send + Sync + use<>) {
        let style = "{bytes:>10} {bytes_per_sec:>12} {bar:24} {percent:>3}% {msg}";
        let style =
            ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = self.0.add(ProgressBar::no_length().with_style(style));
        bar.set_message(name.to_owned());
        let told = bar.clone();
        let tell = move |progress: Progress| {
            if let Some(total) = progress.total {
                told.set_length(total);
            }
            told.set_position(progress.bytes);
        };
        (Bar(bar, self.0.clone()), tell)
    }

    /// Prints a line above the bars.
    pub(super) fn say(&self, clients: &str) {
        self.0.suspend(|| crate::cli::output::say(&visible(clients)));
    }
}

/// A progress bar that is removed when dropped.
pub(super) struct Bar(ProgressBar, MultiProgress);

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
        self.1.remove(&self.0);
    }
}
