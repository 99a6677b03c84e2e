//! What a probe found, in words.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use sail_cargo_protocol::ProbeSeverity::{ByDesign, Fatal, Serious};
use sail_cargo_protocol::{ProbeCase, ProbeOutcome, ProbeReport};

use super::case::{CASES, Case};

/// What came of one trick. The greater, the worse.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Outcome {
    /// It could not be tried, and why.
    Untestable(String),
    /// It was refused.
    Refused,
    /// It was answered with success, and had no effect.
    Accepted,
    /// It had an effect.
    Acted,
}

impl Outcome {
    /// Of a trick that was played: the effect counts, whatever the answer was.
    pub(super) const fn of(acted: bool, answered_with_success: bool) -> Self {
        match (acted, answered_with_success) {
            (true, _) => Self::Acted,
            (false, true) => Self::Accepted,
            (false, false) => Self::Refused,
        }
    }
}

/// The report of all cases, in their order.
pub(super) fn write(outcomes: &[Outcome], now: DateTime<Utc>) -> ProbeReport {
    let cases: Vec<_> =
        CASES.iter().zip(outcomes).map(|(case, outcome)| line(case, outcome)).collect();
    ProbeReport { probed_at: now, safe: !cases.iter().any(is_fatal), cases }
}

fn line(case: &Case, outcome: &Outcome) -> ProbeCase {
    let (outcome, meaning) = match outcome {
        Outcome::Untestable(why) => (ProbeOutcome::Untestable, why.as_str()),
        Outcome::Refused => (ProbeOutcome::Refused, "refused"),
        Outcome::Accepted => (ProbeOutcome::Accepted, "taken, and without effect"),
        Outcome::Acted => (ProbeOutcome::Acted, case.meaning),
    };
    ProbeCase {
        id: case.id.to_owned(),
        title: case.title.to_owned(),
        severity: case.severity,
        outcome,
        meaning: meaning.to_owned(),
        advice: (outcome == ProbeOutcome::Acted).then(|| case.advice.to_owned()),
    }
}

fn is_fatal(case: &ProbeCase) -> bool {
    case.severity == Fatal && case.outcome == ProbeOutcome::Acted
}

/// The report for a person: a line a case, and below what acts what it means and what to do.
pub fn text(report: &ProbeReport) -> String {
    let mut text = String::new();
    for case in &report.cases {
        let word = match (case.outcome, case.severity) {
            (ProbeOutcome::Refused, _) => "refused",
            (ProbeOutcome::Accepted, _) => "no effect",
            (ProbeOutcome::Acted, ByDesign) => "by design",
            (ProbeOutcome::Acted, _) => "ACTS",
            (ProbeOutcome::Untestable, _) => "untestable",
        };
        let _ = write!(text, "{}  {word:10}  {}", case.id, case.title);
        if case.outcome == ProbeOutcome::Untestable {
            let _ = write!(text, ": {}", case.meaning);
        }
        text.push('\n');
        if let Some(advice) = &case.advice {
            let _ = writeln!(text, "{:18}{}", "", case.meaning);
            let _ = writeln!(text, "{:18}→ {advice}", "");
        }
    }
    text
}

/// The sum of it in a sentence. `accepted`: the operator takes an unsafe storage.
pub fn verdict(report: &ProbeReport, accepted: bool) -> String {
    let fatal = ids(report, is_fatal);
    let sentence = match (report.safe, accepted) {
        (true, _) => "safe: no x-amz-* header acts that was not signed".to_owned(),
        (false, true) => {
            format!("UNSAFE, and accepted: writes are signed although headers act ({fatal})")
        }
        (false, false) => format!(
            "UNSAFE: headers act that were not signed ({fatal}), so no writes are signed for this \
             store until it is probed safe or put with --accept-unsafe-storage"
        ),
    };
    match ids(report, is_serious) {
        none if none.is_empty() => sentence,
        serious => format!("{sentence}; look at {serious}"),
    }
}

/// What is known of a store's storage, in a few words.
pub fn standing(probe: Option<&ProbeReport>, accepted: bool) -> String {
    let Some(report) = probe else { return "never probed".to_owned() };
    match (report.safe, accepted, ids(report, is_serious)) {
        (true, _, none) if none.is_empty() => "safe".to_owned(),
        (true, _, serious) => format!("safe; look at {serious}"),
        (false, false, _) => "UNSAFE: no writes are signed".to_owned(),
        (false, true, _) => "UNSAFE, accepted".to_owned(),
    }
}

fn is_serious(case: &ProbeCase) -> bool {
    case.outcome == ProbeOutcome::Acted && case.severity == Serious
}

fn ids(report: &ProbeReport, wanted: fn(&ProbeCase) -> bool) -> String {
    let wanted = report.cases.iter().filter(|case| wanted(case)).map(|case| case.id.as_str());
    wanted.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Everything refused but the cases named, which act.
    fn report(acting: &[&str]) -> ProbeReport {
        let outcomes = CASES.each_ref().map(|case| match case.id {
            id if acting.contains(&id) => Outcome::Acted,
            "R008" => Outcome::Untestable("the endpoint is path style".to_owned()),
            "R013" => Outcome::Accepted,
            _ => Outcome::Refused,
        });
        write(&outcomes, DateTime::from_timestamp(1_800_000_000, 0).unwrap())
    }

    #[test]
    fn only_unsigned_amz_headers_that_act_make_a_storage_unsafe() {
        assert!(report(&[]).safe);
        assert!(report(&["R011", "R015", "R012"]).safe);
        for case in &CASES {
            assert_eq!(report(&[case.id]).safe, case.severity != Fatal, "{}", case.id);
        }
    }

    #[test]
    fn the_report_says_what_it_means_and_what_to_do() {
        let text = text(&report(&["R001", "R011"]));
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[0], "R001  ACTS        unsigned x-amz-copy-source added to a signed PUT");
        assert_eq!(lines[1].trim(), CASES[0].meaning);
        assert_eq!(lines[2].trim(), format!("→ {}", CASES[0].advice));
        assert!(lines[3].starts_with("R002  refused     unsigned"), "{text}");
        assert!(
            text.contains("the signed one kept in X-Forwarded-Host: the endpoint is path style")
        );
        assert!(text.contains("R011  by design   "));
        assert!(text.contains("R013  no effect   "));
        assert_eq!(lines.len(), CASES.len() + 4);
    }

    #[test]
    fn the_verdict_names_what_acts_and_the_way_out() {
        let sentence = verdict(&report(&["R001", "R014", "R012"]), false);
        assert!(sentence.starts_with("UNSAFE: headers act that were not signed (R001, R014)"));
        assert!(sentence.ends_with("--accept-unsafe-storage; look at R012"), "{sentence}");
        let sentence = verdict(&report(&["R001"]), true);
        assert_eq!(sentence, "UNSAFE, and accepted: writes are signed although headers act (R001)");
        assert!(verdict(&report(&["R011"]), false).starts_with("safe: "));
        assert_eq!(standing(None, true), "never probed");
        assert_eq!(standing(Some(&report(&["R007", "R011"])), false), "safe; look at R007");
        assert_eq!(standing(Some(&report(&["R001"])), false), "UNSAFE: no writes are signed");
    }

    #[test]
    fn of_two_endpoints_the_worse_counts() {
        let why = Outcome::Untestable(String::new());
        assert!(why < Outcome::Refused && Outcome::Refused < Outcome::Accepted);
        assert!(Outcome::Accepted < Outcome::Acted);
        assert_eq!(Outcome::of(true, false), Outcome::Acted);
    }
}
