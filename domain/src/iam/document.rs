//! The IAM policy document as Cargo writes it.

use std::collections::BTreeMap;

use serde::Serialize;

/// The version of the policy language that has variables.
pub(super) const VERSION: &str = "2012-10-17";

/// A policy document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Document {
    pub(super) version: &'static str,
    pub(super) statement: Vec<Statement>,
}

/// Values by condition key, by operator.
pub(super) type Condition = BTreeMap<&'static str, BTreeMap<&'static str, Vec<String>>>;

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Statement {
    pub(super) effect: &'static str,
    pub(super) action: Vec<&'static str>,
    pub(super) resource: Vec<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) condition: Condition,
}
