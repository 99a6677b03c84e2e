//! Bodies in chunks (`aws-chunked`): bytes in, content out, as they come; and the other way
//! round. No I/O.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html> and
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html>

mod chain;
mod decoder;
mod encoder;
mod trailer;

pub use decoder::{Decoder, Fed};
pub use encoder::Encoder;
