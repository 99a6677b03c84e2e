//! Divides content into parts.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>

use crate::TransferError;

/// Minimum bytes of every part but the last.
pub(crate) const MIN_PART: u64 = 5 << 20;
/// Maximum bytes of a part.
pub(crate) const MAX_PART: u64 = 5 << 30;
/// Maximum number of a part; the first is 1.
pub(crate) const MAX_PARTS: u64 = 10_000;

/// Maximum bytes of one PutObject or CopyObject.
pub(crate) const MAX_REQUEST: u64 = 5 << 30;

const MIB: u64 = 1 << 20;
/// Number of parts of a stream after which their size doubles.
const GENERATION: u64 = 1000;

/// A division of `length` bytes into parts of equal size, except for the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) length: u64,
    pub(crate) part_size: u64,
}

/// One part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Part {
    /// The number of the part, from 1.
    pub(crate) number: u32,
    pub(crate) offset: u64,
    pub(crate) length: u64,
}

impl Plan {
    /// A plan with parts of `part_size`, or larger ones in whole MiB if there would be too many.
    pub(crate) fn new(length: u64, part_size: u64) -> Result<Self, TransferError> {
        let smallest = length.div_ceil(MAX_PARTS).next_multiple_of(MIB);
        let part_size = part_size.max(smallest);
        if part_size > MAX_PART {
            return Err(TransferError::TooLarge { most: MAX_PARTS * MAX_PART });
        }
        Ok(Self { length, part_size })
    }

    /// The parts in order. Empty content has none.
    pub(crate) fn parts(self) -> impl Iterator<Item = Part> + Send {
        (1_u32..)
            .zip((0..self.length).step_by(usize::try_from(self.part_size).unwrap_or(usize::MAX)))
            .map(move |(number, offset)| {
                let length = self.part_size.min(self.length - offset);
                Part { number, offset, length }
            })
    }

    pub(crate) fn count(self) -> u64 {
        self.length.div_ceil(self.part_size)
    }
}

/// The size of a part of a stream of unknown length. It doubles after every 1000 parts, so that a
/// long stream fits as well.
pub(crate) fn of_stream(part_size: u64, number: u64) -> u64 {
    let generation = u32::try_from(number.saturating_sub(1) / GENERATION).unwrap_or(u32::MAX);
    part_size.saturating_mul(2_u64.saturating_pow(generation)).min(MAX_PART)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_a_stream_grow_until_the_largest_object_fits() {
        for (number, expected) in [
            (1, MIN_PART),
            (1000, MIN_PART),
            (1001, 2 * MIN_PART),
            (2001, 4 * MIN_PART),
            (10_000, 512 * MIN_PART),
        ] {
            assert_eq!(of_stream(MIN_PART, number), expected, "{number}");
        }
        assert_eq!(of_stream(MAX_PART, 10_000), MAX_PART);
        for (part_size, tebibytes) in [(8 * MIB, 7), (64 * MIB, 22)] {
            let most: u64 = (1..=MAX_PARTS).map(|number| of_stream(part_size, number)).sum();
            assert_eq!(most >> 40, tebibytes);
        }
    }

    #[test]
    fn parts_cover_every_byte_once() {
        for (length, part_size, expected) in [
            (0, MIN_PART, 0),
            (1, MIN_PART, 1),
            (MIN_PART, MIN_PART, 1),
            (MIN_PART + 1, MIN_PART, 2),
            (8 * MIN_PART, MIN_PART, 8),
            (MAX_PARTS * MIN_PART, MIN_PART, 10_000),
            (MAX_PARTS * MIN_PART + 1, MIN_PART, 8_334),
            (MAX_PARTS * MAX_PART, MIN_PART, 10_000),
        ] {
            let plan = Plan::new(length, part_size).unwrap();
            let parts: Vec<_> = plan.parts().collect();
            assert_eq!(parts.len() as u64, expected, "{length} in {part_size}");
            assert_eq!(plan.count(), expected);
            let mut end = 0;
            for (number, part) in (1..).zip(&parts) {
                assert_eq!((part.number, part.offset), (number, end));
                end += part.length;
            }
            assert_eq!(end, length);
        }
        let too_large = Plan::new(MAX_PARTS * MAX_PART + 1, MIN_PART);
        assert!(matches!(too_large, Err(TransferError::TooLarge { .. })));
    }
}
