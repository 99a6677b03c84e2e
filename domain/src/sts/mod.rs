//! AWS's Security Token Service, as far as it opens sessions: requests read, answers and errors written.
//! Pure.
//!
//! <https://docs.aws.amazon.com/STS/latest/APIReference/welcome.html>

mod answer;
mod error;
mod identity;
mod parameters;
mod request;
mod xml;

pub use answer::{Issued, StsAnswer};
pub use error::StsError;
pub use identity::Identity;
pub use request::{SessionAsked, StsRequest};

/// The namespace of every answer.
pub const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";
/// The only version of the API.
pub const VERSION: &str = "2011-06-15";

#[cfg(test)]
mod tests;
