//! Parses an S3 request: from bytes to one operation on one bucket and key, or a refusal.
//!
//! The rules are numbered N1 to N15; each file names the rules that it implements. They apply in
//! this order: method, URL bytes, endpoint, path, query, headers, payload kind, operation, header
//! policy, payload binding. The first rule that fails determines the refusal.

mod ambiguity;
pub mod checksum;
mod copy_source;
mod delete;
mod endpoint;
mod header;
mod host;
mod media_type;
mod operation;
mod parts;
mod payload;
pub mod percent;
mod presign;
mod query;
mod query_value;
mod raw_headers;
mod refusal;
mod request;
mod resolve;
mod restore;
mod spelling;
mod table;
mod target;
mod url;
mod xml;

pub use ambiguity::{Ambiguities, Ambiguity};
pub use copy_source::Source;
pub use delete::{DeleteList, ObjectToDelete};
pub use endpoint::{AddressingStyle, Endpoint, InvalidEndpoint, overlap};
pub(crate) use header::goes_on as header_goes_on;
pub(crate) use host::normalised_host;
pub use operation::{BodyRule, Level, Method, Needs, Row};
pub use parts::PartList;
pub use payload::{EMPTY_SHA256, Payload};
pub use presign::{Lifetime, PresignLimits, Presignable};
pub use query_value::sentence as query_value_rule;
pub use raw_headers::RawHeaders;
pub use refusal::Refusal;
pub use request::{RawRequest, S3Request};
pub use table::Operation;
pub use target::Target;
