//! `simulate`: judges requests of a file, for policy tests in CI.

use std::path::PathBuf;
use std::process::ExitCode;

use chrono::{DateTime, Utc};

use super::failure::Failure;
use super::output;
use crate::clock::Clock;
use crate::simulate::{Case, FORMAT, InvalidCase, Verdict};
use crate::text_file;

/// An example case for the help. It has no spaces, because the help breaks lines at them.
const EXAMPLE: &str = r#"{"id":"1","grants":{"photos/2026/":["read"]},"expect":"allow","request":{"method":"GET","url":"http://s3.local:9000/photos/2026/cat.png","payload_hash":"UNSIGNED-PAYLOAD"}}"#;

#[derive(Debug, clap::Args)]
#[command(after_help = after_help())]
pub(super) struct SimulateArgs {
    /// File with one case per line; `-` for standard input
    file: PathBuf,
    /// Print only cases whose verdict differs from `expect`
    #[arg(long)]
    only_wrong: bool,
}

fn after_help() -> String {
    format!(
        "{FORMAT}\n\nExit code 1: a verdict is not as expected, or a case cannot be read.\n\n\
         Example:\n  sail-cargo simulate policy-tests.jsonl --only-wrong\n\n\
         A case:\n{EXAMPLE}"
    )
}

/// The number of cases by result.
#[derive(Debug, Default)]
struct Counts {
    judged: usize,
    wrong: usize,
    unread: usize,
}

/// Judges every case. Exit code 1 if a verdict differs from the expected one, or a case cannot be
/// read; such a case does not stop the others.
pub(super) fn simulate(args: &SimulateArgs) -> Result<ExitCode, Failure> {
    let name = args.file.display();
    let text = text_file::bytes(&args.file).map_err(|error| format!("{name}: {error}"))?;
    let now = Clock::system().now();
    let mut counts = Counts::default();
    let lines = (1_usize..).zip(text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii));
    for (number, line) in lines.filter(|(_, line)| !line.is_empty()) {
        match judge(line, now) {
            Ok((case, verdict)) => counts.add(&case, &verdict, args.only_wrong)?,
            Err(what) => {
                counts.unread += 1;
                output::say(&format!("{name}, line {number}: {what}"));
            }
        }
    }
    counts.end(&name.to_string())
}

fn judge(line: &[u8], now: DateTime<Utc>) -> Result<(Case, Verdict), Failure> {
    let line = std::str::from_utf8(line).map_err(|_| "is not UTF-8")?;
    let case = Case::parse(line)?;
    let verdict =
        case.judge(now).map_err(|what: InvalidCase| format!("case {}: {what}", case.id))?;
    Ok((case, verdict))
}

impl Counts {
    fn add(&mut self, case: &Case, verdict: &Verdict, only_wrong: bool) -> Result<(), Failure> {
        let right = case.expects(verdict);
        self.judged += usize::from(*verdict != Verdict::NotJudged);
        self.wrong += usize::from(!right);
        if !(right && only_wrong) {
            output::show(&line_for(case, verdict, right))?;
        }
        Ok(())
    }

    fn end(&self, name: &str) -> Result<ExitCode, Failure> {
        let Self { judged, wrong, unread } = self;
        let unreadable =
            if *unread == 0 { String::new() } else { format!(", {unread} could not be read") };
        output::say(&format!("{judged} cases judged, {wrong} not as expected{unreadable}"));
        if judged + unread == 0 {
            return Err(format!("{name}: it has no case to judge").into());
        }
        let good = *wrong == 0 && *unread == 0;
        Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
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
