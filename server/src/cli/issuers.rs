//! `issuers`: the auth services whose tokens a running server accepts.

mod put;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use sail_cargo_protocol::{Check, Issuer, PageQuery, TokenAccount};

use self::put::{PutIssuerArgs, put};
use super::failure::Failure;
use super::format::Output;
use super::output;
use super::remote::Remote;
use crate::text_file;

#[derive(Debug, clap::Subcommand)]
pub(super) enum IssuersCommand {
    /// List the issuers of the server, and how their keys stand
    #[command(after_help = "Example:\n  sail-cargo issuers list")]
    List {
        #[command(flatten)]
        remote: Remote,
        #[command(flatten)]
        output: Output,
    },
    /// Register an issuer, or replace it
    #[command(after_help = "Examples:\n  sail-cargo issuers put okta --issuer \
        https://acme.okta.com/oauth2/default \\\n    --audience api://default --for-project photos\n  \
        sail-cargo issuers put ci --issuer https://token.actions.githubusercontent.com \\\n    \
        --audience https://cargo.example.com --condition repository_owner=acme --for-project photos")]
    Put(Box<PutIssuerArgs>),
    /// Forget an issuer: its tokens are not accepted any more
    #[command(after_help = "Example:\n  sail-cargo issuers delete okta")]
    Delete {
        #[command(flatten)]
        remote: Remote,
        /// The issuer's alias
        alias: String,
    },
    /// Say step by step why a token is accepted, or why not: exit code 0 if it is
    #[command(after_help = "Examples:\n  sail-cargo issuers test okta token.txt\n  \
        kubectl create token uploader --audience cargo | sail-cargo issuers test k8s -")]
    Test {
        #[command(flatten)]
        remote: Remote,
        #[command(flatten)]
        output: Output,
        /// The issuer's alias; `default` for the one without an alias
        alias: String,
        /// File that holds the token; `-` for the standard input
        token: PathBuf,
    },
}

pub(super) async fn issuers(command: IssuersCommand) -> Result<ExitCode, Failure> {
    match command {
        IssuersCommand::List { remote, output } => {
            let page = remote.client()?.issuers(&PageQuery::default()).await?;
            let heading = ["ALIAS", "ISSUER", "AUDIENCES", "FROM", "KEYS"];
            output.list(&page.items, heading, row)?;
        }
        IssuersCommand::Put(args) => put(*args).await?,
        IssuersCommand::Delete { remote, alias } => {
            remote.client()?.delete_issuer(&alias).await?;
            output::say(&format!("forgot issuer {alias}"));
        }
        IssuersCommand::Test { remote, output, alias, token } => {
            let token = read_token(&token)?;
            let account = remote.client()?.test_issuer(&alias, &token).await?;
            output.one(&account, &words(&account))?;
            return Ok(if account.accepted { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn row(issuer: &Issuer) -> [String; 5] {
    let audiences: Vec<_> = issuer.settings.audiences.iter().map(String::as_str).collect();
    [
        issuer.alias.clone(),
        issuer.settings.issuer.clone(),
        if audiences.is_empty() { "any".to_owned() } else { audiences.join(" ") },
        if issuer.configured { "configuration" } else { "operators" }.to_owned(),
        match &issuer.check {
            Check::Ok => issuer.keys.to_string(),
            Check::Degraded { detail } | Check::Failed { detail } => {
                format!("{}: {detail}", issuer.keys)
            }
        },
    ]
}

fn read_token(path: &Path) -> Result<String, Failure> {
    let text = if path == Path::new("-") {
        std::io::read_to_string(std::io::stdin()).map_err(|error| format!("-: {error}"))?
    } else {
        text_file::read(path).map_err(|error| format!("{}: {error}", path.display()))?
    };
    Ok(text.trim().to_owned())
}

fn words(account: &TokenAccount) -> String {
    let mut text = String::new();
    for step in &account.steps {
        let mark = if step.passed { "ok  " } else { "FAIL" };
        text.extend([mark, " ", &step.step, ": ", &step.detail, "\n"]);
    }
    for remark in &account.remarks {
        text.extend(["note ", remark, "\n"]);
    }
    text.push_str(if account.accepted { "accepted\n" } else { "not accepted\n" });
    text
}
