//! The parts in the body of a CompleteMultipartUpload request.

use super::Refusal;
use super::xml::{Next, Reader};
use crate::xml_document::XmlDocument;

const ROOT: &str = "CompleteMultipartUpload";

/// The body of a CompleteMultipartUpload request.
///
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html>
#[derive(Debug)]
pub struct PartList(Vec<Part>);

/// Number and ETag of a part, as they were sent.
#[derive(Debug)]
struct Part {
    number: String,
    etag: String,
}

impl PartList {
    /// The same list without the checksums of the parts. `None` for a list that has none.
    ///
    /// # Errors
    /// [`Refusal::PartsBody`] for a list with checksums that is not in plain form.
    pub fn without_checksums(body: &[u8]) -> Result<Option<String>, Refusal> {
        let mut tags = body.split(|byte| *byte == b'<');
        if !tags.any(|tag| tag.starts_with(b"Checksum")) {
            return Ok(None);
        }
        Ok(Some(Self::read(body).ok_or(Refusal::PartsBody)?.write()))
    }

    fn read(body: &[u8]) -> Option<Self> {
        let mut reader = Reader::open(body, ROOT)?;
        let mut parts = Vec::new();
        while let Next::Child(name) = reader.next(ROOT)? {
            if name != "Part" {
                return None;
            }
            parts.push(Part::read(&mut reader)?);
        }
        reader.close()?;
        Some(Self(parts))
    }

    fn write(&self) -> String {
        let mut document = XmlDocument::new(ROOT);
        for Part { number, etag } in &self.0 {
            document.down("Part").exact("PartNumber", number).exact("ETag", etag).up();
        }
        document.end()
    }
}

impl Part {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let (mut number, mut etag) = (None, None);
        while let Next::Child(name) = reader.next("Part")? {
            let text = reader.text(name)?;
            let twice = match name {
                "PartNumber" => number.replace(text),
                "ETag" => etag.replace(text),
                name if name.starts_with("Checksum") => None,
                _ => return None,
            };
            if twice.is_some() {
                return None;
            }
        }
        Some(Self { number: number?, etag: etag? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(parts: &str) -> Result<Option<String>, &'static str> {
        let body = format!("<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>");
        PartList::without_checksums(body.as_bytes()).map_err(|refusal| refusal.code())
    }

    #[test]
    fn g20_the_checksums_of_parts_are_left_out() {
        let part = "<Part><ETag>&quot;e&quot;</ETag><ChecksumCRC32>AAAAAA==</ChecksumCRC32>\
                    <PartNumber>1</PartNumber></Part>";
        assert_eq!(
            list(part).unwrap().unwrap(),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Part>\
             <PartNumber>1</PartNumber><ETag>\"e\"</ETag></Part></CompleteMultipartUpload>"
        );
    }

    #[test]
    fn g20_a_list_without_checksums_stays_as_it_is() {
        let part = "<Part><PartNumber>1</PartNumber><ETag>e</ETag><!-- ? --></Part>";
        assert_eq!(list(part), Ok(None));
    }

    #[test]
    fn g20_a_list_that_cannot_be_written_anew_is_refused() {
        for part in [
            "<Part><ChecksumCRC32>x</ChecksumCRC32></Part>",
            "<Part><PartNumber>1</PartNumber><ETag>e</ETag><ChecksumCRC32><a/></ChecksumCRC32></Part>",
            "<Part><PartNumber>1</PartNumber><PartNumber>2</PartNumber><ETag>e</ETag>\
             <ChecksumSHA1>x</ChecksumSHA1></Part>",
            "<Other/><ChecksumSHA1>x</ChecksumSHA1>",
        ] {
            assert_eq!(list(part), Err("parts_body"), "{part}");
        }
    }
}
