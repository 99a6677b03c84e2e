//! What the server does, whoever asks: the signing pipeline, and how buckets come and go.

pub mod bucket_lifecycle;
pub mod signing;
