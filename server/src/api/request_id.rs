//! The outermost middleware: request ids, access log, and headers against caching and against
//! display as a web page.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderMap, HeaderValue, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpRequest};
use log::kv::{self, ToValue as _, Value, VisitSource};
use log::{Level, Record};
use tokio::task::yield_now;
use tokio::time::Instant;

use super::current::Current;
use super::origin::{self, REQUEST_ID};
use super::state::State;
use crate::telemetry::together;

/// The log target of access lines.
const TARGET: &str = "access";
/// What a browser may load if it shows a response, and where it may show it (CSP Level 3).
const NO_PAGE: &str = "default-src 'none'; frame-ancestors 'none'";

/// Gives the request an id and returns it in a header. Forbids caches to store the response and
/// browsers to show it as a page, unless it says itself what they may: the console's do. Then writes the access line: it has the route template, never the
/// path or the query. Of the headers it has only the id that the caller gave the request, beside
/// the server's own.
pub(crate) async fn middleware(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let id = uuid::Uuid::now_v7().simple().to_string();
    let state = request.app_data::<Data<State>>();
    let origin = state.map(|state| origin::of(&request, &state.proxies)).unwrap_or_default();
    let current = Rc::new(Current { id, origin, ..Current::default() });
    let start = Instant::now();
    let answered = current.scope(next.call(request));
    let mut response = answered.await?;
    mark(response.headers_mut(), &current.id);
    let (request, status, took) = (response.request().clone(), response.status(), start.elapsed());
    // The line is written after the response, so that no client waits for it. If the server is
    // killed in between, the line is missing; what must not be lost is in the audit trail.
    if current.untold.get() {
        return Ok(response);
    }
    AccessLine { request, status, current, took }.write_soon();
    Ok(response)
}

thread_local! {
    /// The lines of this worker that are not written yet.
    static UNWRITTEN: RefCell<Vec<AccessLine>> = const { RefCell::new(Vec::new()) };
}

fn mark(headers: &mut HeaderMap, id: &str) {
    if let Ok(value) = HeaderValue::from_str(id) {
        headers.insert(REQUEST_ID, value);
    }
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if !headers.contains_key(CONTENT_SECURITY_POLICY) {
        headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(NO_PAGE));
    }
    if !headers.contains_key(CACHE_CONTROL) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

/// The data of an access line.
struct AccessLine {
    request: HttpRequest,
    status: StatusCode,
    current: Rc<Current>,
    took: Duration,
}

impl AccessLine {
    /// Writes the line with those of the other requests that the worker answers in this turn of its loop.
    fn write_soon(self) {
        if !log::log_enabled!(target: TARGET, Level::Info) {
            return;
        }
        let is_first = UNWRITTEN.with_borrow_mut(|lines| {
            lines.push(self);
            lines.len() == 1
        });
        if is_first {
            actix_web::rt::spawn(async {
                yield_now().await;
                let lines = UNWRITTEN.take();
                together(|| lines.iter().for_each(Self::write));
            });
        }
    }

    fn write(&self) {
        let (current, route) = (&*self.current, self.request.match_pattern());
        let refused = current.refused.get();
        // An address is personal data: log it only for failed authentications.
        let address = refused.and(current.origin.address).map(|address| address.to_string());
        let micros = u64::try_from(self.took.as_micros()).unwrap_or(u64::MAX);
        let fields = [
            ("method", Some(Value::from(self.request.method().as_str()))),
            ("route", Some(route.as_deref().unwrap_or("-").into())),
            ("status", Some(self.status.as_u16().into())),
            ("caller", Some(current.caller.get().map_or("-", String::as_str).into())),
            ("reason", refused.map(Value::from)),
            ("address", refused.map(|_| address.as_deref().unwrap_or("-").into())),
            ("request_id", Some(current.id.as_str().into())),
            ("caller_request_id", current.origin.request_id.as_deref().map(Value::from)),
            ("micros", Some(micros.into())),
        ];
        log::logger().log(
            &Record::builder()
                .target(TARGET)
                .level(Level::Info)
                .args(format_args!("answered"))
                .key_values(&Present(&fields))
                .build(),
        );
    }
}

/// The fields of a line that have a value.
struct Present<'a>(&'a [(&'static str, Option<Value<'a>>)]);

impl kv::Source for Present<'_> {
    fn visit<'kvs>(&'kvs self, visitor: &mut dyn VisitSource<'kvs>) -> Result<(), kv::Error> {
        for (name, value) in self.0 {
            if let Some(value) = value {
                visitor.visit_pair(kv::Key::from_str(name), value.to_value())?;
            }
        }
        Ok(())
    }
}
