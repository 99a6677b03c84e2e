//! The IAM policy document, as far as it is about what an identity may do in S3.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A policy document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Document {
    /// The version of the language.
    pub version: String,
    /// A name for the policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// One statement, or several.
    #[serde(deserialize_with = "one_or_many")]
    pub(super) statement: Vec<Statement>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Statement {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) sid: Option<String>,
    pub(super) effect: String,
    #[serde(default, deserialize_with = "one_or_many", skip_serializing_if = "Vec::is_empty")]
    pub(super) action: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) not_action: Option<serde_json::Value>,
    #[serde(default, deserialize_with = "one_or_many", skip_serializing_if = "Vec::is_empty")]
    pub(super) resource: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) not_resource: Option<serde_json::Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) principal: Option<serde_json::Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) not_principal: Option<serde_json::Value>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) condition: BTreeMap<String, BTreeMap<String, Values>>,
}

/// One value of a condition, or several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(super) struct Values(pub(super) Vec<String>);

impl<'de> Deserialize<'de> for Values {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        one_or_many(deserializer).map(Self)
    }
}

/// Why a document is not imported at all.
#[derive(Debug, thiserror::Error)]
pub enum InvalidPolicy {
    /// It is no policy document.
    #[error("no IAM policy document: {0}")]
    Syntax(#[from] serde_json::Error),
    /// It takes away, which no grant does: without it, what is left would allow more.
    #[error("statement {0} denies: grants only ever allow, so that nothing of it is imported")]
    Denies(usize),
    /// A word that is neither.
    #[error("statement {0}: Effect is Allow or Deny")]
    Effect(usize),
    /// It is a policy of a bucket, not of somebody.
    #[error("statement {0} names a Principal: it belongs to a bucket, not to a user or group")]
    Principal(usize),
}

fn one_or_many<'de, T, D>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    T: Deserialize<'de>,
    D: serde::Deserializer<'de>,
{
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum OneOrMany<T> {
        Many(Vec<T>),
        One(T),
    }
    Ok(match OneOrMany::deserialize(deserializer)? {
        OneOrMany::Many(many) => many,
        OneOrMany::One(one) => vec![one],
    })
}
