//! Conversion of change log entries into protocol types.

use sail_cargo_database::change_log::{AccountRecord, GroupRecord, LoggedRow, Sides};
use sail_cargo_database::{DatabaseError, LoggedChange};
use sail_cargo_protocol::{AccountChange, Change, Group, RowChange};
use serde::Serialize;
use serde_json::Value;

use super::error::ApiError;
use super::wire;

/// Converts a change for the feed.
pub(super) fn to_wire(change: LoggedChange) -> Result<Change, ApiError> {
    Ok(Change {
        revision: change.revision,
        at: change.at,
        actor: change.actor,
        via_key: change.via_key,
        request_id: change.request_id,
        kind: change.kind,
        rows: change.rows.into_iter().map(row).collect::<Result<_, _>>()?,
        hash: hex::encode(change.hash),
    })
}

fn row(row: LoggedRow) -> Result<RowChange, ApiError> {
    match row {
        LoggedRow::Grant(sides) => told("grant", sides, |grant| wire::grant(&grant)),
        LoggedRow::Bucket(sides) => told("bucket", sides, |bucket| wire::bucket(&bucket)),
        LoggedRow::Member(sides) => told("member", sides, |member| wire::member(&member)),
        LoggedRow::ApiKey(sides) => told("api_key", sides, |key| wire::api_key(&key)),
        LoggedRow::AccessKey(sides) => told("access_key", sides, |key| wire::access_key(&key)),
        LoggedRow::SessionsEnd(sides) => {
            told("sessions_end", sides, |end| wire::sessions_ended(&end))
        }
        LoggedRow::Project(sides) => told("project", sides, |project| wire::project(&project)),
        LoggedRow::Account(sides) => Ok(RowChange {
            row: "account".to_owned(),
            before: json(sides.before.map(account))?,
            after: json(sides.after.map(account))?,
        }),
        LoggedRow::Group(sides) => Ok(RowChange {
            row: "group".to_owned(),
            before: json(sides.before.map(group))?,
            after: json(sides.after.map(group))?,
        }),
    }
}

/// Converts a row. Its records `R` have the domain type `N` and the protocol type `W`.
fn told<R, N, W>(
    row: &str,
    sides: Sides<R>,
    to_wire: impl Fn(N) -> W,
) -> Result<RowChange, ApiError>
where
    N: TryFrom<R, Error = DatabaseError>,
    W: Serialize,
{
    let side = |record: Option<R>| json(record.map(N::try_from).transpose()?.map(&to_wire));
    Ok(RowChange { row: row.to_owned(), before: side(sides.before)?, after: side(sides.after)? })
}

fn json(side: Option<impl Serialize>) -> Result<Option<Value>, ApiError> {
    side.map(serde_json::to_value).transpose().map_err(|error| {
        log::error!("cannot write a change as JSON: {error}");
        ApiError::Internal
    })
}

fn account(record: AccountRecord) -> AccountChange {
    AccountChange {
        id: record.id,
        username: record.username,
        status: record.status.into(),
        service_account: record.service_account,
        must_change_password: record.must_change_password,
        token_epoch: record.epoch,
        created_at: record.created_at,
    }
}

fn group(record: GroupRecord) -> Group {
    Group { name: record.name, members: record.members, tokens_left_out: record.tokens_left_out }
}

#[cfg(test)]
mod tests {
    use sail_cargo_database::change_log;

    use super::*;

    /// Bodies of the change log, one per line: one change for each kind of row.
    const LAYOUT_2: &str = include_str!("../../../database/src/change_log/golden/layout_2.jsonl");
    const LAYOUT_3: &str = include_str!("../../../database/src/change_log/golden/layout_3.jsonl");

    /// An entry in both layouts, and the text that clients get for it.
    #[test]
    fn the_feed_tells_a_change_in_the_same_bytes_whatever_its_layout() {
        for (old, new) in LAYOUT_2.lines().zip(LAYOUT_3.lines()) {
            // The protocol's names, in the order that the feed has always used.
            let (_, told) = old.split_once("\"rows\":").unwrap();
            let told = told.strip_suffix('}').unwrap();
            for body in [old, new] {
                let rows = change_log::rows(body.as_bytes()).unwrap().unwrap();
                let rows: Vec<RowChange> =
                    rows.into_iter().map(row).collect::<Result<_, _>>().unwrap();
                assert_eq!(serde_json::to_string(&rows).unwrap(), told);
            }
        }
    }
}
