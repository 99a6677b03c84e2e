//! What stands behind the last chunk.

use super::super::proof_error::ProofError;
use super::chain::Chain;
use crate::s3::checksum::ChecksumAlgorithm;

const SIGNATURE: &str = "x-amz-trailer-signature";

/// The trailer, read a line at a time.
#[derive(Debug)]
pub(super) struct Trailer {
    declared: Option<ChecksumAlgorithm>,
    value: Option<String>,
    /// A signature is to come.
    lacks_signature: bool,
    /// The last line ended in a line feed alone: an empty line behind it belongs to it, as minio-go
    /// writes it.
    is_bare: bool,
    /// Such an empty line came: the end may stand here.
    was_closed: bool,
}

impl Trailer {
    pub(super) fn new(declared: Option<ChecksumAlgorithm>, is_signed: bool) -> Self {
        Self {
            declared,
            value: None,
            lacks_signature: is_signed,
            is_bare: false,
            was_closed: false,
        }
    }

    /// Takes a line with its end. Answers whether it was the last one.
    pub(super) fn take(
        &mut self,
        line: &[u8],
        chain: Option<&mut Chain>,
    ) -> Result<bool, ProofError> {
        let is_bare = !line.ends_with(b"\r\n");
        let text = line.strip_suffix(b"\r\n").or_else(|| line.strip_suffix(b"\n"));
        let text = text.unwrap_or(line);
        if std::mem::take(&mut self.is_bare) {
            self.was_closed = text.is_empty() && !is_bare;
            return if self.was_closed { Ok(false) } else { Err(odd("a line ends oddly")) };
        }
        if text.is_empty() {
            return if is_bare {
                Err(odd("a line ends oddly"))
            } else {
                self.finish().map(|()| true)
            };
        }
        let text = std::str::from_utf8(text).map_err(|_| odd("it is no text"))?;
        let (name, value) = text.split_once(':').ok_or_else(|| odd("a line has no colon"))?;
        let (name, value) = (name.to_ascii_lowercase(), value.trim_matches([' ', '\t']));
        match chain {
            Some(chain) if name == SIGNATURE && self.lacks_signature && !is_bare => {
                chain.verify_trailer(&self.lines(), value.as_bytes())?;
                self.lacks_signature = false;
            }
            _ => self.take_value(&name, value)?,
        }
        self.is_bare = is_bare;
        Ok(false)
    }

    /// Whether the body may end here although the last line did not come.
    pub(super) fn may_end(&self) -> bool {
        self.was_closed && self.finish().is_ok()
    }

    /// The value of the checksum.
    pub(super) fn into_value(self) -> Option<String> {
        self.value
    }

    fn take_value(&mut self, name: &str, value: &str) -> Result<(), ProofError> {
        if self.declared.map(ChecksumAlgorithm::header) != Some(name) || self.value.is_some() {
            return Err(odd("it is not the one that x-amz-trailer names"));
        }
        self.value = Some(value.to_owned());
        Ok(())
    }

    /// As the signature covers it.
    fn lines(&self) -> String {
        match (self.declared, &self.value) {
            (Some(declared), Some(value)) => [declared.header(), ":", value, "\n"].concat(),
            _ => String::new(),
        }
    }

    /// Whether all is there.
    fn finish(&self) -> Result<(), ProofError> {
        if self.declared.is_some() != self.value.is_some() {
            return Err(odd("the one that x-amz-trailer names is missing"));
        }
        if self.lacks_signature { Err(ProofError::TrailerSignature) } else { Ok(()) }
    }
}

fn odd(why: &'static str) -> ProofError {
    ProofError::Trailer(why)
}
