//! AWS's Security Token Service, as far as it opens sessions: requests read, answers and errors written.
//! Pure.
//!
//! <https://docs.aws.amazon.com/STS/latest/APIReference/welcome.html>

mod answer;
mod error;
mod identity;
mod parameters;
mod request;
mod version;

pub use answer::{Issued, StsAnswer};
pub use error::StsError;
pub use identity::Identity;
pub use request::{SessionAsked, StsRequest};
pub use version::{NAMESPACE, VERSION};

#[cfg(test)]
mod tests;
