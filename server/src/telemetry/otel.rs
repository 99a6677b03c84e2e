//! Sends spans to an OpenTelemetry collector by OTLP over HTTP.
//!
//! The standard variables of the OpenTelemetry specification configure the exporter
//! (<https://opentelemetry.io/docs/specs/otel/protocol/exporter/>).

use std::error::Error;
use std::time::Duration;

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{SpanExporter, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::Level;
use tracing_subscriber::Registry;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};

use crate::outbound;

/// The target whose spans are sent. Libraries put whole requests into their spans, with signatures.
pub(crate) const TARGET: &str = "sail_cargo";

/// The variables that name the collector. If none is set, no spans are sent.
const ENDPOINTS: [&str; 2] = ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"];

/// How long the shutdown may wait for the last spans to be sent.
const FAREWELL: Duration = Duration::from_secs(2);

/// Sends spans until it is dropped. Dropping it sends the rest.
pub(super) struct Spans(SdkTracerProvider);

impl Spans {
    /// Starts sending; `None` if no collector is configured or the exporter cannot be created. The
    /// log says why.
    pub(super) fn start() -> Option<Self> {
        ENDPOINTS.iter().find(|name| std::env::var_os(name).is_some())?;
        let provider = provider().inspect_err(|error| log::warn!("no spans are sent: {error}"));
        let provider = provider.ok()?;
        // A second start, as in tests that share a process, keeps the first subscriber.
        tracing::subscriber::set_global_default(subscriber(&provider)).ok();
        Some(Self(provider))
    }
}

impl Drop for Spans {
    fn drop(&mut self) {
        if let Err(error) = self.0.shutdown_with_timeout(FAREWELL) {
            log::warn!("the last spans were not sent: {error}");
        }
    }
}

/// A subscriber that hands only the server's own spans to `provider`.
pub(crate) fn subscriber(
    provider: &SdkTracerProvider,
) -> impl tracing::Subscriber + Send + Sync + use<> {
    let spans = tracing_opentelemetry::layer()
        .with_location(false)
        .with_threads(false)
        .with_tracer(provider.tracer("sail-cargo"));
    let ours = Targets::new().with_target(TARGET, Level::INFO);
    Registry::default().with(spans.with_filter(ours))
}

/// A provider that sends spans in batches from its own thread.
fn provider() -> Result<SdkTracerProvider, Box<dyn Error>> {
    let http = outbound::waiting_client()?;
    let exporter = SpanExporter::builder().with_http().with_http_client(http).build()?;
    Ok(SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource()).build())
}

/// The service name: `sail-cargo`, unless `OTEL_SERVICE_NAME` or `OTEL_RESOURCE_ATTRIBUTES` set
/// another.
fn resource() -> Resource {
    let builder = Resource::builder();
    match std::env::var_os("OTEL_SERVICE_NAME") {
        Some(_) => builder.build(),
        None => builder.with_service_name("sail-cargo").build(),
    }
}
