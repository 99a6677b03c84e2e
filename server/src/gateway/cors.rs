//! Which web pages read answers of the gateway: those of the origins that projects list (G12; Fetch Standard
//! §3.2, "CORS protocol").
//!
//! The server's own pages, the console, may always ask: what they show proves who they ask for.
//!
//! A preflight has no credentials. Its project is that of the key in a presigned URL or of the public
//! host; where neither says it, it is each project that has a bucket of this name. Pages cannot use
//! credentials that the browser stores: `Access-Control-Allow-Credentials` is never sent.

use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, HeaderMap, HeaderName, HeaderValue, ORIGIN, VARY,
};
use http::request::Parts;
use http::{Response, StatusCode};

use super::error::S3Error;
use super::head::url_of;
use super::hosts::Addressed;
use super::response::{GatewayBody, full};
use super::state::Gateway;
use crate::domain::s3::{EMPTY_SHA256, RawHeaders, RawRequest, S3Request, Target, percent};
use crate::domain::{BucketName, ProjectId};

/// The methods that a page may use.
const METHODS: [&str; 5] = ["GET", "HEAD", "PUT", "POST", "DELETE"];
const ALL_METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, PUT, POST, DELETE");
/// How long a browser may remember a preflight: ten minutes.
const MAX_AGE: HeaderValue = HeaderValue::from_static("600");
/// What the answer to a preflight depends on.
const PREFLIGHT_VARIES: HeaderValue = HeaderValue::from_static(
    "Origin, Access-Control-Request-Headers, Access-Control-Request-Method",
);
/// Every visitor could read an API key in a page.
const NEVER_SENT: &str = "x-api-key";

/// Answers a preflight.
///
/// # Errors
/// 400 `BadRequest` for a request that is none; 403 `AccessForbidden` for a page that may not ask.
pub(super) async fn preflight(
    gateway: &Gateway,
    parts: &Parts,
    addressed: &Addressed,
) -> Result<Response<GatewayBody>, S3Error> {
    let headers = &parts.headers;
    let origin = one(headers, &ORIGIN)
        .ok_or_else(|| bad("Insufficient information. Origin request header needed."))?;
    let method = one(headers, &ACCESS_CONTROL_REQUEST_METHOD)
        .ok_or_else(|| bad("Invalid Access-Control-Request-Method: null"))?;
    let wanted = headers.get(ACCESS_CONTROL_REQUEST_HEADERS);
    let may_send = wanted.is_none_or(may_send);
    let is_known = METHODS.iter().any(|known| method == *known);
    if !is_known || !may_send || !allows(gateway, &origin, parts, addressed).await {
        return Err(forbidden());
    }
    let mut response = Response::new(full(bytes::Bytes::new()));
    let answer = response.headers_mut();
    answer.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    answer.insert(ACCESS_CONTROL_ALLOW_METHODS, ALL_METHODS);
    if let Some(wanted) = wanted {
        answer.insert(ACCESS_CONTROL_ALLOW_HEADERS, wanted.clone());
    }
    answer.insert(ACCESS_CONTROL_MAX_AGE, MAX_AGE);
    answer.insert(VARY, PREFLIGHT_VARIES);
    Ok(response)
}

/// Lets a page of a listed origin read an answer to `parts`, errors included. `project` is the caller's; none
/// where nobody was let in.
pub(super) async fn mark(
    gateway: &Gateway,
    parts: &Parts,
    project: Option<&ProjectId>,
    answer: &mut HeaderMap,
) {
    let Some(origin) = one(&parts.headers, &ORIGIN) else { return };
    let allows = match (project, gateway.addressed(&parts.headers)) {
        (Some(project), _) => lists(gateway, &origin, project).await,
        (None, Ok(addressed)) => allows(gateway, &origin, parts, &addressed).await,
        (None, Err(_)) => false,
    };
    if allows {
        let exposed = exposed(answer);
        answer.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        answer.insert(ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
    }
}

/// The headers of an object that a page may read, beside those that every page may read.
const READ: [&str; 4] = ["Content-Disposition", "Content-Encoding", "Content-Range", "ETag"];

/// What a page may read: a page has no way to ask for all names that begin with `x-amz-`, so those of
/// this answer are named, and why the gateway refuses.
fn exposed(answer: &HeaderMap) -> HeaderValue {
    let own = answer
        .keys()
        .map(HeaderName::as_str)
        .filter(|name| name.starts_with("x-amz-") || name.starts_with("x-cargo-"));
    let names: Vec<&str> = READ.into_iter().chain(own).collect();
    HeaderValue::from_str(&names.join(", ")).unwrap_or(HeaderValue::from_static("ETag"))
}

/// Whether the pages of `origin` may ask, as far as a request without proof tells.
async fn allows(
    gateway: &Gateway,
    origin: &HeaderValue,
    parts: &Parts,
    addressed: &Addressed,
) -> bool {
    // First what is remembered: for an origin that no project lists, nothing is looked up.
    let text = origin.to_str().unwrap_or_default();
    if gateway.origins.is_own(text) {
        return true;
    }
    let listing = gateway.origins.projects(&gateway.service, text).await;
    if listing.is_empty() {
        return false;
    }
    if let Some(id) = presigned_by(parts) {
        if let Some(project) = gateway.access_keys.project(&id, gateway.clock.now()).await {
            return listing.contains(&project);
        }
    } else if let Some(name) = addressed.public.as_ref().filter(|_| addressed.is_own) {
        let named = gateway.service.project_id(name).await;
        return named.is_ok_and(|project| listing.contains(&project));
    }
    let Some(target) = target(parts, addressed) else { return false };
    for project in listing {
        match target.bucket() {
            None => return true,
            Some(bucket) if has_bucket(gateway, &project, bucket).await => return true,
            Some(_) => {}
        }
    }
    false
}

async fn lists(gateway: &Gateway, origin: &HeaderValue, project: &ProjectId) -> bool {
    let text = origin.to_str().unwrap_or_default();
    gateway.origins.allow(&gateway.service, text, Some(project)).await
}

async fn has_bucket(gateway: &Gateway, project: &ProjectId, bucket: &BucketName) -> bool {
    let found = gateway.service.has_bucket(project.clone(), bucket.clone()).await;
    found.unwrap_or_else(|error| {
        log::warn!("whether a project has a bucket cannot be told: {error}");
        false
    })
}

/// The access key id of a presigned URL.
fn presigned_by(parts: &Parts) -> Option<String> {
    let pairs = parts.uri.query()?.split('&').filter_map(|pair| pair.split_once('='));
    let mut credentials = pairs.filter(|(name, _)| *name == "X-Amz-Credential");
    let credential = percent::unescape(credentials.next()?.1).ok()?;
    credential.split('/').next().map(ToOwned::to_owned)
}

/// What path and host name. `None` for a path that is none.
fn target(parts: &Parts, addressed: &Addressed) -> Option<Target> {
    let url = format!("{}{}", url_of(&parts.headers).ok()?, parts.uri.path());
    let payload = Some(EMPTY_SHA256);
    let raw = RawRequest {
        method: "GET",
        url: &url,
        headers: RawHeaders::default(),
        payload,
        body: None,
    };
    let endpoint = addressed.endpoint.clone().literal().of_gateway();
    let request = S3Request::parse(raw, std::slice::from_ref(&endpoint)).ok()?;
    Some(request.target().clone())
}

/// The value of a header that came once.
fn one(headers: &HeaderMap, name: &HeaderName) -> Option<HeaderValue> {
    let mut values = headers.get_all(name).into_iter();
    values.next().filter(|_| values.next().is_none()).cloned()
}

/// Whether a page may send the headers of a list.
fn may_send(list: &HeaderValue) -> bool {
    let Ok(list) = list.to_str() else { return false };
    list.split(',').map(str::trim).all(|name| !name.eq_ignore_ascii_case(NEVER_SENT))
}

fn bad(message: &'static str) -> S3Error {
    S3Error::new(StatusCode::BAD_REQUEST, "BadRequest", message)
}

fn forbidden() -> S3Error {
    let message = "CORSResponse: This CORS request is not allowed. The project's cors_origins do not \
                   list this origin, or the method or a header is none that pages may use.";
    S3Error::new(StatusCode::FORBIDDEN, "AccessForbidden", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn g12_a_page_reads_the_headers_of_this_answer() {
        let mut answer = HeaderMap::new();
        for name in ["etag", "x-amz-version-id", "content-type", "x-amz-meta-a", "x-cargo-refusal"]
        {
            answer.insert(HeaderName::from_static(name), HeaderValue::from_static("v"));
        }
        let mut exposed: Vec<_> =
            exposed(&answer).to_str().unwrap().split(", ").map(str::to_owned).collect();
        exposed.sort_unstable();
        assert_eq!(
            exposed,
            [&READ[..], &["x-amz-meta-a", "x-amz-version-id", "x-cargo-refusal"]].concat()
        );
    }

    #[test]
    fn g12_the_key_of_a_presigned_url_is_found() {
        let of = |target: &str| {
            let request = http::Request::get(target).body(()).unwrap();
            presigned_by(&request.into_parts().0)
        };
        let credential = "X-Amz-Credential=CGAKA%2F20261128%2Fus-east-1%2Fs3%2Faws4_request";
        assert_eq!(of(&format!("/photos/x?a=b&{credential}")).as_deref(), Some("CGAKA"));
        assert_eq!(of("/photos/x?a=b"), None);
        assert_eq!(of("/photos/x"), None);
    }

    #[test]
    fn g12_no_page_sends_an_api_key() {
        assert!(may_send(&HeaderValue::from_static("authorization, x-amz-date, Content-Type")));
        assert!(!may_send(&HeaderValue::from_static("authorization, X-Api-Key")));
    }
}
