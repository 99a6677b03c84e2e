//! Probe reports: how a storage treats requests that are altered after signing.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// `POST /v1/stores/{store}/probe`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
#[serde(deny_unknown_fields)]
pub struct ProbeQuery {
    /// Probe in this bucket, below `sail-cargo-probe/`; in a bucket made for it when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bucket: Option<String>,
}

/// What a probe found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProbeReport {
    /// When.
    pub probed_at: DateTime<Utc>,
    /// No fatal case acted.
    pub safe: bool,
    /// What the storage calls itself in its `Server` header; none when it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// Each case, by id.
    pub cases: Vec<ProbeCase>,
    /// Each operation on a sub-resource, by name: whether the storage knows the sub-resource.
    #[serde(default)]
    pub sub_resources: Vec<SubResource>,
}

/// One operation on a sub-resource, sent as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SubResource {
    /// Its name in the S3 model.
    #[cfg_attr(feature = "openapi", schema(example = "DeleteBucketMetricsConfiguration"))]
    pub operation: String,
    /// What a storage runs that does not know the sub-resource.
    #[cfg_attr(feature = "openapi", schema(example = "DeleteBucket"))]
    pub runs_as: String,
    /// `acted`: the storage ran that instead, and the operation is not signed for it.
    pub outcome: ProbeOutcome,
}

/// One way to change a signed request, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProbeCase {
    /// Stable, such as `R001`.
    pub id: String,
    /// What was tried.
    pub title: String,
    /// How bad it is if it acts.
    pub severity: ProbeSeverity,
    /// What the storage did.
    pub outcome: ProbeOutcome,
    /// What that means, in a sentence.
    pub meaning: String,
    /// What to do about it, where there is something to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
}

/// How bad a case is if it acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ProbeSeverity {
    /// It turns a signed request into one that nobody judged: the storage is unsafe, and nothing
    /// of the kinds it opens is signed.
    Fatal,
    /// The storage does not check something. Cargo signs less for it, or rules out what it opens.
    #[serde(alias = "serious")]
    Bounded,
    /// Every S3 storage does it.
    ByDesign,
}

/// What a storage did with a changed request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ProbeOutcome {
    /// It was refused.
    Refused,
    /// It was answered with success, and the change had no effect.
    Accepted,
    /// The change took effect.
    Acted,
    /// It could not be tried.
    Untestable,
}
