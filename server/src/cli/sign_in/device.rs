//! The waiting of the device authorization grant (RFC 8628, section 3.5): when to ask again, and when to stop.
//! Pure: the answers and the time are arguments.

use std::time::Duration;

/// How much longer to wait after `slow_down` (section 3.5).
const SLOWER: Duration = Duration::from_secs(5);
/// The longest pause after answers that did not come.
const LONGEST: Duration = Duration::from_mins(1);
/// The shortest pause, whatever the auth service allows.
const SHORTEST: Duration = Duration::from_millis(100);

/// The state of the waiting.
#[derive(Debug)]
pub(super) struct DevicePolling {
    interval: Duration,
    /// When the code ends, counted from the beginning.
    end: Duration,
}

/// The auth service's answer to one request for the tokens.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum PollAnswer<T> {
    /// The user has agreed.
    Tokens(T),
    /// `authorization_pending`: the user has not decided yet.
    Pending,
    /// `slow_down`: the same, and requests come too fast.
    SlowDown,
    /// No answer, or one that says that the service is in trouble.
    Silence,
    /// An error that no waiting changes.
    Over(DeviceEnd),
}

/// What to do next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step<T> {
    /// Ask again after this time.
    Wait(Duration),
    Done(T),
    Over(DeviceEnd),
}

/// Why there are no tokens.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(in crate::cli) enum DeviceEnd {
    /// `access_denied`
    #[error("the sign-in was refused at the auth service")]
    Denied,
    /// `expired_token`
    #[error("the code has ended before it was used: run `sail-cargo login` again")]
    Expired,
    /// Any other error.
    #[error("the auth service refuses the sign-in: {0}")]
    Refused(String),
}

impl DevicePolling {
    /// Begins to wait. The auth service wants `interval` between two requests, and ends the code after
    /// `expires_in`.
    pub(super) fn new(interval: Duration, expires_in: Duration) -> Self {
        Self { interval: interval.max(SHORTEST), end: expires_in }
    }

    /// The time before the first request.
    pub(super) const fn first(&self) -> Duration {
        self.interval
    }

    /// What to do after an answer that came `elapsed` after the beginning.
    pub(super) fn after<T>(&mut self, answer: PollAnswer<T>, elapsed: Duration) -> Step<T> {
        match answer {
            PollAnswer::Tokens(tokens) => return Step::Done(tokens),
            PollAnswer::Over(end) => return Step::Over(end),
            PollAnswer::Pending => {}
            PollAnswer::SlowDown => self.interval = self.interval.saturating_add(SLOWER),
            // Section 3.5: after a timeout, exponential backoff.
            PollAnswer::Silence => {
                self.interval = self.interval.saturating_mul(2).min(LONGEST.max(self.interval));
            }
        }
        if elapsed.saturating_add(self.interval) >= self.end {
            return Step::Over(DeviceEnd::Expired);
        }
        Step::Wait(self.interval)
    }
}

impl<T> PollAnswer<T> {
    /// The answer with an `error` of RFC 6749, section 5.2, or RFC 8628, section 3.5.
    pub(super) fn of_error(error: &str, description: Option<&str>) -> Self {
        match error {
            "authorization_pending" => Self::Pending,
            "slow_down" => Self::SlowDown,
            "access_denied" => Self::Over(DeviceEnd::Denied),
            "expired_token" => Self::Over(DeviceEnd::Expired),
            _ => Self::Over(DeviceEnd::Refused(description.map_or_else(
                || error.to_owned(),
                |description| format!("{error}: {description}"),
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn told(error: &str) -> PollAnswer<&'static str> {
        PollAnswer::of_error(error, None)
    }

    #[test]
    fn it_asks_as_often_as_it_may_and_stops_when_there_is_nothing_to_wait_for() {
        let refused = || DeviceEnd::Refused("invalid_grant".to_owned());
        for (answer, elapsed, expected) in [
            (told("authorization_pending"), 0, Step::Wait(seconds(5))),
            (told("slow_down"), 0, Step::Wait(seconds(10))),
            (PollAnswer::Silence, 0, Step::Wait(seconds(10))),
            (PollAnswer::Tokens("t"), 0, Step::Done("t")),
            // Tokens that come late are tokens.
            (PollAnswer::Tokens("t"), 700, Step::Done("t")),
            (told("access_denied"), 0, Step::Over(DeviceEnd::Denied)),
            (told("expired_token"), 0, Step::Over(DeviceEnd::Expired)),
            (told("invalid_grant"), 0, Step::Over(refused())),
            (told("authorization_pending"), 594, Step::Wait(seconds(5))),
            (told("authorization_pending"), 595, Step::Over(DeviceEnd::Expired)),
            (told("slow_down"), 590, Step::Over(DeviceEnd::Expired)),
        ] {
            let mut polling = DevicePolling::new(seconds(5), seconds(600));
            let words = format!("{answer:?} after {elapsed}");
            assert_eq!(polling.after(answer, seconds(elapsed)), expected, "{words}");
        }
    }

    #[test]
    fn slowing_down_adds_up_and_silence_doubles_to_a_minute() {
        let waits = |answers: &[&str], interval: Duration| {
            let mut polling = DevicePolling::new(interval, seconds(100_000));
            let mut waits = vec![polling.first()];
            for answer in answers {
                let answer = if answer.is_empty() { PollAnswer::Silence } else { told(answer) };
                let Step::Wait(wait) = polling.after(answer, seconds(1)) else { panic!("over") };
                waits.push(wait);
            }
            waits
        };
        let (pending, slow) = ("authorization_pending", "slow_down");
        let expected = [5, 10, 10, 15].map(seconds);
        assert_eq!(waits(&[slow, pending, slow], seconds(5)), expected);
        let expected = [7, 14, 28, 56, 60, 60].map(seconds);
        assert_eq!(waits(&["", "", "", "", ""], seconds(7)), expected);
        // Nobody is asked more often than ten times a second, nor less often than the service said.
        assert_eq!(waits(&[pending], Duration::ZERO), [SHORTEST, SHORTEST]);
        assert_eq!(waits(&[""], seconds(90)), [seconds(90), seconds(90)]);
        let mut never = DevicePolling::new(Duration::MAX, seconds(600));
        assert_eq!(never.after(told(slow), seconds(1)), Step::Over(DeviceEnd::Expired));
    }

    #[test]
    fn the_service_says_why() {
        let answer = PollAnswer::<()>::of_error("invalid_client", Some("no such client"));
        let PollAnswer::Over(end) = answer else { panic!("{answer:?}") };
        assert!(end.to_string().ends_with("invalid_client: no such client"), "{end}");
    }
}
