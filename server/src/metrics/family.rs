//! Counters with the same name and different labels.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use metrics::Counter;

use super::registry::Registry;

/// Counters with the same name and `N` labels. Each is registered when it is first needed, and
/// kept.
#[derive(Debug)]
pub(crate) struct CounterFamily<const N: usize> {
    registry: Registry,
    name: &'static str,
    labels: [&'static str; N],
    known: RwLock<HashMap<[&'static str; N], Counter>>,
}

impl<const N: usize> CounterFamily<N> {
    /// A family without counters.
    pub(super) fn new(
        registry: &Registry,
        name: &'static str,
        labels: [&'static str; N],
        help: &'static str,
    ) -> Self {
        registry.describe_counters(name, help);
        Self { registry: registry.clone(), name, labels, known: RwLock::default() }
    }

    /// Increments the counter whose labels have these `values`.
    pub(crate) fn count(&self, values: [&'static str; N]) {
        if self.registry.is_on() && !self.count_known(&values) {
            self.add(values).increment(1);
        }
    }

    fn count_known(&self, values: &[&'static str; N]) -> bool {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.get(values).map(|counter| counter.increment(1)).is_some()
    }

    fn add(&self, values: [&'static str; N]) -> Counter {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let register = || {
            let pairs: Vec<_> = self.labels.into_iter().zip(values).collect();
            self.registry.labelled_counter(self.name, &pairs)
        };
        known.entry(values).or_insert_with(register).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_combination_of_labels_is_a_counter_of_its_own() {
        let registry = Registry::on();
        let family = CounterFamily::new(&registry, "asked_total", ["op", "outcome"], "Asked.");
        for values in [["get", "allow"], ["get", "deny"], ["get", "allow"]] {
            family.count(values);
        }
        let text = registry.render();
        assert!(text.contains("# HELP asked_total Asked."), "{text}");
        assert!(text.contains(r#"asked_total{op="get",outcome="allow"} 2"#), "{text}");
        assert!(text.contains(r#"asked_total{op="get",outcome="deny"} 1"#), "{text}");
    }

    #[test]
    fn nothing_is_kept_where_nobody_can_ask() {
        let family = CounterFamily::new(&Registry::default(), "asked_total", ["op"], "Asked.");
        family.count(["get"]);
        assert!(family.known.read().unwrap().is_empty());
    }
}
