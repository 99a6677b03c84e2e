//! Reservations: buckets whose creation or deletion was signed, until S3's answer is known.
//!
//! The name is taken before CreateBucket is signed, and kept until DeleteBucket is confirmed. So
//! another project of the store can take it at no moment in between. Each signature has its own
//! reservation id. A claim is given up only when S3 is known to have refused the last of them. The
//! holder of a reservation id reports how S3 answered. Where the report would free a name, S3
//! itself is asked.

mod pending;
mod reserve;
mod transitions;
mod unsettled;

pub use unsettled::{BucketReservation, Found, Said, Unsettled};
