//! Routes a request to its handler, and returns the response.

use hyper::{HeaderMap, Method};
use percent_encoding::percent_decode_str;
use sail_cargo_domain::{BucketName, Caller, Resource, StoredGrant};
use sail_cargo_protocol::{
    Batch, BatchAnswer, BatchItem, Bucket, Grant, GrantQuery, Page, PresignRequest, SignRequest,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::fake_state::FakeState;
use super::problem::{No, invalid, not_found, problem};
use super::{bucket, grant, sign, who};

/// The parts of one request.
pub(super) struct Question<'a> {
    pub(super) method: &'a Method,
    pub(super) path: &'a str,
    pub(super) query: &'a str,
    pub(super) headers: &'a HeaderMap,
    pub(super) body: &'a [u8],
}

/// A JSON response; null if there is no body.
pub(super) type Reply = Result<Value, No>;

/// Handles a request. Configured failures come first.
pub(super) fn answer(fake: &mut FakeState, question: &Question<'_>) -> Reply {
    if let (times @ 1.., status) = fake.failures {
        fake.failures.0 = times - 1;
        return Err(problem(status, "as_told", "the fake authority was told to fail"));
    }
    let segments: Vec<String> = question
        .path
        .split('/')
        .skip(1)
        .map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned())
        .collect();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    if matches!(segments[..], ["livez" | "readyz"]) {
        return Ok(Value::Null);
    }
    // Signing in needs no credentials elsewhere; here it is not there at all.
    if matches!(segments[..], ["auth" | ".well-known", ..]) {
        return Err(not_in_the_fake(question.method.as_str(), question.path));
    }
    let caller = who::caller(question.headers, fake.now())?;
    match (question.method.as_str(), &segments[..]) {
        ("GET", ["v1", "whoami"]) => json(who::whoami(fake, &caller)),
        ("POST", ["v1", "sign"]) => json(sign::sign(fake, &caller, read(question)?)?),
        ("POST", ["v1", "presign"]) => json(sign::presign(fake, &caller, &read(question)?)?),
        ("POST", ["v1", "sign", "batch"]) => {
            let batch: Batch<SignRequest> = read(question)?;
            json(each(batch, |ask| sign::sign(fake, &caller, ask)))
        }
        ("POST", ["v1", "presign", "batch"]) => {
            let batch: Batch<PresignRequest> = read(question)?;
            json(each(batch, |ask| sign::presign(fake, &caller, &ask)))
        }
        ("POST", ["v1", "check"]) => json(grant::answer(fake, &caller, &read(question)?)?),
        ("GET", ["v1", "permissions"]) => permissions(fake, &caller, question),
        ("GET", ["v1", "buckets"]) => json(buckets(fake, &caller)),
        (_, ["v1", "buckets", name, rest @ ..]) => {
            let name = BucketName::parse(name).map_err(|error| invalid(error.to_string()))?;
            in_bucket(fake, &caller, question, &name, rest)
        }
        (method, ["v1", "sessions" | "access-keys", ..] | ["v1", "users", _, "sessions", ..]) => {
            Err(no_gateway(method, question.path))
        }
        (method, _) => Err(not_in_the_fake(method, question.path)),
    }
}

/// Handles a request about one bucket. Users see the buckets in which they have permissions. The
/// grants of a bucket are for the application, and for users who are admins of the place.
fn in_bucket(
    fake: &mut FakeState,
    caller: &Caller,
    question: &Question<'_>,
    name: &BucketName,
    rest: &[&str],
) -> Reply {
    let is_user = matches!(caller, Caller::User(_));
    if is_user && question.method != Method::GET && rest.first() != Some(&"grants") {
        return Err(problem(403, "root_only", "only the application may do this"));
    }
    match (question.method.as_str(), rest) {
        ("GET", []) => {
            let mine = buckets(fake, caller).items.into_iter();
            json(
                mine.into_iter()
                    .find(|bucket| bucket.name == name.as_str())
                    .ok_or_else(|| not_found(Resource::Bucket))?,
            )
        }
        ("PUT", []) => json(bucket::put(fake, name, read(question)?)?),
        ("DELETE", []) => {
            if fake.forget(name) {
                Ok(Value::Null)
            } else {
                Err(not_found(Resource::Bucket))
            }
        }
        ("POST", ["settle"]) => json(bucket::settle(fake, name, &read(question)?)?),
        ("GET", ["grants"]) => {
            grant::demand_admin(fake, caller, name, "")?;
            let here = fake.grants.iter().filter(|grant| grant.key.bucket == *name);
            let shown = |grant: &StoredGrant| Grant {
                username: fake.username_of(&grant.key.subject).map(ToString::to_string),
                ..Grant::from(grant)
            };
            json(whole(here.map(shown).collect::<Vec<_>>()))
        }
        (method, ["grants", subject]) => {
            let query: GrantQuery = parameters(question)?;
            let key = grant::key(name, subject, &query)?;
            grant::demand_admin(fake, caller, name, key.prefix.literal_part())?;
            match method {
                "GET" => {
                    let found = fake.grants.iter().find(|grant| grant.key == key);
                    json(Grant::from(found.ok_or_else(|| not_found(Resource::Grant))?))
                }
                "PUT" => json(grant::put(fake, caller, key, read(question)?)?),
                "DELETE" => {
                    fake.take_grant(&key);
                    Ok(Value::Null)
                }
                _ => Err(not_in_the_fake(method, question.path)),
            }
        }
        (method, _) => Err(not_in_the_fake(method, question.path)),
    }
}

fn permissions(fake: &FakeState, caller: &Caller, question: &Question<'_>) -> Reply {
    let query: sail_cargo_protocol::PermissionsQuery = parameters(question)?;
    if let Some(bucket) = query.bucket {
        let bucket = BucketName::parse(&bucket).map_err(|error| invalid(error.to_string()))?;
        return json(whole(vec![grant::held(fake, caller, &bucket)]));
    }
    let all = fake.buckets.keys().map(|bucket| grant::held(fake, caller, bucket));
    let held = all.filter(|held| !(held.permissions.is_empty() && held.prefixes.is_empty()));
    json(whole(held.collect::<Vec<_>>()))
}

/// The buckets in which the caller has permissions; all buckets for the application.
fn buckets(fake: &FakeState, caller: &Caller) -> Page<Bucket> {
    let seen = |name: &BucketName| {
        let held = grant::held(fake, caller, name);
        matches!(caller, Caller::Root(_))
            || !held.permissions.is_empty()
            || !held.prefixes.is_empty()
    };
    let mine = fake.buckets.iter().filter(|(name, _)| seen(name));
    whole(mine.map(|(_, entry)| (&entry.bucket).into()).collect())
}

fn each<T, A>(batch: Batch<T>, mut answer: impl FnMut(T) -> Result<A, No>) -> BatchAnswer<A> {
    let items = batch.items.into_iter().map(|item| match answer(item) {
        Ok(answer) => BatchItem::Ok { answer },
        Err(problem) => BatchItem::Failed { problem: *problem },
    });
    BatchAnswer { items: items.collect() }
}

/// A listing as a single page, whatever its length.
fn whole<T>(items: Vec<T>) -> Page<T> {
    Page { items, next_page_token: None, revision: None }
}

fn json(answer: impl Serialize) -> Reply {
    serde_json::to_value(answer).map_err(|error| problem(500, "internal", error.to_string()))
}

fn read<T: DeserializeOwned>(question: &Question<'_>) -> Result<T, No> {
    serde_json::from_slice(question.body).map_err(|error| invalid(error.to_string()))
}

fn parameters<T: DeserializeOwned>(question: &Question<'_>) -> Result<T, No> {
    serde_urlencoded::from_str(question.query).map_err(|error| invalid(error.to_string()))
}

/// Credentials for a gateway: there is none that would take them.
fn no_gateway(method: &str, path: &str) -> No {
    let detail = format!(
        "the fake authority has no {method} {path}, because it has no S3 gateway that would take what it \
         gave: test this with `sail-cargo dev`, which has one"
    );
    problem(501, "not_in_the_fake", detail)
}

fn not_in_the_fake(method: &str, path: &str) -> No {
    let detail = format!("the fake authority has no {method} {path}: test this with the real one");
    problem(501, "not_in_the_fake", detail)
}
