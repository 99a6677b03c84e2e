//! Sealed page tokens: a token is only valid for the listing and the caller that it was made for.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::ApiError;
use super::extractors::Authenticated;
use super::state::State;
use crate::domain::Caller;
use sail_cargo_database::DerivedKey;

/// The version of the token format. A token is this byte, the tag, and the position in the listing
/// as JSON.
const LAYOUT: u8 = 1;
/// The length of a tag (HMAC-SHA-256), in bytes.
const TAG: usize = 32;

/// The seal for the page tokens of one listing.
pub(super) struct Seal {
    key: DerivedKey,
    /// The listing, its caller and its filters. They are the same for every page.
    listing: Vec<u8>,
}

impl Seal {
    /// The seal for the listing at the route `name`, in the caller's project, with these `filters`.
    /// All API keys of the application count as one caller.
    pub(super) fn of(
        state: &State,
        auth: &Authenticated,
        name: &str,
        filters: impl Serialize,
    ) -> Result<Self, ApiError> {
        let caller = &auth.0.caller;
        let whose = match caller {
            Caller::Root(_) => "application".to_owned(),
            Caller::User(_)
            | Caller::AccessKey(_)
            | Caller::Session(_)
            | Caller::Everybody(_)
            | Caller::Operator { .. } => caller.to_string(),
        };
        let listing = serde_json::to_vec(&(name, whose, filters));
        let listing = listing.map_err(|_| ApiError::Internal)?;
        Ok(Self { key: state.service.database().page_key(caller.project()), listing })
    }

    /// The token of a position in the listing.
    pub(super) fn close(&self, place: &impl Serialize) -> String {
        let place = serde_json::to_vec(place).unwrap_or_default();
        let tag = self.key.tag(&[&[LAYOUT], &self.listing, &place]);
        URL_SAFE_NO_PAD.encode([&[LAYOUT][..], &tag, &place].concat())
    }

    /// The position in a token. The tag is verified before the position is parsed.
    pub(super) fn open<T: DeserializeOwned>(&self, token: &str) -> Result<T, ApiError> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok();
        let place = bytes.as_deref().and_then(|bytes| self.place(bytes));
        place.and_then(|place| serde_json::from_slice(place).ok()).ok_or_else(|| {
            let detail = "not a page token of this listing, caller and filters: begin the listing \
                          again";
            ApiError::field("page_token", detail)
        })
    }

    fn place<'t>(&self, token: &'t [u8]) -> Option<&'t [u8]> {
        let (layout, rest) = token.split_first()?;
        let (tag, place) = rest.split_at_checked(TAG)?;
        let is_ours = self.key.is_tag(tag, &[&[*layout], &self.listing, place]);
        (is_ours && *layout == LAYOUT).then_some(place)
    }
}
