//! Batches of events into the database: together, or each for itself.

use std::time::{Duration, Instant};

use diesel::Connection as _;
use diesel::result::{DatabaseErrorKind, Error as DieselError};

use super::event::Event;
use super::rows;
use crate::store::connection::{DbConnection, set_operators, set_tenant};
use crate::store::error::StoreError;
use crate::store::pool::unavailable;

/// Batches that one transaction writes at most.
pub(super) const GROUP: usize = 256;

/// Events that one transaction writes at most, but for the last batch in it: SQLite has one
/// writer at a time, and there are others.
pub(super) const EVENTS: usize = 4096;

/// How long batches are tried by themselves. A database that takes its time to refuse each
/// must not keep those who wait for the last.
const ALONE: Duration = Duration::from_secs(2);

/// How many batches, of so many events each, go into the next transaction.
pub(super) fn group_size(lengths: impl Iterator<Item = usize>) -> usize {
    let mut events = 0;
    let fits = |length: &usize| {
        let fits = events < EVENTS;
        events += length;
        fits
    };
    lengths.take(GROUP).take_while(fits).count()
}

/// Writes `batches` in one transaction; if that fails, each in its own, so that a bad one fails
/// alone. The answers are in their order.
pub(super) fn commit(
    connection: &mut DbConnection,
    batches: &[&[Event]],
) -> Vec<Result<(), StoreError>> {
    match (together(connection, batches), batches) {
        (Ok(()), _) => batches.iter().map(|_| Ok(())).collect(),
        (Err(error), [_]) => vec![Err(error)],
        (Err(error), _) => {
            log::debug!("{} batches of audit events were not written: {error}", batches.len());
            let begun = Instant::now();
            let alone = batches.iter().map(|&batch| {
                if begun.elapsed() > ALONE {
                    return Err(unavailable("it took too long to write the batches before"));
                }
                together(connection, &[batch])
            });
            alone.collect()
        }
    }
}

/// One transaction. Where a project has more than one event in it, they are written at once.
fn together(connection: &mut DbConnection, batches: &[&[Event]]) -> Result<(), StoreError> {
    let mut events: Vec<&Event> = batches.iter().copied().flatten().collect();
    events.sort_by_key(|event| event.project_text());
    connection.transaction(|connection| {
        for of_one in events.chunk_by(|a, b| a.project_text() == b.project_text()) {
            match of_one.first().map(|event| event.project()).transpose()?.flatten() {
                Some(project) => set_tenant(connection, &project)?,
                None => set_operators(connection)?,
            }
            rows::insert_missing(connection, of_one)?;
        }
        Ok(())
    })
}

/// Whether it is the events that the database refuses, so that trying again is of no use.
pub(in crate::store) fn is_final(error: &StoreError) -> bool {
    use DatabaseErrorKind::{CheckViolation, NotNullViolation};
    match error {
        StoreError::Unavailable(cause) => matches!(
            cause.downcast_ref::<DieselError>(),
            Some(DieselError::DatabaseError(CheckViolation | NotNullViolation, _))
        ),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_a_number_of_batches_or_of_events() {
        let size = |lengths: &[usize]| group_size(lengths.iter().copied());
        assert_eq!(size(&[]), 0);
        assert_eq!(size(&[1; 1000]), GROUP);
        assert_eq!(size(&[1000; 10]), 5);
        assert_eq!(size(&[EVENTS * 2, 1]), 1, "one that is too large goes alone");
    }
}
