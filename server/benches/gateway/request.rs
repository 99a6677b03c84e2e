//! The requests that are sent: signed once, and sent again and again.

use std::fmt;
use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningParams,
    SigningSettings, UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;

use crate::storages::REGION;
use crate::ways::Way;

pub(crate) const BUCKET: &str = "photos";

/// What is measured.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Task {
    pub(crate) method: &'static str,
    pub(crate) size: usize,
    pub(crate) connections: usize,
}

impl Task {
    /// Reads and writes of three sizes.
    pub(crate) const ALL: [Self; 6] = [
        Self { method: "GET", size: 4 << 10, connections: 16 },
        Self { method: "GET", size: 64 << 10, connections: 16 },
        Self { method: "GET", size: 8 << 20, connections: 8 },
        Self { method: "PUT", size: 4 << 10, connections: 16 },
        Self { method: "PUT", size: 64 << 10, connections: 16 },
        Self { method: "PUT", size: 8 << 20, connections: 8 },
    ];

    /// The key that connection `number` reads, or writes.
    pub(crate) fn key(&self, number: usize) -> String {
        format!("{}/{number}", self.size)
    }

    /// The request of connection `number`, as it goes over the wire.
    pub(crate) fn request(&self, way: &Way, number: usize) -> Vec<u8> {
        let content = if self.method == "PUT" { vec![7; self.size] } else { Vec::new() };
        request(way, self.method, &format!("/{BUCKET}/{}", self.key(number)), &content)
    }
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.size >> 20 {
            0 => write!(f, "{} {} KB", self.method, self.size >> 10),
            mib => write!(f, "{} {mib} MiB", self.method),
        }
    }
}

/// A request signed with the key that `way` takes, for the host that it has.
#[expect(clippy::disallowed_methods, reason = "a client signs with the time of its machine")]
pub(crate) fn request(way: &Way, method: &str, target: &str, content: &[u8]) -> Vec<u8> {
    let identity = Credentials::new(&way.access_key_id, &way.secret, None, None, "bench").into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(REGION)
        .name("s3")
        .time(SystemTime::now())
        .settings(settings())
        .build()
        .unwrap();
    let host = way.address.to_string();
    let url = format!("http://{host}{target}");
    let headers = [("host", host.as_str())];
    let body = SignableBody::Bytes(content);
    let signable = SignableRequest::new(method, url, headers.into_iter(), body).unwrap();
    let (instructions, _) = sign(signable, &SigningParams::V4(params)).unwrap().into_parts();
    let lines = instructions.headers().map(|(name, value)| format!("{name}: {value}\r\n"));
    let signed = lines.collect::<Vec<_>>().concat();
    let length = content.len();
    let head = format!(
        "{method} {target} HTTP/1.1\r\nhost: {host}\r\ncontent-length: {length}\r\n{signed}\r\n"
    );
    [head.as_bytes(), content].concat()
}

/// As S3 has it signed.
fn settings() -> SigningSettings {
    let mut settings = SigningSettings::default();
    settings.percent_encoding_mode = PercentEncodingMode::Single;
    settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    settings
}
