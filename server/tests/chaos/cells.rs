//! The known state of a user's grant, and the answers it permits.

use std::sync::Mutex;
use std::time::Duration;

/// A user with a grant on one bucket. One writer creates and deletes the grant, and all clients ask
/// about it.
pub(crate) struct Cell {
    pub(crate) user: String,
    pub(crate) token: String,
    state: Mutex<CellState>,
}

/// The state of the grant. Times are those of [`crate::boot::now`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CellState {
    right: Right,
    /// The number of changes begun.
    changes: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Right {
    /// A change is under way, or its outcome is unknown.
    Unsure,
    /// The time at which the grant's creation was acknowledged.
    Given(Duration),
    /// The time at which the grant's deletion was acknowledged.
    Taken(Duration),
}

/// A question about the grant: the known state and the time when it was asked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PendingCheck {
    before: CellState,
    begun: Duration,
}

/// The verdict of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Yes,
    No,
}

impl Cell {
    pub(crate) fn new(user: String, token: String) -> Self {
        let state = CellState { right: Right::Unsure, changes: 0 };
        Self { user, token, state: Mutex::new(state) }
    }

    /// Records that a change begins.
    pub(crate) fn begin(&self) {
        let mut state = self.state.lock().unwrap();
        *state = CellState { right: Right::Unsure, changes: state.changes + 1 };
    }

    /// Records that the grant's creation is acknowledged.
    pub(crate) fn given(&self, at: Duration) {
        self.state.lock().unwrap().right = Right::Given(at);
    }

    /// Records that the grant's deletion is acknowledged.
    pub(crate) fn taken(&self, at: Duration) {
        self.state.lock().unwrap().right = Right::Taken(at);
    }

    /// The known state when a question begins.
    pub(crate) fn ask(&self, now: Duration) -> PendingCheck {
        PendingCheck { before: *self.state.lock().unwrap(), begun: now }
    }

    /// What is wrong with an answer that may use data of the age `staleness` when it is asked for.
    pub(crate) fn flaw(
        &self,
        asked: PendingCheck,
        said: Verdict,
        staleness: Duration,
    ) -> Option<String> {
        flaw(asked, *self.state.lock().unwrap(), said, staleness)
    }
}

/// What is wrong with an answer. None if a change was begun before it came.
fn flaw(
    asked: PendingCheck,
    after: CellState,
    said: Verdict,
    staleness: Duration,
) -> Option<String> {
    if asked.before.changes != after.changes {
        return None;
    }
    let late = |since: Duration| asked.begun.checked_sub(since + staleness);
    match (asked.before.right, said) {
        (Right::Taken(at), Verdict::Yes) => {
            late(at).map(|late| format!("said yes to who asked {late:?} after the right was gone"))
        }
        (Right::Given(at), Verdict::No) => {
            late(at).map(|late| format!("said no to who asked {late:?} after the right was there"))
        }
        _ => None,
    }
}

#[test]
fn an_answer_is_wrong_once_what_was_acknowledged_is_old_enough() {
    let second = Duration::from_secs(1);
    let state = |right, changes| CellState { right, changes };
    let asked = |right, begun| PendingCheck { before: state(right, 4), begun };
    let (given, taken) = (Right::Given(10 * second), Right::Taken(10 * second));
    for (right, begun, changes, said, is_wrong) in [
        (taken, 11, 4, Verdict::Yes, true),
        (taken, 11, 4, Verdict::No, false),
        (taken, 10, 4, Verdict::Yes, false),
        (taken, 11, 5, Verdict::Yes, false),
        (given, 11, 4, Verdict::No, true),
        (given, 11, 4, Verdict::Yes, false),
        (given, 10, 4, Verdict::No, false),
        (Right::Unsure, 60, 4, Verdict::Yes, false),
        (Right::Unsure, 60, 4, Verdict::No, false),
    ] {
        let wrong = flaw(asked(right, begun * second), state(right, changes), said, second);
        assert_eq!(wrong.is_some(), is_wrong, "{right:?} {begun} {changes} {said:?}");
    }
}
