//! An S3 client for the address that Cargo reports.

use std::fmt;

use aws_sdk_s3::Client;
use sail_cargo_client::protocol::{self, AddressingStyle, Endpoint};
use sail_cargo_middleware::{RemoteSigner, RemoteSigningError};
use url::Url;

use super::StorageError;
use crate::percent;

/// An S3 client, and where its bucket is.
pub(super) struct BucketClient {
    pub(super) s3: Client,
    /// Says which way leads to the bucket.
    signer: RemoteSigner,
    bucket: String,
}

impl BucketClient {
    /// Asks Cargo for the address, and creates the client.
    pub(super) async fn ask(signer: &RemoteSigner, bucket: &str) -> Result<Self, StorageError> {
        let storage = signer.storage().await.map_err(StorageError::Whereabouts)?;
        Self::at(&storage, signer, bucket)
    }

    fn at(
        storage: &protocol::Storage,
        signer: &RemoteSigner,
        bucket: &str,
    ) -> Result<Self, StorageError> {
        let s3 = signer.connect_to(storage).map_err(StorageError::Whereabouts)?;
        let client = Self { s3, signer: signer.clone(), bucket: bucket.to_owned() };
        client.base()?;
        Ok(client)
    }

    /// The URL of an object, where the way leads now.
    pub(super) fn url(&self, key: &str) -> Result<Url, StorageError> {
        parse(&format!("{}{}", self.base()?, percent::url_path(key)))
    }

    /// The URL of the bucket, with a slash at its end.
    fn base(&self) -> Result<String, StorageError> {
        let way = self.signer.way().ok_or_else(unusable)?;
        url_of(&way.endpoint(), &self.bucket)
    }
}

impl fmt::Debug for BucketClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BucketClient").field("bucket", &self.bucket).finish_non_exhaustive()
    }
}

/// The URL of a bucket, with a slash at its end.
fn url_of(endpoint: &Endpoint, bucket: &str) -> Result<String, StorageError> {
    let mut url = parse(&endpoint.url)?;
    // As in the SDK's endpoint rules, the bucket is not a host label before an IP address, or if it
    // has upper case, `_` or more than 63 bytes. A name with dots is one only over http, and only
    // if each of its labels could be a bucket name.
    let labels = || bucket.split('.').all(|label| (3..=63).contains(&label.len()));
    let label = endpoint.style == AddressingStyle::VirtualHosted
        && bucket.len() <= 63
        && bucket
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.".contains(&b))
        && (!bucket.contains('.') || (url.scheme() == "http" && labels()))
        && url.domain().is_some();
    if label {
        let host = format!("{bucket}.{}", url.host_str().unwrap_or_default());
        url.set_host(Some(&host)).map_err(|_| unusable())?;
    }
    let base = url.as_str().trim_end_matches('/');
    Ok(if label { format!("{base}/") } else { format!("{base}/{}/", percent::url_path(bucket)) })
}

fn parse(url: &str) -> Result<Url, StorageError> {
    Url::parse(url).map_err(|_| unusable())
}

fn unusable() -> StorageError {
    let message = "its endpoint is no URL of a bucket".to_owned();
    StorageError::Whereabouts(RemoteSigningError::NoStorage { message })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A storage without an endpoint.
    fn nowhere(region: &str) -> protocol::Storage {
        protocol::Storage {
            endpoints: Vec::new(),
            region: region.to_owned(),
            access: protocol::StoreAccess::Direct,
            gateway: None,
        }
    }

    #[test]
    fn urls_of_objects_are_those_the_sdk_asks_for() {
        use AddressingStyle::{Path, VirtualHosted};
        let signer = RemoteSigner::root("http://cargo.test", "k").unwrap();
        for (url, style, bucket, key, expected) in [
            ("https://s3.test", Path, "bkt", "a/b.png", "https://s3.test/bkt/a/b.png"),
            ("http://s3.test:9000/", Path, "bkt", "/a//", "http://s3.test:9000/bkt//a//"),
            ("https://s3.test", Path, "b.c", "ü +%", "https://s3.test/b.c/%C3%BC%20%2B%25"),
            ("https://s3.test", Path, "bkt", "a?b#c\\d", "https://s3.test/bkt/a%3Fb%23c%5Cd"),
            ("https://s3.test", VirtualHosted, "bkt", "a/b", "https://bkt.s3.test/a/b"),
            ("http://s3.test:81", VirtualHosted, "b.c", "...", "http://s3.test:81/b.c/..."),
            ("https://s3.test", VirtualHosted, "b.c", "a", "https://s3.test/b.c/a"),
            ("https://s3.test", VirtualHosted, "bkt.name", "a", "https://s3.test/bkt.name/a"),
            ("http://s3.test", VirtualHosted, "bkt.name", "a", "http://bkt.name.s3.test/a"),
            ("https://s3.test", VirtualHosted, "My_Bucket", "a", "https://s3.test/My_Bucket/a"),
            ("http://[::1]:9", VirtualHosted, "bkt", "a", "http://[::1]:9/bkt/a"),
            ("http://s3_server:9", Path, "Photos", "a", "http://s3_server:9/Photos/a"),
            ("http://127.0.0.1:9", VirtualHosted, "bkt", "a", "http://127.0.0.1:9/bkt/a"),
        ] {
            let endpoint = Endpoint { url: url.to_owned(), style };
            let storage = protocol::Storage { endpoints: vec![endpoint], ..nowhere("us-east-1") };
            let client = BucketClient::at(&storage, &signer, bucket).unwrap();
            assert_eq!(client.url(key).unwrap().as_str(), expected);
        }
    }

    #[test]
    fn urls_of_objects_name_the_gateway_where_that_is_the_way() {
        let signer = RemoteSigner::root("http://cargo.test", "k").unwrap();
        let gateway = protocol::GatewayAddress {
            endpoint: "https://gateway.test".to_owned(),
            region: "us-east-1".to_owned(),
        };
        let storage = protocol::Storage {
            access: protocol::StoreAccess::Gateway,
            gateway: Some(gateway),
            ..nowhere("us-east-1")
        };
        let client = BucketClient::at(&storage, &signer, "bkt").unwrap();
        assert_eq!(client.url("a b").unwrap().as_str(), "https://gateway.test/bkt/a%20b");
    }

    #[test]
    fn a_storage_that_is_nowhere_is_an_error() {
        let signer = RemoteSigner::root("http://cargo.test", "k").unwrap();
        let none = nowhere("");
        let error = BucketClient::at(&none, &signer, "bkt").unwrap_err();
        let StorageError::Whereabouts(reason) = error else { panic!("{error:?}") };
        assert!(matches!(reason, RemoteSigningError::NoStorage { .. }));
    }
}
