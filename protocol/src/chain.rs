//! The hash chain of a project's changes: whether it holds, and until where.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// `GET /v1/changes/chain`: which part of the chain to verify.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
#[serde(deny_unknown_fields)]
pub struct ChainQuery {
    /// Only the changes behind this one, which must be in the chain: the `next` of the answer before,
    /// or a head that was kept elsewhere. From the first one when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// A head that was kept elsewhere, as `revision:hash`. A chain without it is broken: so is seen
    /// that all of it, or its end, was written anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head: Option<String>,
    /// How many changes at most, 1 to 10000; 10000 when absent. There may be fewer: the server takes
    /// about a second for each request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page_size: Option<u32>,
}

/// What a part of the chain is found to be. While there is `more`, ask again with `next` as `after`:
/// the chain holds if all its parts do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChainCheck {
    /// Whether every change looked at is as it was written, and none is missing.
    pub holds: bool,
    /// Where the chain is broken first; absent while it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub broken: Option<ChainBreak>,
    /// How many changes were verified.
    pub changes: i64,
    /// The revision until which the chain holds; 0 where there is no change yet, or no part of it
    /// can be trusted.
    pub verified_revision: i64,
    /// When that change was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified_at: Option<DateTime<Utc>>,
    /// That change as `revision:hash`, with the hash in hex. The `after` that continues; once there is
    /// no more, the head to keep elsewhere.
    pub next: String,
    /// Whether there is more to verify. Never where it is broken.
    pub more: bool,
    /// The revision it was read at. Opaque.
    pub revision: String,
}

/// The first change that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChainBreak {
    /// Its revision.
    pub revision: i64,
    /// What is wrong with it.
    pub reason: ChainFault,
    /// The column of the change that says something else than what was hashed, where that is the
    /// reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
}

/// What is wrong with a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ChainFault {
    /// There is no such change, although there are later ones, or the project's head names it.
    Missing,
    /// It names another hash than that of the change before it.
    PreviousHash,
    /// Its body is not the one that was hashed.
    Hash,
    /// Its body has the right hash, and no version of Cargo wrote it.
    Body,
    /// A column beside its body says something else than the body.
    Column,
    /// The project's head names another change as the last one.
    Head,
    /// It is behind the project's head.
    Unexpected,
    /// It is not the change that a head was kept of, or the chain ends before it.
    KeptHead,
}
