//! Turns the results of a probe into a report, sentences and warnings.

use std::fmt::Write as _;

use chrono::{DateTime, TimeDelta, Utc};
use sail_cargo_protocol::ProbeSeverity::{Bounded, ByDesign, Fatal};
use sail_cargo_protocol::{ProbeCase, ProbeOutcome, ProbeReport, Store, SubResource};

use super::case::{CASES, Case};
use super::findings::{Findings, Outcome};
use super::sub_resource::runs_as;
use crate::domain::gateway_contract::BROKEN_CASES;
use crate::domain::s3::Operation;
use crate::domain::{Permission, StorageAccount, StorageContract, StoreAccess};

/// What its operator decided about a store, whatever a probe finds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StoreUse {
    /// Requests are signed although the storage is unsafe.
    pub is_accepted: bool,
    /// How requests reach the storage.
    pub access: StoreAccess,
}

impl StoreUse {
    /// Whether an unsafe storage is dealt with: accepted as it is, or out of reach of whoever could
    /// change a signed request.
    pub fn is_decided(self) -> bool {
        self.is_accepted || self.access == StoreAccess::Gateway
    }
}

impl From<&StorageAccount> for StoreUse {
    fn from(account: &StorageAccount) -> Self {
        Self { is_accepted: account.accept_unsafe_storage, access: account.access }
    }
}

impl From<&Store> for StoreUse {
    fn from(store: &Store) -> Self {
        Self { is_accepted: store.accept_unsafe_storage, access: store.access }
    }
}

/// What a probe recommends for an unsafe storage.
const RECOMMENDED: &str = "recommended: have it reached through the gateway only (`sail-cargo stores \
    set STORE --access gateway`)";

/// Creates the report.
pub(super) fn write(findings: &Findings, now: DateTime<Utc>) -> ProbeReport {
    let cases: Vec<_> =
        CASES.iter().zip(&findings.cases).map(|(case, outcome)| line(case, outcome)).collect();
    let sub_resources = findings.sub_resources.iter();
    ProbeReport {
        probed_at: now,
        safe: !cases.iter().any(is_fatal),
        server: findings.server.clone(),
        cases,
        sub_resources: sub_resources.map(|(operation, outcome)| sub(*operation, outcome)).collect(),
    }
}

fn line(case: &Case, outcome: &Outcome) -> ProbeCase {
    let meaning = match outcome {
        Outcome::Untestable(why) | Outcome::Unclear { answer: why, .. } => why.as_str(),
        Outcome::Refused => "refused",
        Outcome::Accepted if case.is_wanted() => "accepted as it was sent",
        Outcome::Accepted => "accepted, without effect",
        Outcome::Acted => case.meaning,
    };
    ProbeCase {
        id: case.id.to_owned(),
        title: case.title.to_owned(),
        severity: case.severity,
        outcome: outcome.on_the_wire(),
        meaning: meaning.to_owned(),
        advice: (*outcome == Outcome::Acted).then(|| case.advice.to_owned()),
    }
}

fn sub(operation: Operation, outcome: &Outcome) -> SubResource {
    SubResource {
        operation: operation.name().to_owned(),
        runs_as: runs_as(operation).to_owned(),
        outcome: outcome.on_the_wire(),
    }
}

fn is_fatal(case: &ProbeCase) -> bool {
    case.severity == Fatal && case.outcome == ProbeOutcome::Acted
}

/// The report as text: the cases, then the sub-resources that the storage ignores or that were not
/// tested.
pub fn text(report: &ProbeReport) -> String {
    let mut text = cases(report);
    for (outcome, sentence) in [
        (ProbeOutcome::Acted, "not signed: the storage does not know them and runs another"),
        (ProbeOutcome::Untestable, "could not be tried"),
    ] {
        text.push_str(&sub_resources(report, outcome, sentence));
    }
    text
}

/// One line per case; for each case with an effect that there is advice about, its meaning and the
/// advice.
pub(super) fn cases(report: &ProbeReport) -> String {
    let mut text = String::new();
    if let Some(server) = &report.server {
        let _ = writeln!(text, "the storage calls itself {server}");
    }
    for case in &report.cases {
        let word = match (case.outcome, case.severity) {
            (ProbeOutcome::Refused, _) if is_broken_off(case) => "discarded",
            (ProbeOutcome::Acted, _) if is_broken_off(case) => "KEPT",
            (ProbeOutcome::Accepted, _) if is_wanted(case) => "accepted",
            (ProbeOutcome::Acted, _) if is_wanted(case) => "misread",
            (ProbeOutcome::Refused, _) => "refused",
            (ProbeOutcome::Accepted, _) => "no effect",
            (ProbeOutcome::Acted, ByDesign) => "by design",
            (ProbeOutcome::Acted, Bounded) => "bounded",
            (ProbeOutcome::Acted, Fatal) => "ACTS",
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

/// Whether it is an upload that breaks off.
fn is_broken_off(case: &ProbeCase) -> bool {
    BROKEN_CASES.contains(&case.id.as_str())
}

/// Whether the gateway sends it where it is accepted.
fn is_wanted(case: &ProbeCase) -> bool {
    CASES.iter().any(|known| known.id == case.id && known.is_wanted())
}

pub(super) fn sub_resources(report: &ProbeReport, wanted: ProbeOutcome, sentence: &str) -> String {
    let names: Vec<_> = report
        .sub_resources
        .iter()
        .filter(|tried| tried.outcome == wanted)
        .map(|tried| match wanted {
            ProbeOutcome::Acted => format!("{} (runs {})", tried.operation, tried.runs_as),
            _ => tried.operation.clone(),
        })
        .collect();
    if names.is_empty() {
        return String::new();
    }
    format!("sub-resources  {sentence}: {}\n", names.join(", "))
}

/// Summarizes a report in one sentence.
pub fn verdict(report: &ProbeReport, used: StoreUse) -> String {
    let contract = StorageContract::of(Some(report), false);
    let acting = acting(report);
    let safety = match (is_unsafe(&contract), used.access, used.is_accepted) {
        (false, _, _) => "safe: no change to a signed request turns it into another".to_owned(),
        (true, StoreAccess::Gateway, _) => format!(
            "UNSAFE, and reached through the gateway only: a signed request can be changed into \
             another ({acting}), and nothing is signed that leaves the server"
        ),
        (true, StoreAccess::Direct, true) => format!(
            "UNSAFE, and accepted: signed although a signed request can be changed into another \
             ({acting}); {RECOMMENDED}"
        ),
        (true, StoreAccess::Direct, false) => format!(
            "UNSAFE: a signed request can be changed into another ({acting}), so {} for this store \
             until it is probed safe or put with --accept-unsafe-storage; {RECOMMENDED}",
            refused(&contract)
        ),
    };
    let mut sentences = vec![safety];
    if !contract.binds_body {
        sentences.push(format!(
            "a body is not bound by its hash ({}): a list of keys is signed only for callers who \
             may delete in the whole bucket",
            loose(report)
        ));
    }
    sentences.extend(broken_uploads(report, used));
    let plain =
        report.sub_resources.iter().filter(|tried| tried.outcome == ProbeOutcome::Acted).count();
    if plain > 0 {
        sentences.push(format!("{plain} operations on sub-resources it does not know are refused"));
    }
    sentences.join("; ")
}

/// What is done about a storage that keeps uploads that break off.
fn broken_uploads(report: &ProbeReport, used: StoreUse) -> Option<String> {
    let kept = report.cases.iter().filter(|case| is_broken_off(case));
    let kept = ids(kept.filter(|case| case.outcome == ProbeOutcome::Acted));
    let consequence = match (kept.is_empty(), used.is_accepted) {
        (true, _) => return None,
        (false, true) => {
            "and that is accepted: an upload through the gateway that fails a check may stay"
        }
        (false, false) => {
            "so the gateway uploads nothing to it until it is probed again or put with \
             --accept-unsafe-storage"
        }
    };
    Some(format!(
        "UNSAFE for the gateway: it keeps an upload that breaks off ({kept}), {consequence}"
    ))
}

/// Summarizes the safety of a store in a few words.
pub fn safety_of(probe: Option<&ProbeReport>, used: StoreUse) -> String {
    let contract = StorageContract::of(probe, false);
    let safety = match (probe, is_unsafe(&contract), used.access, used.is_accepted) {
        (None, _, _, _) => return "unproved".to_owned(),
        (Some(_), false, _, _) => "safe".to_owned(),
        (Some(_), true, StoreAccess::Gateway, _) => "UNSAFE, gateway only".to_owned(),
        (Some(_), true, StoreAccess::Direct, true) => "UNSAFE, accepted".to_owned(),
        (Some(_), true, StoreAccess::Direct, false) => format!("UNSAFE: {}", refused(&contract)),
    };
    let mut words = vec![safety];
    if !contract.binds_body {
        words.push("bodies not bound".to_owned());
    }
    if contract.at_gateway.keeps_broken_uploads {
        words.push("keeps broken uploads".to_owned());
    }
    words.join(", ")
}

/// Warnings about a store for its operator. Empty if there is nothing to do.
pub fn warnings(
    name: &str,
    probe: Option<&ProbeReport>,
    used: StoreUse,
    now: DateTime<Utc>,
    max_age: TimeDelta,
) -> Vec<String> {
    let again = format!("`sail-cargo stores test {name}`");
    let Some(report) = probe else {
        return vec![format!(
            "its storage is unproved: {again} says whether it refuses what was not signed"
        )];
    };
    let mut warnings = Vec::new();
    let is_unsafe = is_unsafe(&StorageContract::of(probe, false));
    if is_unsafe && used.access == StoreAccess::Direct {
        warnings.push(verdict(report, used));
    } else if !used.is_accepted {
        warnings.extend(broken_uploads(report, used));
    }
    let is_tried = |case: &Case| report.cases.iter().any(|tried| tried.id == case.id);
    if report.sub_resources.is_empty() || !CASES.iter().all(is_tried) {
        warnings.push(format!("its storage was probed by an earlier release: {again} again"));
    }
    let age = now - report.probed_at;
    if age > max_age {
        warnings.push(format!("its storage was probed {} days ago: {again}", age.num_days()));
    }
    warnings
}

fn is_unsafe(contract: &StorageContract) -> bool {
    !contract.unsafe_for.is_empty()
}

fn refused(contract: &StorageContract) -> &'static str {
    use Permission::{Delete, Read, Write};
    let kinds = contract.unsafe_for;
    match (kinds.contains(Read), kinds.contains(Write), kinds.contains(Delete)) {
        (true, _, _) => "nothing is signed",
        (false, true, true) => "no writes and no deletes are signed",
        (false, true, false) => "no writes are signed",
        (false, false, _) => "no deletes are signed",
    }
}

/// The ids of the cases that make the storage unsafe.
fn acting(report: &ProbeReport) -> String {
    ids(report.cases.iter().filter(|case| is_fatal(case)))
}

/// The ids of the cases in which a body is not bound by its hash.
fn loose(report: &ProbeReport) -> String {
    let of_bodies =
        report.cases.iter().filter(|case| case.id == "R012" || case.id.starts_with('B'));
    let taken: Vec<_> = of_bodies
        .filter(|case| matches!(case.outcome, ProbeOutcome::Acted | ProbeOutcome::Accepted))
        .collect();
    if taken.is_empty() { "not proved".to_owned() } else { ids(taken.into_iter()) }
}

fn ids<'a>(cases: impl Iterator<Item = &'a ProbeCase>) -> String {
    cases.map(|case| case.id.as_str()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIRECT: StoreUse = StoreUse { is_accepted: false, access: StoreAccess::Direct };
    const ACCEPTED: StoreUse = StoreUse { is_accepted: true, ..DIRECT };
    const GATEWAY: StoreUse = StoreUse { access: StoreAccess::Gateway, ..DIRECT };

    fn day(day: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap() + TimeDelta::days(day)
    }

    /// A report in which the cases `acting` have an effect, and nearly all others are refused.
    fn report(acting: &[&str]) -> ProbeReport {
        let cases = CASES.each_ref().map(|case| match case.id {
            id if acting.contains(&id) => Outcome::Acted,
            "R008" => Outcome::Untestable("the endpoint is path style".to_owned()),
            "R013" => Outcome::Accepted,
            _ => Outcome::Refused,
        });
        let sub_resources = vec![
            (Operation::DeleteBucketCors, Outcome::Refused),
            (Operation::DeleteObjectTagging, Outcome::Acted),
        ];
        let findings = Findings { cases: cases.into(), sub_resources, server: None };
        write(&findings, day(0))
    }

    #[test]
    fn whatever_opens_something_makes_a_storage_unsafe() {
        assert!(report(&[]).safe);
        assert!(report(&["R011", "R015", "R012", "B001"]).safe);
        for case in &CASES {
            assert_eq!(report(&[case.id]).safe, case.severity != Fatal, "{}", case.id);
        }
    }

    #[test]
    fn safe_never_stands_beside_a_case_that_opens_something() {
        for case in &CASES {
            let report = report(&[case.id]);
            let opens = !StorageContract::of(Some(&report), false).unsafe_for.is_empty();
            assert_eq!(report.safe, !opens, "{}", case.id);
            assert_eq!(verdict(&report, DIRECT).starts_with("safe: "), !opens, "{}", case.id);
            assert_eq!(safety_of(Some(&report), DIRECT).starts_with("safe"), !opens, "{}", case.id);
            assert_eq!(text(&report).contains("  ACTS  "), opens, "{}", case.id);
        }
    }

    #[test]
    fn the_report_says_what_it_means_and_what_to_do() {
        let text =
            text(&ProbeReport { server: Some("Weed 4".to_owned()), ..report(&["R001", "R011"]) });
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[0], "the storage calls itself Weed 4");
        assert_eq!(lines[1], "R001  ACTS        unsigned x-amz-copy-source added to a signed PUT");
        assert_eq!(lines[2].trim(), CASES[0].meaning);
        assert_eq!(lines[3].trim(), format!("→ {}", CASES[0].advice));
        assert!(lines[4].starts_with("R002  refused     unsigned"), "{text}");
        assert!(
            text.contains("the signed one kept in X-Forwarded-Host: the endpoint is path style")
        );
        assert!(text.contains("R011  by design   "));
        assert!(text.contains("R013  no effect   "));
        assert!(
            text.ends_with("runs another: DeleteObjectTagging (runs DeleteObject)\n"),
            "{text}"
        );
        assert_eq!(lines.len(), CASES.len() + 6);
    }

    #[test]
    fn the_readme_shows_a_report_as_it_is_printed() {
        let readme = concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md");
        let readme = std::fs::read_to_string(readme).unwrap();
        let sample = readme.split("\n```").find(|block| block.starts_with("text\nR001  ACTS"));
        let found = report(&["R001", "R002", "R004"]);
        let printed = format!("{}{}", text(&found), verdict(&found, DIRECT));
        for shown in sample.unwrap().lines().skip(1).filter(|line| *line != "…") {
            let start = shown.trim_end_matches(" …");
            assert!(printed.lines().any(|line| line.starts_with(start)), "{shown}");
        }
    }

    #[test]
    fn the_verdict_names_what_acts_and_the_way_out() {
        let sentence = verdict(&report(&["R001", "R014", "R012"]), DIRECT);
        assert!(sentence.starts_with(
            "UNSAFE: a signed request can be changed into another (R001, R014), so no writes are \
             signed for this store until"
        ));
        assert!(sentence.contains("a body is not bound by its hash (R012)"), "{sentence}");
        assert!(sentence.ends_with("1 operations on sub-resources it does not know are refused"));
        let sentence = verdict(&report(&["R007"]), DIRECT);
        assert!(sentence.contains("(R007), so nothing is signed for this store"), "{sentence}");
        let sentence = verdict(&report(&["R001"]), ACCEPTED);
        assert!(sentence.starts_with("UNSAFE, and accepted: "), "{sentence}");
        assert!(verdict(&report(&["R011"]), DIRECT).starts_with("safe: "));
        assert_eq!(safety_of(None, ACCEPTED), "unproved");
        assert_eq!(safety_of(Some(&report(&["R011"])), DIRECT), "safe");
        assert_eq!(safety_of(Some(&report(&["B002"])), DIRECT), "safe, bodies not bound");
        assert_eq!(safety_of(Some(&report(&["R007"])), DIRECT), "UNSAFE: nothing is signed");
        assert_eq!(safety_of(Some(&report(&["R001"])), DIRECT), "UNSAFE: no writes are signed");
        assert_eq!(safety_of(Some(&report(&["R006"])), ACCEPTED), "UNSAFE, accepted");
    }

    #[test]
    fn the_gateway_is_recommended_for_an_unsafe_storage_and_settles_the_matter() {
        let (open, safe) = (report(&["R001"]), report(&[]));
        for used in [DIRECT, ACCEPTED] {
            assert!(verdict(&open, used).contains("--access gateway"));
            assert!(!verdict(&safe, used).contains("--access gateway"));
        }
        let sentence = verdict(&open, GATEWAY);
        assert!(sentence.starts_with("UNSAFE, and reached through the gateway only"), "{sentence}");
        assert_eq!(safety_of(Some(&open), GATEWAY), "UNSAFE, gateway only");
        let max_age = crate::domain::limits::DEFAULT_PROBE_AGE;
        assert_eq!(warnings("main", Some(&open), GATEWAY, day(0), max_age), [""; 0]);
        assert_eq!(warnings("main", Some(&open), ACCEPTED, day(0), max_age).len(), 1);
        assert_eq!([DIRECT, ACCEPTED, GATEWAY].map(StoreUse::is_decided), [false, true, true]);
    }

    #[test]
    fn what_the_gateway_has_to_know_is_said_in_words_of_its_own() {
        let broken = report(&["G001", "G004"]);
        assert!(broken.safe, "for signatures that clients send themselves");
        let text = text(&broken);
        assert!(text.contains("G001  KEPT        upload of an object that breaks off\n"), "{text}");
        assert!(text.contains("G002  discarded   upload of a part that breaks off\n"), "{text}");
        assert!(text.contains("G004  misread     key with the text `%2F`\n"), "{text}");
        for (used, said) in [
            (DIRECT, "UNSAFE for the gateway: it keeps an upload that breaks off (G001), so the"),
            (GATEWAY, "UNSAFE for the gateway: it keeps an upload that breaks off (G001), so the"),
            (
                ACCEPTED,
                "UNSAFE for the gateway: it keeps an upload that breaks off (G001), and that",
            ),
        ] {
            assert!(verdict(&broken, used).contains(said), "{used:?}");
            let max_age = crate::domain::limits::DEFAULT_PROBE_AGE;
            let warned = warnings("main", Some(&broken), used, day(0), max_age);
            assert_eq!(warned.len(), usize::from(used != ACCEPTED), "{warned:?}");
        }
        assert_eq!(safety_of(Some(&broken), DIRECT), "safe, keeps broken uploads");
        assert!(!verdict(&report(&[]), DIRECT).contains("UNSAFE for the gateway"));
    }

    #[test]
    fn an_old_report_is_one_to_warn_of() {
        let warnings = |report, day_now| {
            warnings("main", report, DIRECT, day(day_now), crate::domain::limits::DEFAULT_PROBE_AGE)
        };
        let (safe, open) = (report(&[]), report(&["R007"]));
        assert!(warnings(None, 0)[0].contains("unproved"));
        assert_eq!(warnings(Some(&safe), 30), [""; 0]);
        assert!(warnings(Some(&safe), 31)[0].contains("probed 31 days ago: `sail-cargo stores"));
        assert!(warnings(Some(&open), 0)[0].starts_with("UNSAFE"));
    }
}
