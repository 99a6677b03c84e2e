//! Judges every case of the corpus with the code of `sail-cargo simulate`, and compares the
//! verdicts.

use chrono::DateTime;
use sail_cargo_server::simulate::{Case, Verdict};

#[test]
fn the_corpus_is_judged_as_it_says() {
    let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
    let (mut judged, mut wrong) = (0, Vec::new());
    for line in include_str!("../data/corpus.jsonl").lines() {
        let case = Case::parse(line).unwrap();
        let verdict = case.judge(now).unwrap();
        judged += usize::from(verdict != Verdict::NotJudged);
        if !case.expects(&verdict) {
            wrong.push(format!("{} {}: {verdict:?}", case.id, case.title));
        }
    }
    assert!(judged >= 190, "only {judged} cases were judged");
    assert!(wrong.is_empty(), "{} of {judged}:\n{}", wrong.len(), wrong.join("\n"));
}
