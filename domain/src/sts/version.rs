//! Which version of the API is spoken.

/// The namespace of every answer.
pub const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";
/// The only version of the API.
pub const VERSION: &str = "2011-06-15";
