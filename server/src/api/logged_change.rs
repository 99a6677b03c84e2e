//! The change log in the words of the wire.

use sail_cargo_protocol::{ApiKey, Bucket, Change, Grant, Group, Member, Project, RowChange};
use serde::Serialize;

use super::error::ApiError;
use crate::domain::Permissions;
use sail_cargo_database::LoggedChange;
use sail_cargo_database::change_log::{
    ApiKeyRecord, BucketRecord, GrantRecord, GroupRecord, LoggedRow, MemberRecord, ProjectRecord,
    Sides,
};

/// A change as the feed tells it.
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
        LoggedRow::Grant(sides) => told("grant", sides.map(grant)),
        LoggedRow::Bucket(sides) => told("bucket", sides.map(bucket)),
        LoggedRow::Member(sides) => told("member", sides.map(member)),
        LoggedRow::ApiKey(sides) => told("api_key", sides.map(api_key)),
        LoggedRow::Project(sides) => told("project", sides.map(project)),
        LoggedRow::Group(sides) => told("group", sides.map(group)),
    }
}

fn told<T: Serialize>(row: &str, sides: Sides<T>) -> Result<RowChange, ApiError> {
    let json = |side: Option<T>| {
        side.map(serde_json::to_value).transpose().map_err(|error| {
            log::error!("a change cannot be written as JSON: {error}");
            ApiError::Internal
        })
    };
    Ok(RowChange { row: row.to_owned(), before: json(sides.before)?, after: json(sides.after)? })
}

fn grant(record: GrantRecord) -> Grant {
    Grant {
        bucket: record.bucket,
        prefix: record.prefix,
        kind: record.kind.into(),
        subject: record.subject,
        permissions: Permissions::from(&record.permissions).into(),
        not_before: record.not_before,
        expires_at: record.expires_at,
        reason: record.reason,
        granted_by: record.granted_by,
        created_revision: record.created_revision,
        updated_revision: record.updated_revision,
    }
}

fn bucket(record: BucketRecord) -> Bucket {
    Bucket {
        name: record.name,
        public_permissions: Permissions::from(&record.public_permissions).into(),
        ceiling: Permissions::from(&record.ceiling).into(),
        labels: record.labels,
        state: record.state.into(),
        created_revision: record.created_revision,
    }
}

fn member(record: MemberRecord) -> Member {
    Member {
        group: record.group,
        user: record.user,
        expires_at: record.expires_at,
        updated_revision: record.updated_revision,
    }
}

fn api_key(record: ApiKeyRecord) -> ApiKey {
    ApiKey {
        id: record.id,
        name: record.name,
        scopes: record.scopes.into_iter().map(Into::into).collect(),
        created_at: record.created_at,
        created_by: record.created_by,
        expires_at: record.expires_at,
        revoked_at: record.revoked_at,
        family: record.family,
        last_used_at: record.last_used_at,
        last_used_ip: record.last_used_ip,
    }
}

fn project(record: ProjectRecord) -> Project {
    Project {
        id: record.id,
        slug: record.slug,
        store: record.store,
        root_extra: record.root_extra,
        status: record.status.into(),
        default_permissions: Permissions::from(&record.default_permissions).into(),
        tags_are_authority: record.tags_are_authority,
        max_presign_seconds: record.max_presign_seconds,
        cors_origins: record.cors_origins,
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

    /// Bodies of the change log, one a line: of each kind of row one change.
    const LAYOUT_2: &str = include_str!("../../../database/src/change_log/golden/layout_2.jsonl");
    const LAYOUT_3: &str = include_str!("../../../database/src/change_log/golden/layout_3.jsonl");

    /// As the log has it, in either layout, and what clients are told.
    #[test]
    fn the_feed_tells_a_change_in_the_same_bytes_whatever_its_layout() {
        for (old, new) in LAYOUT_2.lines().zip(LAYOUT_3.lines()) {
            // The wire's words, in the order in which the feed has always had them.
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
