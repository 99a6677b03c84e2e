//! Batches: each item has its own result, and the results are in the order of the items.

use serde::{Deserialize, Serialize};

use crate::Problem;

/// 1 to 1000 items.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Batch<T> {
    /// The items.
    pub items: Vec<T>,
}

/// As many answers as there were items, in their order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BatchAnswer<T> {
    /// The answers.
    pub items: Vec<BatchItem<T>>,
}

/// One answer of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum BatchItem<T> {
    /// What a single request would have been answered with.
    Ok {
        /// The answer.
        answer: T,
    },
    /// The problem a single request would have had.
    Failed {
        /// The problem.
        problem: Problem,
    },
}
