//! `explain`: why a request is signed or refused.

use std::process::ExitCode;

use sail_cargo_protocol::{ExplainRequest, Explanation, Need, SignRequest};

use super::failure::{DENIED, Failure};
use super::format::Output;
use super::remote::Remote;
use crate::domain::permissions::word;

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  SAIL_CARGO_API_KEY_FILE=.sail-cargo/root.key \\\n    \
    sail-cargo explain PUT http://127.0.0.1:8081/demo/cat.png --user bob")]
pub(super) struct ExplainArgs {
    /// The request's method: GET, HEAD, PUT, POST or DELETE
    method: String,
    /// The request's URL, as it is sent to the storage
    url: String,
    /// A request header, as `name: value`; may be repeated
    #[arg(short = 'H', long = "header", value_name = "HEADER", value_parser = header)]
    headers: Vec<(String, String)>,
    /// The declared payload: the body's SHA-256 in hex, or UNSIGNED-PAYLOAD
    #[arg(long, default_value = "UNSIGNED-PAYLOAD")]
    payload: String,
    /// Judge the request for this user instead of the caller (needs an API key)
    #[arg(long)]
    user: Option<String>,
    /// A group in that user's token; may be repeated
    #[arg(long = "token-group", alias = "group", value_name = "GROUP", requires = "user")]
    groups: Vec<String>,
    #[command(flatten)]
    remote: Remote,
    #[command(flatten)]
    output: Output,
}

/// Exit code 0 if the request would be signed, 3 if not.
pub(super) async fn explain(args: ExplainArgs) -> Result<ExitCode, Failure> {
    let client = args.remote.client()?;
    let asked = ExplainRequest {
        request: SignRequest {
            method: args.method,
            url: args.url,
            headers: args.headers,
            payload: Some(args.payload),
            body: None,
        },
        user: args.user,
        groups: args.groups,
    };
    let explanation = client.explain(&asked).await?;
    args.output.one(&explanation, &words(&explanation))?;
    Ok(if explanation.allowed { ExitCode::SUCCESS } else { ExitCode::from(DENIED) })
}

fn header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once(':').ok_or("a header reads `name: value`")?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

fn words(explanation: &Explanation) -> String {
    let mut lines = Vec::new();
    if let Some(parsed) = &explanation.parsed {
        lines.push(format!("understood as   {}", parsed.operation));
        lines.push(format!("signed URL      {}", parsed.url));
        lines.push(format!("signed headers  host {}", parsed.signed_headers.join(" ")));
        lines.push(format!("payload         {}", parsed.payload));
    }
    for need in &explanation.needs {
        lines.push(format!("needs           {}", need_words(need)));
        for source in &need.looked_at {
            let mark = if source.counts { "✓" } else { "·" };
            lines.push(format!("  {mark} {}: {}", source.source, source.because));
        }
        if need.looked_at.is_empty() {
            lines.push("  · no grant could give it".to_owned());
        }
    }
    let verdict = if explanation.allowed { "signed" } else { "refused" };
    lines.push(format!("verdict         {verdict} ({}): {}", explanation.code, explanation.detail));
    for need in &explanation.missing {
        lines.push(format!("to be granted   {}", need_words(need)));
    }
    lines.join("\n")
}

fn need_words(need: &Need) -> String {
    let permission = need.permission.map_or("any permission", word);
    let held = if need.held { "held" } else { "not held" };
    let slash = if need.scope.is_empty() { "" } else { "/" };
    format!("{permission} on {}{slash}{} ({held})", need.bucket, need.scope)
}
