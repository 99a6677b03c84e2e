//! Tests how a storage treats requests that were modified after signing, and operations that it
//! does not know.
//!
//! A signature protects only what is signed, and only as far as the storage checks it. A storage
//! that obeys *unsigned* `x-amz-*` headers turns the right to write one key into the right to read
//! everything (`docs/THREAT_MODEL.md`). The probe runs each such attack on its own objects and
//! buckets, checks for an effect, and removes what it created. Its requests pass the same pipeline
//! as all signed requests.

mod attack_run;
mod body;
mod broken;
mod case;
mod cleanup;
mod created;
mod environment;
mod error;
mod findings;
mod reading;
mod report;
mod run;
mod stored;
mod sub_resource;
mod sub_resource_run;
mod through_gateway;
mod trailer;
mod workspace;

pub use error::ProbeError;
pub use report::{StoreUse, safety_of, text, verdict, warnings};
pub use run::Manner;
pub use stored::{probe_account, probe_store};
pub use through_gateway::{gateway_text, gateway_verdict, probe_gateway};
