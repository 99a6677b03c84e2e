//! Page tokens are sealed: what Cargo did not make for this listing and this caller is none.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::ApiError;
use super::extractors::Authenticated;
use super::state::State;
use crate::domain::Caller;
use sail_cargo_database::DerivedKey;

/// The layout of a token: this byte, the tag, then the place in the listing as JSON.
const LAYOUT: u8 = 1;
/// Of HMAC-SHA-256, in bytes.
const TAG: usize = 32;

/// What the page tokens of one listing are sealed with.
pub(super) struct Seal {
    key: DerivedKey,
    /// Which listing, whose, and of what: the same on every page.
    listing: Vec<u8>,
}

impl Seal {
    /// The seal of the listing at the route `name`, as the caller asks for it: in their project,
    /// with these `filters`. The application is one caller, whichever key it shows.
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
            | Caller::Operator { .. } => caller.to_string(),
        };
        let listing = serde_json::to_vec(&(name, whose, filters));
        let listing = listing.map_err(|_| ApiError::Internal)?;
        Ok(Self { key: state.service.database().page_key(caller.project()), listing })
    }

    /// The token of a place in the listing.
    pub(super) fn close(&self, place: &impl Serialize) -> String {
        let place = serde_json::to_vec(place).unwrap_or_default();
        let tag = self.key.tag(&[&[LAYOUT], &self.listing, &place]);
        URL_SAFE_NO_PAD.encode([&[LAYOUT][..], &tag, &place].concat())
    }

    /// The place that a token stands for. Nothing of it is read before the seal is found whole.
    pub(super) fn open<T: DeserializeOwned>(&self, token: &str) -> Result<T, ApiError> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok();
        let place = bytes.as_deref().and_then(|bytes| self.place(bytes));
        place.and_then(|place| serde_json::from_slice(place).ok()).ok_or_else(|| {
            let detail = "not a token of this listing as you ask for it: begin it again";
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
