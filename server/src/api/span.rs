//! An OpenTelemetry span for each request. It has the fields of the access line, except the caller.

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::HeaderMap;
use actix_web::middleware::Next;
use opentelemetry::Context;
use opentelemetry::propagation::{Extractor, TextMapPropagator as _};
use opentelemetry::trace::TraceContextExt as _;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::level_filters::LevelFilter;
use tracing::{Instrument as _, Span, field};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use super::origin::REQUEST_ID;
use crate::telemetry::otel::TARGET;

/// Whether a subscriber takes spans. Without one, `tracing` would write each span into the log.
pub(super) fn are_sent() -> bool {
    LevelFilter::current() >= LevelFilter::INFO
}

/// Answers within a span. The span belongs to the caller's trace if a `traceparent` names one (W3C
/// Trace Context, <https://www.w3.org/TR/trace-context/>).
pub(super) async fn middleware(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let span = begin(&request);
    let response = next.call(request).instrument(span.clone()).await?;
    end(&span, &response);
    Ok(response)
}

/// Starts the span, with the names of OpenTelemetry's conventions for HTTP servers. It has no path,
/// query or headers, which may contain secrets; the request id is the only exception.
fn begin(request: &ServiceRequest) -> Span {
    let span = tracing::info_span!(
        target: TARGET,
        "request",
        otel.kind = "server",
        otel.status_code = field::Empty,
        http.request.method = request.method().as_str(),
        http.route = field::Empty,
        http.response.status_code = field::Empty,
        request_id = field::Empty,
    );
    // This fails if no spans are sent. Then there is no trace either.
    span.set_parent(parent(request.headers())).ok();
    span
}

fn end(span: &Span, response: &ServiceResponse<impl MessageBody>) {
    let (method, route) = (response.request().method(), response.request().match_pattern());
    let route = route.as_deref().unwrap_or("-");
    let status = response.status();
    // This is the only way to rename a span after its start.
    span.context().span().update_name(format!("{method} {route}"));
    span.record("http.route", route);
    span.record("http.response.status_code", status.as_u16());
    if status.is_server_error() {
        span.record("otel.status_code", "error");
    }
    if let Some(Ok(id)) = response.headers().get(&REQUEST_ID).map(|id| id.to_str()) {
        span.record("request_id", id);
    }
}

/// The trace that the request's headers name.
fn parent(headers: &HeaderMap) -> Context {
    TraceContextPropagator::new().extract_with_context(&Context::new(), &Headers(headers))
}

struct Headers<'a>(&'a HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(actix_web::http::header::HeaderName::as_str).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use actix_web::middleware::from_fn;
    use actix_web::test::{TestRequest, call_service, init_service};
    use actix_web::{App, HttpResponse, web};
    use opentelemetry::trace::SpanId;
    use opentelemetry_sdk::error::OTelSdkResult;
    use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData, SpanExporter};

    use super::*;
    use crate::telemetry::otel;

    /// Collects the exported spans.
    #[derive(Debug, Clone, Default)]
    struct Sent(Arc<Mutex<Vec<SpanData>>>);

    impl SpanExporter for Sent {
        async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
            self.0.lock().unwrap().extend(batch);
            Ok(())
        }
    }

    #[actix_web::test]
    async fn a_request_is_a_span_of_its_caller_s_trace_and_says_nothing_it_should_not() {
        let sent = Sent::default();
        let provider = SdkTracerProvider::builder().with_simple_exporter(sent.clone()).build();
        assert!(!are_sent());
        let _subscribed = tracing::subscriber::set_default(otel::subscriber(&provider));

        assert!(are_sent());

        let answer = || async {
            let _library = tracing::info_span!(target: "aws_sigv4", "signing").entered();
            HttpResponse::ServiceUnavailable().insert_header(("x-request-id", "r1")).finish()
        };
        let app =
            App::new().wrap(from_fn(middleware)).route("/v1/users/{user}", web::get().to(answer));
        let app = init_service(app).await;
        let request = TestRequest::get()
            .uri("/v1/users/ada?X-Amz-Signature=5ec4e7")
            .insert_header(("authorization", "Bearer 5ec4e7"))
            .insert_header((
                "traceparent",
                "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01",
            ));
        call_service(&app, request.to_request()).await;

        let spans = sent.0.lock().unwrap();
        assert_eq!(spans.len(), 1, "a library's spans stay here: {spans:?}");
        let span = &spans[0];
        assert_eq!(span.name, "GET /v1/users/{user}");
        assert_eq!(span.parent_span_id, SpanId::from(0x0123_4567_89ab_cdef));
        let said = format!("{span:?}");
        for there in ["503", "r1", "Server", "Error"] {
            assert!(said.contains(there), "{there}: {said}");
        }
        for secret in ["ada", "5ec4e7"] {
            assert!(!said.contains(secret), "{said}");
        }
    }
}
