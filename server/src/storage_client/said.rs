//! Interprets a storage's answers. Only a complete, well-formed XML document of the expected kind
//! counts. An error page of a proxy, a truncated document or another kind of document tells
//! nothing. Pure.

use std::collections::BTreeMap;

use super::client::StorageResponse;
use super::xml::{self, Element};
use crate::domain::BucketName;

/// A page of an account's buckets: the answer to ListBuckets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Page {
    /// The id of the account's owner, if the storage names it.
    pub(super) owner: Option<String>,
    /// The creation date of each bucket by its name. The date is the storage's text.
    pub(super) buckets: BTreeMap<String, String>,
    pub(super) rest: Rest,
}

/// What follows a page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Rest {
    /// Nothing: this is the last page.
    #[default]
    Nothing,
    /// A page that this token requests.
    Behind(String),
    /// More buckets, without a token to request them.
    Lost,
}

/// What the listing of a bucket says about the bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Seen {
    /// The bucket exists and can be listed.
    Listed,
    /// The bucket does not exist.
    NoSuchBucket,
    /// The answer does not tell.
    Nothing,
}

impl Seen {
    /// Interprets the answer to a listing of `bucket`.
    pub(crate) fn of(answer: &StorageResponse, bucket: &BucketName) -> Self {
        match answer.status() {
            200 if lists(answer.body(), bucket) => Self::Listed,
            404 if code(answer.body()).as_deref() == Some("NoSuchBucket") => Self::NoSuchBucket,
            _ => Self::Nothing,
        }
    }
}

impl Page {
    /// Reads the answer to ListBuckets; `None` if it is not such an answer.
    pub(super) fn read(answer: &StorageResponse) -> Option<Self> {
        if answer.status() == 200 { Self::parse(answer.body()) } else { None }
    }

    fn parse(body: &[u8]) -> Option<Self> {
        let root = read(body, "ListAllMyBucketsResult")?;
        let list = root.children("Buckets").next();
        let buckets = list.into_iter().flat_map(|list| list.children("Bucket")).map(bucket);
        let is_cut = root.text("IsTruncated") == Some("true");
        let owner = root.children("Owner").next();
        Some(Self {
            owner: owner.and_then(|owner| owner.text("ID")).map(str::to_owned),
            buckets: buckets.collect::<Option<_>>()?,
            rest: match root.text("ContinuationToken") {
                Some(token) => Rest::Behind(token.to_owned()),
                None if is_cut => Rest::Lost,
                None => Rest::Nothing,
            },
        })
    }
}

/// The name and the creation date of a listed bucket.
fn bucket(listed: &Element) -> Option<(String, String)> {
    let created = listed.text("CreationDate").unwrap_or_default();
    Some((listed.text("Name")?.to_owned(), created.to_owned()))
}

/// Whether this is the listing of `bucket`.
fn lists(body: &[u8], bucket: &BucketName) -> bool {
    read(body, "ListBucketResult").is_some_and(|root| root.text("Name") == Some(bucket.as_str()))
}

/// The code of an S3 error document, letters and digits only, be it cut off behind it or odd elsewhere: whoever passes the document on
/// has to know what it says.
pub(crate) fn error_code(body: &[u8]) -> Option<String> {
    xml::root(body).filter(|root| root == "Error" || root == "ErrorResponse")?;
    let is_plain = |code: &str| {
        (1..=64).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    xml::find(body, "Code", is_plain)
}

/// The code of an S3 error document.
fn code(body: &[u8]) -> Option<String> {
    read(body, "Error")?.text("Code").map(str::to_owned)
}

/// Parses a document whose root element is called `kind`.
fn read(body: &[u8], kind: &str) -> Option<Element> {
    let root = xml::parse(body);
    let root =
        root.inspect_err(|error| log::debug!("a storage's answer is not a valid {kind}: {error}"));
    root.ok().filter(|root| root.is(kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    const XMLNS: &str = "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"";

    fn names(body: &str) -> Option<Vec<String>> {
        Page::parse(body.as_bytes()).map(|page| page.buckets.into_keys().collect())
    }

    #[test]
    fn an_account_s_list_is_read_as_storages_write_it() {
        let list = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListAllMyBucketsResult {XMLNS}>\
             <Owner><ID>ada</ID><DisplayName>x</DisplayName></Owner><Buckets>\
             <Bucket><Name>a</Name><CreationDate>1</CreationDate></Bucket>\
             <Bucket><CreationDate>2</CreationDate><Name> b </Name></Bucket><Bucket><Name>c</Name>\
             </Bucket></Buckets><ContinuationToken>t&amp;1</ContinuationToken>\
             </ListAllMyBucketsResult>"
        );
        let page = Page::parse(list.as_bytes()).unwrap();
        let expected = [("a", "1"), ("b", "2"), ("c", "")];
        let expected = expected.map(|(name, at)| (name.to_owned(), at.to_owned()));
        assert_eq!(page.buckets, expected.into());
        assert_eq!(
            (page.owner.as_deref(), page.rest),
            (Some("ada"), Rest::Behind("t&1".to_owned()))
        );
        for none in [
            "<ListAllMyBucketsResult/>".to_owned(),
            format!("<ListAllMyBucketsResult {XMLNS}><Buckets/></ListAllMyBucketsResult>"),
            "<a:ListAllMyBucketsResult xmlns:a='http://doc.s3.amazonaws.com/2006-03-01'>\
             <a:Owner/><a:Buckets></a:Buckets></a:ListAllMyBucketsResult>"
                .to_owned(),
        ] {
            assert_eq!(Page::parse(none.as_bytes()), Some(Page::default()), "{none}");
        }
        let cut =
            "<ListAllMyBucketsResult><IsTruncated>true</IsTruncated></ListAllMyBucketsResult>";
        assert_eq!(Page::parse(cut.as_bytes()).unwrap().rest, Rest::Lost);
    }

    #[test]
    fn what_is_no_list_of_an_account_says_nothing() {
        let whole = "<ListAllMyBucketsResult><Buckets><Bucket><Name>a</Name></Bucket></Buckets>\
                     </ListAllMyBucketsResult>";
        assert_eq!(names(whole), Some(vec!["a".to_owned()]));
        for cut in 0..whole.len() {
            assert_eq!(names(&whole[..cut]), None, "cut off at {cut}");
        }
        for garbage in [
            "<html>hi</html>",
            "{}",
            "<ListBucketResult><Name>a</Name></ListBucketResult>",
            "<Error><Code>NoSuchBucket</Code></Error>",
            "<html><ListAllMyBucketsResult/></html>",
            "<ListAllMyBucketsResult/><html/>",
            "<ListAllMyBucketsResult xmlns=\"http://www.w3.org/1999/xhtml\"/>",
            "<ListAllMyBucketsResult><Buckets><Bucket/></Buckets></ListAllMyBucketsResult>",
            "<!DOCTYPE x [<!ENTITY e \"a\">]><ListAllMyBucketsResult/>",
            "<!-- don't --><ListAllMyBucketsResult/>",
        ] {
            assert_eq!(names(garbage), None, "{garbage}");
        }
        let long = |middle: String| format!("<ListAllMyBucketsResult{middle}");
        let attributes: Vec<_> = (0..200_000).map(|number| format!(" a{number}='>'")).collect();
        assert_eq!(names(&long(format!("{}/>", attributes.concat()))), None);
        let nodes = "<a/>".repeat(1_000_000);
        assert_eq!(names(&long(format!(">{nodes}</ListAllMyBucketsResult>"))), None);
    }

    #[test]
    fn a_bucket_is_there_when_its_own_listing_says_so() {
        let bucket = BucketName::parse("photos").unwrap();
        let named = |name: &str| {
            format!("<ListBucketResult {XMLNS}><Name>{name}</Name></ListBucketResult>")
        };
        for (body, listed) in [
            (named("photos"), true),
            (named("other"), false),
            (named("photos")[..40].to_owned(), false),
            ("<ListBucketResult/>".to_owned(), false),
            ("<html>photos</html>".to_owned(), false),
            (
                "<ListAllMyBucketsResult><Name>photos</Name></ListAllMyBucketsResult>".to_owned(),
                false,
            ),
        ] {
            assert_eq!(lists(body.as_bytes(), &bucket), listed, "{body}");
        }
        let error = "<?xml version='1.0'?><Error><Code>NoSuchBucket</Code><Message/></Error>";
        assert_eq!(code(error.as_bytes()).as_deref(), Some("NoSuchBucket"));
        assert_eq!(code(b"<Code>NoSuchBucket</Code>"), None);
        let cut = b"<Error><Code>InvalidToken</Code><Message>The pro";
        assert_eq!((code(cut), error_code(cut).as_deref()), (None, Some("InvalidToken")));
        assert_eq!(error_code(error.as_bytes()).as_deref(), Some("NoSuchBucket"));
        assert_eq!(error_code(b"<html><Code>InvalidToken</Code></html>"), None);
    }
}
