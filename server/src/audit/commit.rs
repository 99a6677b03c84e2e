//! Commits batches of audit events: together in one transaction, or each in its own.

use std::time::{Duration, Instant};

use sail_cargo_database::tables::audit_events::{self, NewEventRow};
use sail_cargo_database::transaction::transaction;
use sail_cargo_database::{DatabaseError, DbConnection};

use super::event;
use crate::metrics::Metrics;

/// The most batches in one transaction.
pub(super) const GROUP: usize = 256;

/// The most events in one transaction; the last batch may exceed it. SQLite has only one writer at
/// a time, and others wait for it.
pub(super) const EVENTS: usize = 4096;

/// How long batches are retried one by one. If the database is slow to refuse each, the callers of
/// the last must not wait for all the others.
const ALONE: Duration = Duration::from_secs(2);

/// How many batches go into the next transaction, given the number of events in each.
pub(super) fn group_size(lengths: impl Iterator<Item = usize>) -> usize {
    let mut events = 0;
    let fits = |length: &usize| {
        let fits = events < EVENTS;
        events += length;
        fits
    };
    lengths.take(GROUP).take_while(fits).count()
}

/// Commits `batches` in one transaction. If that fails, commits each in its own, so that a bad one
/// fails alone. The results are in the order of the batches.
pub(super) fn commit(
    connection: &mut DbConnection,
    batches: &[&[NewEventRow]],
    metrics: &Metrics,
) -> Vec<Result<(), DatabaseError>> {
    let begun = Instant::now();
    let verdicts = together_or_alone(connection, batches);
    metrics.audit_fsync.record(begun.elapsed());
    verdicts
}

fn together_or_alone(
    connection: &mut DbConnection,
    batches: &[&[NewEventRow]],
) -> Vec<Result<(), DatabaseError>> {
    match (together(connection, batches), batches) {
        (Ok(()), _) => batches.iter().map(|_| Ok(())).collect(),
        (Err(error), [_]) => vec![Err(error)],
        (Err(error), _) => {
            log::debug!("{} batches of audit events were not written: {error}", batches.len());
            let begun = Instant::now();
            let alone = batches.iter().map(|&batch| {
                if begun.elapsed() > ALONE {
                    return Err(DatabaseError::unavailable(
                        "earlier batches took too long to write",
                    ));
                }
                together(connection, &[batch])
            });
            alone.collect()
        }
    }
}

/// Commits the batches in one transaction, with one statement for all events of a project.
fn together(
    connection: &mut DbConnection,
    batches: &[&[NewEventRow]],
) -> Result<(), DatabaseError> {
    let mut events: Vec<&NewEventRow> = batches.iter().copied().flatten().collect();
    events.sort_by_key(|event| event.project_id.as_deref());
    transaction(connection, |connection| {
        for of_one in events.chunk_by(|a, b| a.project_id == b.project_id) {
            if let Some(first) = of_one.first() {
                event::trail(first)?.open(connection)?;
            }
            audit_events::insert_missing(connection, of_one)?;
        }
        Ok(())
    })
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
