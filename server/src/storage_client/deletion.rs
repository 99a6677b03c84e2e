//! What a storage answers to DeleteObjects.

use super::xml::{self, Element};

/// What became of each key.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct DeleteResult {
    /// What was deleted.
    pub(crate) deleted: Vec<DeletedObject>,
    /// What was not, and why.
    pub(crate) errors: Vec<KeyError>,
}

/// An object that was deleted, or a marker that was made in its place.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct DeletedObject {
    /// Its key.
    pub(crate) key: String,
    version: Option<String>,
    marker: Option<String>,
    marker_version: Option<String>,
}

/// A key that was not deleted.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct KeyError {
    /// The key.
    pub(crate) key: String,
    /// The version that was named.
    pub(crate) version: Option<String>,
    /// S3's error code.
    pub(crate) code: String,
    /// A sentence.
    pub(crate) message: String,
}

impl DeleteResult {
    /// Reads a `<DeleteResult>` document. `None` for anything else.
    pub(crate) fn parse(body: &[u8]) -> Option<Self> {
        let root = xml::parse(body).ok().filter(|root| root.is("DeleteResult"))?;
        Some(Self {
            deleted: root.children("Deleted").filter_map(DeletedObject::read).collect(),
            errors: root.children("Error").filter_map(KeyError::read).collect(),
        })
    }

    /// Takes the keys of another answer in.
    pub(crate) fn extend(&mut self, other: Self) {
        self.deleted.extend(other.deleted);
        self.errors.extend(other.errors);
    }
}

impl DeletedObject {
    fn read(element: &Element) -> Option<Self> {
        Some(Self {
            key: owned(element, "Key")?,
            version: owned(element, "VersionId"),
            marker: owned(element, "DeleteMarker"),
            marker_version: owned(element, "DeleteMarkerVersionId"),
        })
    }

    /// What is said of it beside its key, by the names of the elements.
    pub(crate) fn details(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let details = [
            ("VersionId", &self.version),
            ("DeleteMarker", &self.marker),
            ("DeleteMarkerVersionId", &self.marker_version),
        ];
        details.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?)))
    }
}

impl KeyError {
    fn read(element: &Element) -> Option<Self> {
        Some(Self {
            key: owned(element, "Key")?,
            version: owned(element, "VersionId"),
            code: owned(element, "Code").unwrap_or_else(|| "InternalError".to_owned()),
            message: owned(element, "Message").unwrap_or_default(),
        })
    }
}

fn owned(element: &Element, name: &str) -> Option<String> {
    element.text(name).map(ToOwned::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_is_read_key_by_key() {
        let body = b"<DeleteResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
            <Deleted><Key>a</Key><DeleteMarker>true</DeleteMarker></Deleted>\
            <Error><Key>b</Key><Code>AccessDenied</Code><Message>no</Message></Error></DeleteResult>";
        let result = DeleteResult::parse(body).unwrap();
        let details: Vec<_> = result.deleted[0].details().collect();
        assert_eq!(
            (result.deleted[0].key.as_str(), details),
            ("a", vec![("DeleteMarker", "true")])
        );
        assert_eq!(result.errors[0].code, "AccessDenied");
        for other in [&b"<Error><Code>x</Code></Error>"[..], b"<DeleteResult>", b"", b"{}"] {
            assert_eq!(DeleteResult::parse(other), None);
        }
    }
}
