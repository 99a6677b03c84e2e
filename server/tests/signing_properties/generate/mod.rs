//! Generates requests from choices: every operation in its plain form, with odd parts mixed in.

mod address;
mod load;
mod places;
mod trouble;

use sail_cargo_server::domain::s3::Operation;

use crate::byte_source::ByteSource;
use crate::caller_request::CallerRequest;
use trouble::ODD_METHODS;

/// The operations that users send most.
const USUAL: &[Operation] = &[
    Operation::GetObject,
    Operation::PutObject,
    Operation::ListObjectsV2,
    Operation::DeleteObject,
    Operation::CopyObject,
    Operation::DeleteObjects,
    Operation::HeadObject,
    Operation::UploadPart,
];

/// A request without odd parts, which most users could send.
pub(crate) fn plain(choices: &mut ByteSource<'_>) -> CallerRequest {
    Maker { choices, trouble: 0 }.make()
}

/// A request in which any part may be odd.
pub(crate) fn odd(choices: &mut ByteSource<'_>) -> CallerRequest {
    let trouble = [16, 64, 8, 4][choices.below(4)];
    Maker { choices, trouble }.make()
}

struct Maker<'c, 'b> {
    choices: &'c mut ByteSource<'b>,
    /// Each part is odd once in this many times; 0 for never.
    trouble: usize,
}

impl Maker<'_, '_> {
    fn make(mut self) -> CallerRequest {
        let operation = match self.choices.below(4) {
            3 => Operation::ALL[self.choices.below(Operation::ALL.len())],
            _ => USUAL[self.choices.below(USUAL.len())],
        };
        let method = match self.is_odd() {
            true => self.choices.pick(ODD_METHODS).to_owned(),
            false => operation.row().method.as_str().to_owned(),
        };
        let url = self.place(operation) + &self.query(operation);
        let mut headers = self.headers(operation);
        let (payload, body) = self.payload(operation, &mut headers);
        CallerRequest { method, url, headers, payload, body }
    }

    fn is_odd(&mut self) -> bool {
        self.trouble > 0 && self.choices.once_in(self.trouble)
    }
}
