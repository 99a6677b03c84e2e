//! The faults of a run and their times, derived from a seed: the same seed gives the same plan.

use std::fmt;
use std::time::Duration;

use crate::dice::Dice;
use crate::faults::Fault;

/// A fault of a replica.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// A fault of its link to the database.
    Link(Fault),
    /// All its connections to the database go silent forever; new ones work.
    HalfOpen,
    /// All its connections to the database are reset; new ones work.
    Reset,
    /// The database is unreachable: connections are reset, and new ones refused.
    Gone,
    /// The replica is killed (SIGKILL) and started again.
    Kill,
    /// The replica is stopped (SIGSTOP) and continued.
    Freeze,
    /// As [`Trouble::Freeze`], after a time with late answers of the database, so that the replica
    /// is likely to hold the locks of a change.
    FreezeInside,
}

/// A fault, the calm time before it, and its duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) calm: Duration,
    pub(crate) trouble: Trouble,
    pub(crate) lasts: Duration,
}

/// The endless sequence of faults of one replica.
#[derive(Debug)]
pub(crate) struct Plan {
    dice: Dice,
    /// The longest duration of a fault.
    longest: Duration,
}

impl Plan {
    /// The plan of replica `number` in a run of length `run`.
    pub(crate) fn new(seed: u64, number: usize, run: Duration) -> Self {
        let mut dice = Dice::seeded(seed);
        let own = (0..=number).map(|_| dice.roll(usize::MAX)).last().unwrap_or_default();
        Self { dice: Dice::seeded(own as u64), longest: run / 5 }
    }

    fn millis(&mut self, from: u64, to: u64) -> Duration {
        let more = self.dice.roll(usize::try_from(to - from).unwrap());
        Duration::from_millis(from + more as u64)
    }

    /// A calm time, long enough to recover in half of the cases.
    fn calm(&mut self) -> Duration {
        if self.dice.chance(2) { self.millis(5_000, 8_000) } else { self.millis(200, 3_000) }
    }

    fn trouble(&mut self) -> Trouble {
        match self.dice.roll(20) {
            0..3 => Trouble::Link(Fault::Delay(self.millis(5, 400))),
            3..5 => Trouble::Link(Fault::Hold),
            5..8 => Trouble::Link(Fault::Swallow),
            8..11 => Trouble::Link(Fault::SwallowAnswers),
            11..13 => Trouble::HalfOpen,
            13..14 => Trouble::Reset,
            14..16 => Trouble::Gone,
            16..18 => Trouble::Kill,
            18..19 => Trouble::Freeze,
            _ => Trouble::FreezeInside,
        }
    }

    fn lasts(&mut self) -> Duration {
        let lasts = match self.dice.roll(16) {
            0..4 => self.millis(10, 100),
            4..13 => self.millis(200, 3_000),
            13..15 => self.millis(5_000, 12_000),
            _ => self.millis(30_000, 40_000),
        };
        lasts.min(self.longest)
    }
}

impl Iterator for Plan {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        let (calm, trouble) = (self.calm(), self.trouble());
        let lasts = match trouble {
            Trouble::HalfOpen | Trouble::Reset => Duration::ZERO,
            _ => self.lasts(),
        };
        Some(Step { calm, trouble, lasts })
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.trouble.name())?;
        if let Trouble::Link(Fault::Delay(time)) = self.trouble {
            write!(f, " of {time:?}")?;
        }
        if self.lasts.is_zero() { Ok(()) } else { write!(f, " for {:?}", self.lasts) }
    }
}

impl Trouble {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Link(Fault::Pass) => "nothing",
            Self::Link(Fault::Delay(_)) => "delay",
            Self::Link(Fault::Hold) => "hold",
            Self::Link(Fault::Swallow) => "swallow",
            Self::Link(Fault::SwallowAnswers) => "swallow answers",
            Self::Link(Fault::Refuse) => "refuse",
            Self::HalfOpen => "half-open",
            Self::Reset => "reset",
            Self::Gone => "gone",
            Self::Kill => "kill",
            Self::Freeze => "freeze",
            Self::FreezeInside => "freeze inside",
        }
    }
}

#[test]
fn a_seed_is_a_plan_and_each_replica_has_its_own() {
    let plan = |seed, replica| -> Vec<Step> {
        Plan::new(seed, replica, Duration::from_mins(1)).take(200).collect()
    };
    assert_eq!(plan(1, 0), plan(1, 0));
    assert_ne!(plan(1, 0), plan(1, 1));
    assert_ne!(plan(1, 0), plan(2, 0));
    let names = |steps: &[Step]| -> std::collections::BTreeSet<_> {
        steps.iter().map(|step| step.trouble.name()).collect()
    };
    assert_eq!(names(&plan(1, 0)).len(), 10, "each kind comes up");
    assert!(plan(1, 0).iter().all(|step| step.lasts <= Duration::from_secs(12)));
}
