//! `simulate`: policy tests in CI.

use std::io::BufRead as _;
use std::path::PathBuf;
use std::process::ExitCode;

use super::{Failure, output};
use crate::clock::Clock;
use crate::simulate::{Case, Verdict};

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  sail-cargo simulate policy-tests.jsonl --only-wrong")]
pub(super) struct SimulateArgs {
    /// One case a line; `-` reads standard input
    file: PathBuf,
    /// Print only what differs from `expect`
    #[arg(long)]
    only_wrong: bool,
}

/// Exit code 1 when a verdict differs from what its case expects.
pub(super) fn simulate(args: &SimulateArgs) -> Result<ExitCode, Failure> {
    let text: Box<dyn std::io::BufRead> = if args.file.as_os_str() == "-" {
        Box::new(std::io::stdin().lock())
    } else {
        let file = std::fs::File::open(&args.file)
            .map_err(|error| format!("{}: {error}", args.file.display()))?;
        Box::new(std::io::BufReader::new(file))
    };
    let now = Clock::system().now();
    let (mut judged, mut wrong) = (0_usize, 0_usize);
    for (number, line) in (1_usize..).zip(text.lines()) {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        let place = |error| format!("{}, line {number}: {error}", args.file.display());
        let case = Case::parse(&line).map_err(place)?;
        let verdict = case.judge(now).map_err(place)?;
        let right = case.expects(&verdict);
        judged += usize::from(verdict != Verdict::NotJudged);
        wrong += usize::from(!right);
        if !(right && args.only_wrong) {
            output::show(&line_for(&case, &verdict, right))?;
        }
    }
    output::say(&format!("{judged} cases judged, {wrong} not as expected"));
    Ok(if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn line_for(case: &Case, verdict: &Verdict, right: bool) -> String {
    let mark = if right { "ok   " } else { "WRONG" };
    let verdict = match verdict {
        Verdict::Allow(operation) => format!("allow {operation}"),
        Verdict::Deny(code, sentence) => format!("deny  {code}: {sentence}"),
        Verdict::NotJudged => "-     about a storage: see `stores test`".to_owned(),
    };
    format!("{mark} {:<6} {verdict}   [{}]", case.id, case.title)
}
