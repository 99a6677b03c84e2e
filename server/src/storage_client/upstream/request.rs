//! What is asked of a storage, as it goes over the wire.

use std::sync::Arc;
use std::time::Duration;

use http::header::{
    ACCEPT_ENCODING, AUTHORIZATION, CONNECTION, CONTENT_LENGTH, EXPECT, HOST, HeaderName,
    HeaderValue, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE, TRAILER, TRANSFER_ENCODING, UPGRADE,
};
use http::{HeaderMap, Method, Uri};

use super::error::UpstreamError;
use super::limits::UpstreamLimits;
use crate::domain::ProjectId;
use crate::domain::s3::{Endpoint, Operation};

/// A request for a storage, signed.
#[derive(Debug)]
pub struct UpstreamRequest<B> {
    /// The address of the store that it goes to, whatever the URL's host says.
    pub endpoint: Endpoint,
    /// Whose it is.
    pub holder: Holder,
    /// The method.
    pub method: Method,
    /// The URL as it was signed: its host is sent as `Host`, path and query as they are.
    pub url: String,
    /// Headers. Those of the connection and the framing are not sent, but made here.
    pub headers: HeaderMap,
    /// Bytes of the body. A body that is shorter or longer is broken off.
    pub length: u64,
    /// The body. It is asked for a piece when the storage takes one.
    pub body: B,
}

/// Whose a connection is: each has a share of a store's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holder {
    /// The server's own.
    Server,
    /// A caller's.
    Caller {
        /// The project.
        project: ProjectId,
        /// The access key, or a word for what stands in its place.
        key: Arc<str>,
    },
}

/// What a request is for, and with that how long its answer may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Answered at once.
    Usual,
    /// The storage works before it answers.
    Long,
    /// The server's own: connection, answer and all of its body within this time.
    Own(Duration),
}

impl Kind {
    /// By what the storage has to do: copies, and what joins or deletes many, take long.
    pub fn of(operation: Operation) -> Self {
        match operation {
            Operation::CompleteMultipartUpload
            | Operation::CopyObject
            | Operation::UploadPartCopy
            | Operation::DeleteObjects => Self::Long,
            _ => Self::Usual,
        }
    }

    /// How long the answer's first byte may take, counted from the end of the request.
    pub(super) fn first_byte(self, limits: &UpstreamLimits) -> Duration {
        match self {
            Self::Usual => limits.first_byte,
            Self::Long => limits.first_byte_long,
            Self::Own(total) => total,
        }
    }

    /// How long everything may take.
    pub(super) fn total(self) -> Option<Duration> {
        match self {
            Self::Usual | Self::Long => None,
            Self::Own(total) => Some(total),
        }
    }
}

/// Headers of one connection, and of the framing: none is taken over from somebody else.
const OWN: [HeaderName; 10] = [
    ACCEPT_ENCODING,
    CONNECTION,
    CONTENT_LENGTH,
    EXPECT,
    HOST,
    PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
];

/// The head of a request.
#[derive(Debug, Clone)]
pub(super) struct Head {
    pub(super) method: Method,
    /// Path and query; behind scheme and host for a proxy that is asked in the storage's place.
    pub(super) uri: Uri,
    pub(super) headers: HeaderMap,
}

impl Head {
    /// Of a request with a body of `length` bytes. `Content-Length` stands wherever there is a body or
    /// might be one, and where `headers` say it: they are signed. Nothing goes out in chunks (RFC 9112
    /// §6.2).
    pub(super) fn new(
        (method, url, mut headers, length): (Method, &str, HeaderMap, u64),
        proxy: Option<&HeaderValue>,
        is_absolute: bool,
    ) -> Result<Self, UpstreamError> {
        let invalid = |what: &str| UpstreamError::Invalid(what.to_owned());
        let (host, target) = split(url).ok_or_else(|| invalid("its URL has no path"))?;
        let says_length = headers.contains_key(CONTENT_LENGTH);
        for name in OWN.iter().chain(&[UPGRADE]).chain(&[HeaderName::from_static("keep-alive")]) {
            headers.remove(name);
        }
        let host = HeaderValue::from_str(host).map_err(|_| invalid("its host is none"))?;
        headers.insert(HOST, host);
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        if says_length || length > 0 || matches!(method, Method::PUT | Method::POST) {
            headers.insert(CONTENT_LENGTH, length.into());
        }
        if let Some(proxy) = proxy {
            headers.insert(PROXY_AUTHORIZATION, proxy.clone());
        }
        if let Some(signature) = headers.get_mut(AUTHORIZATION) {
            signature.set_sensitive(true);
        }
        let uri = Uri::try_from(if is_absolute { url } else { target });
        Ok(Self { method, uri: uri.map_err(|_| invalid("its URL is none"))?, headers })
    }
}

/// Host, and path with query.
fn split(url: &str) -> Option<(&str, &str)> {
    let (_, rest) = url.split_once("://")?;
    let (host, target) = rest.split_at(rest.find('/')?);
    (!host.is_empty()).then_some((host, target))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Some clients send `Content-Length: 0` with a GET. The storage's signature covers it.
    #[test]
    fn g20_a_length_that_was_said_is_sent_and_no_other_than_that_of_the_body() {
        let length = |method: Method, said: Option<u64>, length: u64| {
            let mut headers = HeaderMap::new();
            headers.extend(said.map(|said| (CONTENT_LENGTH, HeaderValue::from(said))));
            let head = (method, "http://store.test/photos/x", headers, length);
            let sent = Head::new(head, None, false).unwrap().headers;
            sent.get(CONTENT_LENGTH).map(|length| length.to_str().unwrap().to_owned())
        };
        for (method, said, body, sent) in [
            (Method::GET, None, 0, None),
            (Method::GET, Some(0), 0, Some("0")),
            (Method::DELETE, Some(0), 0, Some("0")),
            (Method::PUT, None, 0, Some("0")),
            (Method::PUT, Some(9), 5, Some("5")),
        ] {
            assert_eq!(length(method, said, body).as_deref(), sent, "{said:?}");
        }
    }
}
