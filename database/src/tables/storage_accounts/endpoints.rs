//! The column `store.endpoints`.

use serde::{Deserialize, Serialize};

use crate::columns::{json, to_json};
use crate::domain::s3::{AddressingStyle, Endpoint};
use crate::error::DatabaseError;

/// An endpoint in `store.endpoints`. The names and forms of the fields never change.
#[derive(Debug, Serialize, Deserialize)]
struct EndpointRecord {
    url: String,
    style: StyleWord,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
enum StyleWord {
    #[serde(rename = "path")]
    Path,
    #[serde(rename = "virtual_hosted")]
    VirtualHosted,
}

/// Endpoints from their column.
pub(crate) fn parse_endpoints(text: &str) -> Result<Vec<Endpoint>, DatabaseError> {
    let endpoints: Vec<EndpointRecord> = json(text)?;
    let parsed = endpoints.iter().map(|EndpointRecord { url, style }| {
        let style = match style {
            StyleWord::Path => AddressingStyle::Path,
            StyleWord::VirtualHosted => AddressingStyle::VirtualHosted,
        };
        Endpoint::parse(url, style).map_err(DatabaseError::corrupt)
    });
    parsed.collect()
}

/// Endpoints for their column.
pub(super) fn write_endpoints(endpoints: &[Endpoint]) -> Result<String, DatabaseError> {
    let records = endpoints.iter().map(|endpoint| EndpointRecord {
        url: endpoint.url(),
        style: match endpoint.style() {
            AddressingStyle::Path => StyleWord::Path,
            AddressingStyle::VirtualHosted => StyleWord::VirtualHosted,
        },
    });
    to_json(&records.collect::<Vec<_>>())
}
