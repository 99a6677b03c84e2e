//! A listing that Cargo answers itself: the way down to what the caller holds (G15).
//!
//! A caller who holds a grant below `home/ada/` may not list the bucket. A client that opens the bucket
//! with the delimiter `/` still has to find `home/`, and below it `home/ada/`.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::error::S3Error;
use crate::domain::s3::{Operation, S3Request, percent};
use crate::domain::xml_document::XmlDocument;

/// The most entries of one page, as S3 has it.
const MAX_KEYS: usize = 1000;

/// Which page of which listing is asked for.
#[derive(Debug)]
struct Asked<'r> {
    operation: Operation,
    prefix: &'r str,
    max_keys: usize,
    /// Entries up to and including this one have been listed.
    after: String,
    is_url_encoded: bool,
}

/// Whether a listing can be answered by the way down: it stops at `/`.
pub(super) fn is_guidable(request: &S3Request) -> bool {
    let known = matches!(
        request.operation(),
        Operation::ListObjects | Operation::ListObjectsV2 | Operation::ListObjectVersions
    );
    known && request.query("delimiter") == Some("/")
}

/// One page of `segments`, as the answer to `request`.
///
/// # Errors
/// `InvalidArgument` for a continuation token that is none.
pub(super) fn answer(request: &S3Request, segments: &BTreeSet<String>) -> Result<String, S3Error> {
    let asked = Asked::read(request)?;
    let mut rest = segments.iter().filter(|segment| **segment > asked.after);
    let page: Vec<&str> = rest.by_ref().take(asked.max_keys).map(String::as_str).collect();
    let is_truncated = !page.is_empty() && rest.next().is_some();
    Ok(asked.write(request, &page, is_truncated))
}

impl<'r> Asked<'r> {
    fn read(request: &'r S3Request) -> Result<Self, S3Error> {
        let after = match (request.operation(), request.query("continuation-token")) {
            (Operation::ListObjectsV2, Some(token)) => read_token(token)?,
            (Operation::ListObjectsV2, None) => query(request, "start-after"),
            (Operation::ListObjectVersions, _) => query(request, "key-marker"),
            _ => query(request, "marker"),
        };
        let max_keys = request.query("max-keys").and_then(|text| text.parse().ok());
        Ok(Self {
            operation: request.operation(),
            prefix: request.query("prefix").unwrap_or_default(),
            max_keys: max_keys.map_or(MAX_KEYS, |max: usize| max.min(MAX_KEYS)),
            after,
            is_url_encoded: request.query("encoding-type").is_some(),
        })
    }

    fn write(&self, request: &S3Request, page: &[&str], is_truncated: bool) -> String {
        let is_versions = self.operation == Operation::ListObjectVersions;
        let root = if is_versions { "ListVersionsResult" } else { "ListBucketResult" };
        let bucket = request.target().bucket().map(ToString::to_string).unwrap_or_default();
        let mut document = XmlDocument::new(root);
        document.text("Name", &bucket).text("Prefix", &self.encode(self.prefix));
        self.write_place(&mut document, request, page, is_truncated);
        document.text("MaxKeys", &self.max_keys.to_string()).text("Delimiter", "/");
        if self.is_url_encoded {
            document.text("EncodingType", "url");
        }
        document.text("IsTruncated", if is_truncated { "true" } else { "false" });
        for segment in page {
            document.down("CommonPrefixes").text("Prefix", &self.encode(segment)).up();
        }
        document.end()
    }

    /// Where this page begins, and where the next one does.
    fn write_place(
        &self,
        document: &mut XmlDocument,
        request: &S3Request,
        page: &[&str],
        is_truncated: bool,
    ) {
        let next = page.last().filter(|_| is_truncated);
        match self.operation {
            Operation::ListObjectsV2 => {
                for (element, name) in
                    [("StartAfter", "start-after"), ("ContinuationToken", "continuation-token")]
                {
                    if let Some(value) = request.query(name) {
                        let value =
                            if name == "start-after" { self.encode(value) } else { value.into() };
                        document.text(element, &value);
                    }
                }
                document.text("KeyCount", &page.len().to_string());
                if let Some(next) = next {
                    document.text("NextContinuationToken", &URL_SAFE_NO_PAD.encode(next));
                }
            }
            Operation::ListObjectVersions => {
                document.text("KeyMarker", &self.encode(&self.after)).text("VersionIdMarker", "");
                if let Some(next) = next {
                    document.text("NextKeyMarker", &self.encode(next));
                }
            }
            _ => {
                document.text("Marker", &self.encode(&self.after));
                if let Some(next) = next {
                    document.text("NextMarker", &self.encode(next));
                }
            }
        }
    }

    /// A key or prefix as `encoding-type` has it.
    fn encode(&self, text: &str) -> String {
        if self.is_url_encoded {
            percent::encode(text).replace("%2F", "/")
        } else {
            text.to_owned()
        }
    }
}

fn query(request: &S3Request, name: &str) -> String {
    request.query(name).unwrap_or_default().to_owned()
}

fn read_token(token: &str) -> Result<String, S3Error> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok();
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    text.ok_or_else(|| S3Error::argument("The continuation token provided is incorrect"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::s3::{AddressingStyle, EMPTY_SHA256, Endpoint, RawHeaders, RawRequest};

    fn listing(query: &str) -> S3Request {
        let endpoint = Endpoint::parse("http://localhost:9000", AddressingStyle::Path).unwrap();
        let url = format!("http://localhost:9000/photos?{query}");
        let raw = RawRequest {
            method: "GET",
            url: &url,
            headers: RawHeaders::default(),
            payload: Some(EMPTY_SHA256),
            body: None,
        };
        S3Request::parse(raw, &[endpoint]).unwrap()
    }

    fn page(query: &str) -> String {
        let segments = ["a b/", "c/", "d/"].map(str::to_owned);
        let document = answer(&listing(query), &BTreeSet::from(segments)).unwrap();
        document.split_once("2006-03-01/\">").unwrap().1.to_owned()
    }

    #[test]
    fn g15_only_a_listing_that_stops_at_slashes_is_guided() {
        assert!(is_guidable(&listing("list-type=2&delimiter=%2F")));
        assert!(is_guidable(&listing("delimiter=%2F&prefix=a")));
        assert!(is_guidable(&listing("versions&delimiter=%2F")));
        for query in ["list-type=2", "delimiter=-", "uploads&delimiter=%2F", "location"] {
            assert!(!is_guidable(&listing(query)), "{query}");
        }
    }

    #[test]
    fn g15_version_2_is_paged_by_tokens() {
        assert_eq!(
            page("list-type=2&delimiter=%2F&max-keys=2&encoding-type=url"),
            "<Name>photos</Name><Prefix></Prefix><KeyCount>2</KeyCount>\
             <NextContinuationToken>Yy8</NextContinuationToken><MaxKeys>2</MaxKeys>\
             <Delimiter>/</Delimiter><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>\
             <CommonPrefixes><Prefix>a%20b/</Prefix></CommonPrefixes>\
             <CommonPrefixes><Prefix>c/</Prefix></CommonPrefixes></ListBucketResult>"
        );
        let rest = page("list-type=2&delimiter=%2F&continuation-token=Yy8&start-after=a");
        assert!(rest.contains("<StartAfter>a</StartAfter><ContinuationToken>Yy8</"), "{rest}");
        assert!(rest.contains("<KeyCount>1</KeyCount>"), "{rest}");
        assert!(rest.contains("<CommonPrefixes><Prefix>d/</Prefix></CommonPrefixes>"), "{rest}");
        assert!(rest.contains("<IsTruncated>false</IsTruncated>"), "{rest}");
        let request = listing("list-type=2&delimiter=%2F&continuation-token=nonsense!");
        assert_eq!(answer(&request, &BTreeSet::new()).unwrap_err().code(), "InvalidArgument");
    }

    #[test]
    fn g15_version_1_and_versions_are_paged_by_markers() {
        let first = page("delimiter=%2F&max-keys=1");
        assert!(first.contains("<Marker></Marker><NextMarker>a b/</NextMarker>"), "{first}");
        let second = page("delimiter=%2F&max-keys=1&marker=a%20b%2F");
        assert!(second.contains("<NextMarker>c/</NextMarker>"), "{second}");
        let versions = page("versions&delimiter=%2F&max-keys=1&key-marker=c%2F");
        assert!(versions.contains("<KeyMarker>c/</KeyMarker>"), "{versions}");
        assert!(versions.contains("<Prefix>d/</Prefix>"), "{versions}");
        assert!(versions.ends_with("</ListVersionsResult>"), "{versions}");
    }

    #[test]
    fn g15_a_page_of_none_is_not_truncated() {
        let none = page("list-type=2&delimiter=%2F&max-keys=0");
        assert!(none.contains("<IsTruncated>false</IsTruncated>"), "{none}");
        assert!(!none.contains("CommonPrefixes"), "{none}");
    }
}
