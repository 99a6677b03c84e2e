//! The trace of a decision: what [`decide()`](super::decide::decide) examined, and what it
//! required.

use chrono::{DateTime, Utc};
use sail_cargo_protocol::{self as wire, Explanation, LookedAt, Need};

use super::authority::{Authority, GrantScope};
use super::caller::{Caller, User};
use super::denied::Denied;
use super::grant::{Grant, Subject};
use super::grant_prefix::GrantPrefix;
use super::permissions::{Permissions, word};
use super::pipeline::{ParsedRequest, SigningError};
use super::requirement::{Needed, Requirement, requirements};
use super::s3::{Refusal, S3Request};
use super::variable_values::VariableValues;

/// Explains the refusal of a request that could not be parsed.
pub fn explain_refusal(refusal: &Refusal) -> Explanation {
    Explanation {
        allowed: false,
        code: refusal.code().to_owned(),
        detail: refusal.to_string(),
        parsed: None,
        needs: Vec::new(),
        missing: Vec::new(),
        revision: None,
    }
}

/// Explains the decision on a parsed request. The verdict is that of [`ParsedRequest::judge`].
pub fn explain(
    caller: &Caller,
    request: &ParsedRequest,
    authority: &Authority,
    now: DateTime<Utc>,
) -> Explanation {
    let verdict = request.judge(caller, authority, now).map(drop);
    let detail = detail(&verdict, || {
        request.judge(caller, &authority.clone().behind_gateway(), now).map(drop)
    });
    let request = request.request();
    let needs = caller.user().map(|user| {
        let cut = caller.key_limits().map(|limits| limits.cut(user, authority));
        needs(user, request, cut.as_ref().unwrap_or(authority), now)
    });
    let needs = needs.unwrap_or_default();
    let missing = needs.iter().filter(|need| !need.held).cloned().collect();
    Explanation {
        allowed: verdict.is_ok(),
        code: verdict.as_ref().map_or_else(SigningError::code, |()| "ok").to_owned(),
        detail,
        parsed: Some(parsed(request)),
        needs,
        missing,
        revision: None,
    }
}

/// The sentence about a verdict. Where only the gateway may send the request, it says what becomes of
/// it `there`.
fn detail(
    verdict: &Result<(), SigningError>,
    there: impl FnOnce() -> Result<(), SigningError>,
) -> String {
    match verdict {
        Ok(()) => "it would be signed".to_owned(),
        Err(only @ SigningError::Denied(Denied::GatewayOnly(_))) => match there() {
            Ok(()) => format!("{only}. There it would be allowed"),
            Err(no) => format!("{only}. There it would be refused: {no}"),
        },
        Err(no) => no.to_string(),
    }
}

fn parsed(request: &S3Request) -> wire::ParsedRequest {
    wire::ParsedRequest {
        operation: request.operation().name().to_owned(),
        url: request.url().to_owned(),
        bucket: request.target().bucket().map(ToString::to_string),
        key: request.target().key().map(ToString::to_string),
        signed_headers: request.headers().iter().map(|(name, _)| name.clone()).collect(),
        payload: request.payload().to_string(),
    }
}

fn needs(user: &User, request: &S3Request, authority: &Authority, now: DateTime<Utc>) -> Vec<Need> {
    let requirements = requirements(request, &authority.project.storage).unwrap_or_default();
    requirements.iter().map(|needed| need(user, needed, authority, now)).collect()
}

fn need(user: &User, needed: &Requirement<'_>, authority: &Authority, now: DateTime<Utc>) -> Need {
    let Requirement { needed: which, bucket, scope } = *needed;
    let part = if which == Needed::Any { GrantScope::Anywhere } else { GrantScope::Below(scope) };
    let held = which.is_met_by(authority.permissions(user, bucket, part, now));
    let grants = authority
        .grants
        .iter()
        .filter(|grant| grant.bucket == *bucket && grant.names(user, &authority.groups))
        .map(|grant| look_at(grant, authority.values(user), needed, now));
    Need {
        permission: which.named(),
        bucket: bucket.to_string(),
        scope: scope.to_owned(),
        held,
        looked_at: for_everybody(needed, authority).into_iter().chain(grants).collect(),
    }
}

/// The trace of the rules that apply to everybody: public and default permissions, and the ceiling.
/// Leaves out the ceiling of a bucket where nobody has permissions, and rules without effect.
fn for_everybody(needed: &Requirement<'_>, authority: &Authority) -> Vec<LookedAt> {
    let Some(rules) = authority.buckets.get(needed.bucket) else { return Vec::new() };
    let given = |what: &str, permissions: Permissions| {
        (!permissions.is_empty()).then(|| LookedAt {
            source: format!("{what}: {}", words(permissions)),
            counts: needed.needed.is_met_by(permissions),
            because: gives_or_not(permissions, needed.needed),
        })
    };
    let everybody = rules.public.union(authority.project.default_permissions);
    let known = !everybody.is_empty() || !authority.grants.is_empty();
    let frozen = known && !needed.needed.is_met_by(rules.ceiling);
    let ceiling = frozen.then(|| LookedAt {
        source: format!("the bucket's ceiling: {}", words(rules.ceiling)),
        counts: false,
        because: "nobody may have more than the ceiling".to_owned(),
    });
    let public = given("public here", rules.public);
    let default = given("the project's default", authority.project.default_permissions);
    [ceiling, public, default].into_iter().flatten().collect()
}

fn look_at(
    grant: &Grant,
    values: VariableValues<'_>,
    needed: &Requirement<'_>,
    now: DateTime<Utc>,
) -> LookedAt {
    let own = grant.prefix.of(values);
    let covers =
        own.as_ref().is_some_and(|own| needed.needed == Needed::Any || own.covers(needed.scope));
    let counts = grant.is_live(now) && covers && needed.needed.is_met_by(grant.permissions);
    let because = if grant.not_before.is_some_and(|start| now < start) {
        "it has not begun".to_owned()
    } else if !grant.is_live(now) {
        "it has ended".to_owned()
    } else if !covers {
        own.map_or_else(
            || format!("`{}` is no prefix for this user", grant.prefix),
            |own| format!("it covers `{own}` only"),
        )
    } else {
        gives_or_not(grant.permissions, needed.needed)
    };
    let whom = match &grant.subject {
        Subject::User(id) => format!("user {id}"),
        Subject::Group(id) => format!("group {id}"),
        Subject::TokenGroup(id) => format!("token group {id}"),
        Subject::Authenticated => "everybody with a token".to_owned(),
        Subject::Public => "everybody".to_owned(),
    };
    let kind = match grant.prefix {
        GrantPrefix::Literal(_) => "",
        GrantPrefix::Template(_) => "template ",
    };
    let place = format!("{kind}{}/{}", grant.bucket, grant.prefix);
    LookedAt {
        source: format!("grant to {whom} on {place}: {}", words(grant.permissions)),
        counts,
        because,
    }
}

fn gives_or_not(permissions: Permissions, needed: Needed) -> String {
    let given = needed.each().find(|permission| permissions.contains(*permission));
    let words: Vec<_> = needed.each().map(word).collect();
    match (needed, given) {
        (Needed::Any, _) if permissions.is_empty() => "it gives nothing".to_owned(),
        (Needed::Any, _) => "any permission is enough".to_owned(),
        (_, Some(permission)) => format!("it gives {}", word(permission)),
        (_, None) => format!("it does not give {}", words.join(" or ")),
    }
}

fn words(permissions: Permissions) -> String {
    let words: Vec<_> = permissions.iter().map(word).collect();
    if words.is_empty() { "nothing".to_owned() } else { words.join("+") }
}
