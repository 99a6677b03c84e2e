//! Buckets whose creation or deletion was signed, until S3's answer is known.
//!
//! The name is taken before CreateBucket is signed and kept until DeleteBucket is confirmed, so
//! that there is no moment in which another project of the store could take it. Every signature
//! has a reservation id of its own: only when S3 is known to have refused the last of them is a claim
//! given up. Whoever holds a reservation id says how S3 answered; whether that frees a name S3 is asked,
//! and nobody believed.

mod pending;
mod reserve;
mod transitions;
mod unsettled;

pub use unsettled::{BucketReservation, Found, Said, Unsettled};
