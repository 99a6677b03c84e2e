//! Pages of listings.

use serde::{Deserialize, Serialize};

/// Which part of a listing to answer with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams), into_params(parameter_in = Query))]
#[serde(deny_unknown_fields)]
pub struct PageQuery {
    /// How many items at most, 1 to 1000; 100 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page_size: Option<u32>,
    /// Where the page before ended, as its `next_page_token` said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page_token: Option<String>,
}

/// A part of a listing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Page<T> {
    /// The items, in a stable order.
    pub items: Vec<T>,
    /// Present when there is more. Opaque.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_page_token: Option<String>,
    /// The revision of the project it was read at, the same on every page. Opaque. Absent where
    /// the listing is of no project, or is no part of its grants.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
}
