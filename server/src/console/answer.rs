//! The console over HTTP.

use actix_web::http::StatusCode;
use actix_web::http::header::{
    ACCEPT_ENCODING, ALLOW, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, HeaderName,
    HeaderValue, LOCATION, REFERRER_POLICY, VARY,
};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, Route, guard};
use bytes::Bytes;

use super::document::Document;
use super::files::File;
use super::{BASE, Console, policy};

const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const SAME_ORIGIN: HeaderValue = HeaderValue::from_static("same-origin");
const NO_REFERRER: HeaderValue = HeaderValue::from_static("no-referrer");
/// Ask again whether it changed: the index names the files of one build.
const NO_CACHE: HeaderValue = HeaderValue::from_static("no-cache");
/// The name of a file has its hash in it.
const FOREVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// What a program without the pages says.
const NOT_BUILT: &str = include_str!("not_built.html");

/// A route for those who read.
pub(super) fn read() -> Route {
    actix_web::web::route().guard(guard::Any(guard::Get()).or(guard::Head()))
}

/// `/console`: the pages are below it.
pub(super) async fn slash() -> HttpResponse {
    let below = format!("{BASE}/");
    strict(StatusCode::PERMANENT_REDIRECT).insert_header((LOCATION, below)).finish()
}

/// Every page: the first page, whose script reads the address.
pub(super) async fn page(console: Data<Console>) -> HttpResponse {
    let Some(files) = &console.files else {
        let mut answer = strict(StatusCode::NOT_FOUND);
        return answer.content_type("text/html; charset=utf-8").body(NOT_BUILT);
    };
    // 122 random bits, new for every answer.
    let nonce = uuid::Uuid::new_v4().simple().to_string();
    let (gateway, auth) = (console.gateway_origin(), console.auth_origins());
    let policy = policy::of_page(&nonce, gateway.as_ref(), &auth);
    strict(StatusCode::OK)
        .content_type("text/html; charset=utf-8")
        .insert_header((CACHE_CONTROL, NO_CACHE))
        .insert_header((CONTENT_SECURITY_POLICY, policy))
        .body(files.index(&nonce))
}

/// A file of the build, in the smallest form that the client takes.
pub(super) async fn asset(
    request: HttpRequest,
    console: Data<Console>,
    file: Path<String>,
) -> HttpResponse {
    let path = format!("assets/{file}");
    let Some(found) = console.files.as_ref().and_then(|files| files.get(&path)) else {
        return text(StatusCode::NOT_FOUND, "the console has no such file\n");
    };
    let (body, coding) = smallest(found, &request);
    let kind = mime_guess::from_path(&path).first_or_octet_stream();
    let mut answer = strict(StatusCode::OK);
    answer
        .content_type(kind.essence_str())
        .insert_header((CACHE_CONTROL, FOREVER))
        .insert_header((VARY, ACCEPT_ENCODING.as_str()));
    if let Some(coding) = coding {
        answer.insert_header((CONTENT_ENCODING, coding));
    }
    answer.body(body)
}

/// `/console/config.json`.
pub(super) async fn document(console: Data<Console>) -> HttpResponse {
    strict(StatusCode::OK).insert_header((CACHE_CONTROL, NO_CACHE)).json(Document::of(&console))
}

/// Another method.
pub(super) async fn wrong_method() -> HttpResponse {
    let mut answer = text(StatusCode::METHOD_NOT_ALLOWED, "the console is read: GET, HEAD\n");
    answer.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
    answer
}

fn text(status: StatusCode, text: &'static str) -> HttpResponse {
    strict(status).content_type("text/plain; charset=utf-8").body(text)
}

/// An answer with the headers that all have. The server's outermost middleware adds the others.
fn strict(status: StatusCode) -> HttpResponseBuilder {
    let mut answer = HttpResponse::build(status);
    answer
        .insert_header((REFERRER_POLICY, NO_REFERRER))
        .insert_header((OPENER_POLICY, SAME_ORIGIN))
        .insert_header((RESOURCE_POLICY, SAME_ORIGIN));
    answer
}

/// The bytes to send, and their coding (RFC 9110 §12.5.3).
fn smallest(file: &File, request: &HttpRequest) -> (Bytes, Option<&'static str>) {
    let taken = request.headers().get_all(ACCEPT_ENCODING).filter_map(|value| value.to_str().ok());
    let taken: Vec<&str> = taken.flat_map(|value| value.split(',')).collect();
    let forms = [("br", &file.brotli), ("gzip", &file.gzip)];
    let form = forms.into_iter().find_map(|(coding, bytes)| {
        let bytes = bytes.as_ref().filter(|_| taken.iter().any(|one| takes(one, coding)))?;
        Some((bytes.clone(), Some(coding)))
    });
    form.unwrap_or_else(|| (file.plain.clone(), None))
}

/// Whether an element of `Accept-Encoding` is `coding`, and does not refuse it by a weight of zero.
fn takes(element: &str, coding: &str) -> bool {
    let (name, weight) = element.split_once(';').unwrap_or((element, "q=1"));
    let weight = weight.trim().strip_prefix("q=").and_then(|text| text.parse::<f32>().ok());
    name.trim().eq_ignore_ascii_case(coding) && weight.is_some_and(|weight| weight > 0.0)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn the_smallest_form_that_the_client_takes_is_sent() {
        let form = |bytes: &'static str| Bytes::from_static(bytes.as_bytes());
        let whole =
            File { plain: form("plain"), brotli: Some(form("br")), gzip: Some(form("gzip")) };
        let small = File { plain: form("plain"), ..File::default() };
        for (accept, coding) in [
            ("gzip, deflate, br, zstd", Some("br")),
            ("GZIP", Some("gzip")),
            ("br;q=0, gzip;q=0.5", Some("gzip")),
            ("br; q=0.1", Some("br")),
            ("identity", None),
            ("", None),
            ("brotli", None),
        ] {
            let request = TestRequest::default().insert_header((ACCEPT_ENCODING, accept));
            let request = request.to_http_request();
            let (bytes, sent) = smallest(&whole, &request);
            assert_eq!((sent, &*bytes), (coding, coding.unwrap_or("plain").as_bytes()), "{accept}");
            assert_eq!(smallest(&small, &request), (form("plain"), None));
        }
    }
}
