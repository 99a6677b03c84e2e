//! A demo auth service. It issues a token to anybody for every user on its list: never use it for
//! anything real.

mod error;
mod key;
mod service;
#[cfg(test)]
mod tests;
mod token;

pub use self::error::IssuerError;
pub use self::service::AuthService;
pub use self::token::{ISSUER, Issuer};
