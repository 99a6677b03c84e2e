//! The column `store.endpoints`.

use serde::{Deserialize, Serialize};

use crate::columns::{json, to_json};
use crate::domain::s3::{AddressingStyle, Endpoint};
use crate::error::DatabaseError;

/// An endpoint in `store.endpoints`. The names and formats of the fields never change. Unknown
/// fields are refused, because a field of a later release may be a restriction.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
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

/// Parses the endpoints in their column.
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

/// Serializes endpoints for their column.
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The format since the first release.
    const WRITTEN: &str = r#"[{"url":"https://s3.example.com","style":"virtual_hosted"},{"url":"http://127.0.0.1:8333","style":"path"}]"#;

    #[test]
    fn endpoints_match_the_golden_text() {
        assert_eq!(write_endpoints(&parse_endpoints(WRITTEN).unwrap()).unwrap(), WRITTEN);
    }

    #[test]
    fn unknown_fields_of_an_endpoint_are_refused() {
        let newer = WRITTEN.replace("\"style\":\"path\"", "\"style\":\"path\",\"only\":\"reads\"");
        assert_ne!(newer, WRITTEN);
        assert!(parse_endpoints(&newer).is_err());
    }
}
