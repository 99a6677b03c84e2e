//! What a storage says, as far as it is to be believed: a whole, well-formed XML document of the
//! kind that was asked for. A page that somebody on the way made up, a document that ends in the
//! middle, or one of another kind says nothing. Pure.

use std::collections::BTreeMap;

use super::client::StorageResponse;
use super::xml::{self, Element};
use crate::domain::BucketName;

/// A page of an account's buckets: the answer to ListBuckets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Page {
    /// Whose the account is.
    pub(super) owner: Option<String>,
    /// By name, with when each was created, in the storage's own words.
    pub(super) buckets: BTreeMap<String, String>,
    pub(super) rest: Rest,
}

/// What is behind a page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Rest {
    /// Nothing.
    #[default]
    Nothing,
    /// What this token leads to.
    Behind(String),
    /// More, that nothing leads to.
    Lost,
}

/// What the listing of a bucket says of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Seen {
    /// It is there, and could be listed.
    Listed,
    /// There is none of that name.
    NoSuchBucket,
    /// Nothing.
    Nothing,
}

impl Seen {
    /// Of the answer to a listing of `bucket`.
    pub(crate) fn of(answer: &StorageResponse, bucket: &BucketName) -> Self {
        match answer.status() {
            200 if lists(answer.body(), bucket) => Self::Listed,
            404 if code(answer.body()).as_deref() == Some("NoSuchBucket") => Self::NoSuchBucket,
            _ => Self::Nothing,
        }
    }
}

impl Page {
    /// Reads the answer to ListBuckets; none where it is no such answer.
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

/// A bucket of a list, and when it was created.
fn bucket(listed: &Element) -> Option<(String, String)> {
    let created = listed.text("CreationDate").unwrap_or_default();
    Some((listed.text("Name")?.to_owned(), created.to_owned()))
}

/// Whether this is the listing of that bucket.
fn lists(body: &[u8], bucket: &BucketName) -> bool {
    read(body, "ListBucketResult").is_some_and(|root| root.text("Name") == Some(bucket.as_str()))
}

/// S3's code of an error.
fn code(body: &[u8]) -> Option<String> {
    read(body, "Error")?.text("Code").map(str::to_owned)
}

/// Reads a document of that kind.
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
    }
}
