//! Registers metrics and renders them.

use std::sync::Arc;

use metrics::{Counter, Gauge, Histogram, Key, Label, Level, Metadata, Recorder};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusRecorder};

/// The upper bounds of the histogram buckets, in seconds.
const BUCKETS: &[f64] = &[
    0.0001, 0.000_25, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5,
    5.0, 10.0,
];

const METADATA: Metadata<'static> = Metadata::new(module_path!(), Level::INFO, None);

/// A metric's label and its value. Both are words of this program: no part of a request can become
/// one.
pub(super) type Pair = (&'static str, &'static str);

/// The registry of one server's metrics. It is empty if nobody can read them. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(super) struct Registry(Option<Arc<PrometheusRecorder>>);

impl Registry {
    /// A registry that keeps metrics.
    pub(super) fn on() -> Self {
        // This only fails for an empty list of buckets.
        let builder = PrometheusBuilder::new().set_buckets(BUCKETS).unwrap_or_default();
        Self(Some(Arc::new(builder.build_recorder())))
    }

    /// Whether metrics are kept.
    pub(super) fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// Sets the help text of the counters called `name`.
    pub(super) fn describe_counters(&self, name: &'static str, help: &'static str) {
        if let Some(recorder) = &self.0 {
            recorder.describe_counter(name.into(), None, help.into());
        }
    }

    /// The counter called `name` with these labels.
    pub(super) fn labelled_counter(&self, name: &'static str, labels: &[Pair]) -> Counter {
        let Some(recorder) = &self.0 else { return Counter::noop() };
        recorder.register_counter(&key(name, labels), &METADATA)
    }

    /// A counter without labels.
    pub(super) fn counter(&self, name: &'static str, help: &'static str) -> Counter {
        self.describe_counters(name, help);
        self.labelled_counter(name, &[])
    }

    /// A gauge.
    pub(super) fn gauge(&self, name: &'static str, labels: &[Pair], help: &'static str) -> Gauge {
        let Some(recorder) = &self.0 else { return Gauge::noop() };
        recorder.describe_gauge(name.into(), None, help.into());
        recorder.register_gauge(&key(name, labels), &METADATA)
    }

    /// A histogram of durations, in seconds.
    pub(super) fn seconds(&self, name: &'static str, help: &'static str) -> Histogram {
        let Some(recorder) = &self.0 else { return Histogram::noop() };
        recorder.describe_histogram(name.into(), None, help.into());
        recorder.register_histogram(&key(name, &[]), &METADATA)
    }

    /// All metrics, in Prometheus's text format (version 0.0.4).
    pub(super) fn render(&self) -> String {
        self.0.as_ref().map(|recorder| recorder.handle().render()).unwrap_or_default()
    }

    /// Sorts the measured times into buckets. Until then each of them takes memory.
    pub(super) fn tidy(&self) {
        if let Some(recorder) = &self.0 {
            recorder.handle().run_upkeep();
        }
    }
}

fn key(name: &'static str, labels: &[Pair]) -> Key {
    let labels: Vec<_> =
        labels.iter().map(|(label, value)| Label::from_static_parts(label, value)).collect();
    Key::from_parts(name, labels)
}
