//! `issuers put`.

use std::collections::{BTreeMap, BTreeSet};

use sail_cargo_protocol::{IssuerSettings, TokenAlgorithm};

use crate::cli::failure::Failure;
use crate::cli::format::{Output, word};
use crate::cli::output;
use crate::cli::remote::Remote;

#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(in crate::cli) struct PutIssuerArgs {
    #[command(flatten)]
    remote: Remote,
    #[command(flatten)]
    output: Output,
    /// The name before the ids of its users: `okta` makes the user 1 `okta:1`
    alias: String,
    /// The claim `iss` of its tokens, byte for byte
    #[arg(long)]
    issuer: String,
    /// An audience that its tokens may be for; may be repeated
    #[arg(long = "audience", required_unless_present = "any_audience")]
    audiences: Vec<String>,
    /// Accept tokens for any audience
    #[arg(long, conflicts_with = "audiences")]
    any_audience: bool,
    /// URL of its keys [default: what ISSUER/.well-known/openid-configuration names]
    #[arg(long, value_name = "URL")]
    keys: Option<String>,
    /// An algorithm that its tokens may be signed with: RS256, PS256, ES256 or EdDSA; may be repeated
    /// [default: RS256]
    #[arg(long = "algorithm", value_parser = word::<TokenAlgorithm>)]
    algorithms: Vec<TokenAlgorithm>,
    /// A claim that may hold the user's id; may be repeated [default: sub]
    #[arg(long = "user-claim", value_name = "CLAIM")]
    user_claims: Vec<String>,
    /// The only project that it speaks for
    #[arg(long, value_name = "PROJECT")]
    for_project: Option<String>,
    /// The claim that names the project
    #[arg(long, value_name = "CLAIM")]
    project_claim: Option<String>,
    /// Let tokens that name no project choose one by X-Project
    #[arg(long)]
    project_from_header: bool,
    /// The claim that lists groups, or its path within another claim [default: groups]
    #[arg(long, value_name = "CLAIM")]
    groups_claim: Option<String>,
    /// What stands between groups that are one text [default: none, a text is one group]
    #[arg(long, value_name = "TEXT")]
    groups_separator: Option<String>,
    /// Refuse tokens without groups that can be read
    #[arg(long)]
    groups_required: bool,
    /// The claim whose bit 0 marks a service account [default: role]
    #[arg(long, value_name = "CLAIM")]
    role_claim: Option<String>,
    /// A claim that a token must have, and a value that it may have; may be repeated
    #[arg(long = "condition", value_name = "CLAIM=VALUE", value_parser = condition)]
    conditions: Vec<(String, String)>,
    /// The longest life of a token [default: 86400]
    #[arg(long, value_name = "SECONDS")]
    max_token_seconds: Option<u32>,
    /// The longest life of a session that its users open [default: that of the project]
    #[arg(long, value_name = "SECONDS")]
    max_session_seconds: Option<u32>,
    /// Take `iat` for the time of the sign-in, where a token has no `auth_time`
    #[arg(long)]
    issued_at_is_sign_in: bool,
    /// The alias of the issuer whose users its users are, id by id; `default` for the one without an alias. Its
    /// own alias: those of the issuer that had it before
    #[arg(long, value_name = "ALIAS")]
    merge_identities: Option<String>,
    /// What people call it
    #[arg(long, value_name = "NAME")]
    display_name: Option<String>,
    /// The id of a public client, for applications that sign users in. The console's redirect URI is
    /// `/console/callback/ALIAS` at its origin
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
    /// The page where users sign in, if it is no OpenID provider: opened with `redirectUrl`, it leads back there with
    /// `?token=`
    #[arg(long, value_name = "URL")]
    sign_in_url: Option<String>,
}

pub(super) async fn put(args: PutIssuerArgs) -> Result<(), Failure> {
    let (remote, output, alias) = (args.remote.clone(), args.output, args.alias.clone());
    let issuer = remote.client()?.put_issuer(&alias, &args.settings()).await?;
    let words = format!("saved issuer {alias}: {}\n", issuer.settings.issuer);
    if issuer.keys == 0 && output.is_table() {
        output::say("its keys are not fetched yet: `sail-cargo issuers list` shows them");
    }
    output.one(&issuer, &words)
}

impl PutIssuerArgs {
    fn settings(self) -> IssuerSettings {
        let mut conditions = BTreeMap::<String, BTreeSet<String>>::new();
        for (claim, value) in self.conditions {
            conditions.entry(claim).or_default().insert(value);
        }
        IssuerSettings {
            alias: None,
            issuer: self.issuer,
            display_name: self.display_name,
            client_id: self.client_id,
            sign_in_url: self.sign_in_url,
            keys: self.keys,
            audiences: self.audiences.into_iter().collect(),
            any_audience: self.any_audience,
            algorithms: self.algorithms.into_iter().collect(),
            user_claims: self.user_claims,
            project: self.for_project,
            project_claim: self.project_claim,
            project_from_header: self.project_from_header,
            groups_claim: self.groups_claim,
            groups_separator: self.groups_separator,
            groups_required: self.groups_required,
            role_claim: self.role_claim,
            conditions,
            max_token_seconds: self.max_token_seconds,
            max_session_seconds: self.max_session_seconds,
            issued_at_is_sign_in: self.issued_at_is_sign_in,
            merge_identities: self.merge_identities,
        }
    }
}

/// Parses `CLAIM=VALUE`. The claim ends at the first `=`.
fn condition(text: &str) -> Result<(String, String), String> {
    let (claim, value) = text.split_once('=').ok_or("CLAIM=VALUE")?;
    Ok((claim.to_owned(), value.to_owned()))
}
