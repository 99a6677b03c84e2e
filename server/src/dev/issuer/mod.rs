//! A demo auth service: it vouches for anybody on its list. Never use it for anything real.

mod error;
mod key;
mod service;
#[cfg(test)]
mod tests;
mod token;

pub use self::error::IssuerError;
pub use self::service::AuthService;
pub use self::token::{ISSUER, Issuer};
