//! A sign-in that outlives the command: its tokens are kept in the user's configuration directory, and renewed
//! when they are near their end.

mod device;
mod issuer;
mod keeper;
mod kept;
mod kept_token;
mod renewal;
mod server_key;

pub(super) use issuer::{Issuer, is_private};
pub(super) use keeper::Keeper;
pub(super) use kept::{Renewal, SentToken, SignIn};
pub(super) use kept_token::KeptToken;
pub(super) use renewal::{expiry, of_cargo};
pub(super) use server_key::server_key;
