//! What a storage answers to ListObjectsV2 with `encoding-type=url`.

use super::xml::{self, Element};
use crate::domain::s3::percent;

/// A page of a listing.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct ObjectPage {
    /// The objects.
    pub(crate) objects: Vec<ListedObject>,
    /// What they have in common up to the delimiter.
    pub(crate) prefixes: Vec<String>,
    /// The token of the next page.
    pub(crate) next: Option<String>,
}

/// An object of a listing.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ListedObject {
    /// Its key.
    pub(crate) key: String,
    /// Its size in bytes.
    pub(crate) size: u64,
    /// When it was written, as the storage says it.
    pub(crate) last_modified: String,
    /// Its ETag, with quotes.
    pub(crate) etag: Option<String>,
}

impl ObjectPage {
    /// Reads a `<ListBucketResult>` document. `None` for anything else.
    pub(crate) fn parse(body: &[u8]) -> Option<Self> {
        let root = xml::parse(body).ok().filter(|root| root.is("ListBucketResult"))?;
        let is_encoded = root.text("EncodingType") == Some("url");
        let key = |element: &Element, name: &str| decoded(element.text(name)?, is_encoded);
        let object = |element: &Element| {
            Some(ListedObject {
                key: key(element, "Key")?,
                size: element.text("Size")?.parse().ok()?,
                last_modified: element.text("LastModified")?.to_owned(),
                etag: element.text("ETag").map(ToOwned::to_owned),
            })
        };
        let prefix = |element: &Element| key(element, "Prefix");
        Some(Self {
            objects: root.children("Contents").map(object).collect::<Option<_>>()?,
            prefixes: root.children("CommonPrefixes").map(prefix).collect::<Option<_>>()?,
            next: root.text("NextContinuationToken").map(ToOwned::to_owned),
        })
    }
}

/// A key as it is. Storages write a space as `+` or as `%20`, and a `+` always as `%2B`.
fn decoded(text: &str, is_encoded: bool) -> Option<String> {
    if !is_encoded {
        return Some(text.to_owned());
    }
    percent::unescape(&text.replace('+', "%20")).ok().map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn g29_a_page_is_read_with_its_keys_decoded() {
        let page = "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
                    <EncodingType>url</EncodingType><NextContinuationToken>t</NextContinuationToken>\
                    <Contents><Key>a%20b%2Bc+d</Key><LastModified>2026-11-28T20:41:13.000Z</LastModified>\
                    <ETag>&quot;e&quot;</ETag><Size>3</Size></Contents>\
                    <CommonPrefixes><Prefix>%C3%A9/</Prefix></CommonPrefixes></ListBucketResult>";
        let page = ObjectPage::parse(page.as_bytes()).unwrap();
        assert_eq!(page.objects[0].key, "a b+c d");
        assert_eq!((page.objects[0].size, page.objects[0].etag.as_deref()), (3, Some("\"e\"")));
        assert_eq!((page.prefixes[0].as_str(), page.next.as_deref()), ("é/", Some("t")));
    }

    #[test]
    fn g29_half_a_page_is_none() {
        for other in ["", "<Error/>", "<ListBucketResult><Contents/></ListBucketResult>"] {
            assert_eq!(ObjectPage::parse(other.as_bytes()), None, "{other}");
        }
    }
}
