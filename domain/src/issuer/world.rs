//! Issuers that sign tokens for the whole world: whoever has an account there, or makes one, gets a token.

use super::condition::Condition;

/// An issuer that serves the whole world, and the claims that say to whom of it a token belongs.
struct WorldIssuer {
    name: &'static str,
    claims: &'static [&'static str],
}

/// Anybody names the audience of a token of these, or signs in to any application.
const WORLD: &[WorldIssuer] = &[
    // https://docs.github.com/en/actions/reference/security/oidc
    WorldIssuer {
        name: "https://token.actions.githubusercontent.com",
        claims: &[
            "repository_owner",
            "repository_owner_id",
            "repository",
            "repository_id",
            "enterprise",
            "enterprise_id",
            "sub",
        ],
    },
    // https://docs.gitlab.com/ci/secrets/id_token_authentication/ and its OpenID Connect provider
    WorldIssuer {
        name: "https://gitlab.com",
        claims: &[
            "namespace_path",
            "namespace_id",
            "project_path",
            "project_id",
            "groups_direct",
            "user_login",
            "user_id",
            "sub",
        ],
    },
    // https://developers.google.com/identity/openid-connect/openid-connect
    WorldIssuer { name: "https://accounts.google.com", claims: &["hd", "email", "sub"] },
    WorldIssuer { name: "accounts.google.com", claims: &["hd", "email", "sub"] },
    // https://learn.microsoft.com/en-us/entra/identity-platform/v2-protocols-oidc
    WorldIssuer { name: "https://login.microsoftonline.com/common/v2.0", claims: ENTRA },
    WorldIssuer { name: "https://login.microsoftonline.com/organizations/v2.0", claims: ENTRA },
    WorldIssuer { name: "https://login.microsoftonline.com/consumers/v2.0", claims: ENTRA_USERS },
    // The tenant of all personal accounts.
    WorldIssuer {
        name: "https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0",
        claims: ENTRA_USERS,
    },
];

const ENTRA: &[&str] = &["tid", "oid", "sub"];
const ENTRA_USERS: &[&str] = &["oid", "sub"];

/// The claims of which one must have a condition, if `issuer` serves the whole world and none has.
pub(super) fn missing(issuer: &str, conditions: &[Condition]) -> Option<&'static [&'static str]> {
    let plain = plain(issuer);
    let found = WORLD.iter().find(|world| world.name.eq_ignore_ascii_case(&plain))?;
    let is_bounded = conditions.iter().any(|condition| found.claims.contains(&condition.claim()));
    (!is_bounded).then_some(found.claims)
}

/// The name of an issuer without what says nothing: the port of HTTPS, and a slash at the end.
fn plain(issuer: &str) -> String {
    let issuer = issuer.strip_suffix('/').unwrap_or(issuer);
    let (host, path) = match issuer.split_once("://").map(|(_, rest)| rest.split_once('/')) {
        Some(Some((_, path))) => issuer.split_at(issuer.len() - path.len() - 1),
        _ => (issuer, ""),
    };
    format!("{}{path}", host.strip_suffix(":443").unwrap_or(host))
}
