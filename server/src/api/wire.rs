//! Conversions of domain types and service results into protocol types.

use chrono::{DateTime, Utc};
use sail_cargo_database::KeptCeiling;
use sail_cargo_database::chain::{ChainBreak, ChainCheck, ChainFault};
use sail_cargo_protocol as wire;

use crate::audit::Pruned;
use crate::domain::access_key::NewKeySecret;
use crate::domain::account::{DisplayName, Email, Reserved, StoredAccount};
use crate::domain::session::SessionsEnd;
use crate::domain::{
    AuditEvent, Bucket, GatewaySettings, Membership, Project, Revision, StoredAccessKey,
    StoredGrant, StoredKey,
};
use crate::service::bucket_lifecycle::Settlement;
use crate::service::{
    AccessDelta, AccountEnd, GroupSummary, MadeAccessKey, MadeKey, OpenedSession, PublicKey,
    UserSummary,
};

/// Converts an account.
pub(crate) fn account(account: &StoredAccount) -> wire::Account {
    wire::Account {
        id: account.id.to_string(),
        username: account.username.to_string(),
        email: account.email.as_ref().map(Email::to_string),
        display_name: account.display_name.as_ref().map(DisplayName::to_string),
        status: account.status,
        service_account: account.service_account,
        must_change_password: account.must_change_password,
        created_at: account.created_at,
        last_login_at: account.last_login_at,
        reset_at: account.reset_at,
        reset_by: account.reset_by.clone(),
    }
}

/// Converts the end of an account's sign-ins.
pub(crate) fn account_end(end: &AccountEnd) -> wire::AccountSessionsEnded {
    wire::AccountSessionsEnded {
        account: end.account.to_string(),
        ended_at: end.ended_at,
        keys_disabled: end.keys_disabled,
    }
}

/// Converts a reserved username.
pub(crate) fn reserved_username(reserved: &Reserved) -> wire::ReservedUsername {
    wire::ReservedUsername {
        username: reserved.username.to_string(),
        account: reserved.account.to_string(),
        reserved_at: reserved.reserved_at,
    }
}

/// Converts the public half of a signing key.
pub(crate) fn signing_key(key: &PublicKey) -> wire::SigningKey {
    wire::SigningKey {
        kid: key.dates.kid.clone(),
        status: key.dates.status,
        created_at: key.dates.created_at,
        signs_from: key.dates.signs_from,
        retired_at: key.dates.retired_at,
    }
}

/// Converts a bucket.
pub(crate) fn bucket(bucket: &Bucket) -> wire::Bucket {
    bucket.into()
}

/// Converts the state of a bucket.
pub(crate) fn settled(settlement: Settlement) -> wire::Settled {
    let Settlement { bucket, state, detail } = settlement;
    wire::Settled { bucket: bucket.to_string(), state, detail }
}

/// Converts a ceiling that is kept for a bucket name.
pub(crate) fn kept_ceiling(kept: &KeptCeiling) -> wire::KeptCeiling {
    wire::KeptCeiling { bucket: kept.bucket.to_string(), ceiling: kept.ceiling.into() }
}

/// Converts a grant.
pub(crate) fn grant(grant: &StoredGrant) -> wire::Grant {
    grant.into()
}

/// Converts the permissions that a subject gains and loses.
pub(crate) fn effect(delta: AccessDelta) -> wire::Effect {
    let AccessDelta { key, gains, loses } = delta;
    wire::Effect {
        bucket: key.bucket.to_string(),
        prefix: key.prefix.to_string(),
        prefix_kind: key.prefix.kind(),
        kind: key.subject.kind(),
        subject: key.subject.name().to_owned(),
        gains: gains.into(),
        loses: loses.into(),
    }
}

/// Converts a membership.
pub(crate) fn member(member: &Membership) -> wire::Member {
    wire::Member {
        group: member.group.to_string(),
        user: member.user.to_string(),
        expires_at: member.expires_at,
        updated_revision: member.updated_revision,
    }
}

/// Converts a group.
pub(crate) fn group(group: GroupSummary) -> wire::Group {
    let GroupSummary { name, members, tokens_left_out } = group;
    wire::Group { name, members, tokens_left_out }
}

/// Converts a user.
pub(crate) fn user(user: UserSummary, username: Option<String>) -> wire::User {
    let UserSummary { id, grants, groups, mixed_scripts, flaw } = user;
    wire::User { id, username, grants, groups, mixed_scripts, flaw }
}

/// Converts a project.
pub(crate) fn project(project: &Project) -> wire::Project {
    let settings = project.settings.clone();
    let (gateway, default) = (settings.gateway, GatewaySettings::default());
    let set = |value, default| (value != default).then_some(value);
    wire::Project {
        id: project.id.to_string(),
        slug: project.slug.clone(),
        store: project.store.clone(),
        root_extra: settings.root_extra,
        status: project.status,
        default_permissions: project.default_permissions.into(),
        tags_are_authority: settings.tags_are_authority,
        max_presign_seconds: u32::try_from(settings.max_presign_seconds).unwrap_or(u32::MAX),
        cors_origins: settings.cors_origins,
        self_service_keys: settings.self_service_keys,
        home: settings.home.map(|home| wire::Home {
            bucket: home.bucket.to_string(),
            prefix: home.prefix.as_str().to_owned(),
        }),
        max_presign_gateway: set(gateway.max_presign, default.max_presign),
        max_session: set(gateway.max_session, default.max_session),
        cut_streams: gateway.cut_streams,
        public_host_active_content: gateway.public_host_active_content,
        created_at: project.created_at,
    }
}

/// Converts a stored API key.
pub(crate) fn api_key(key: &StoredKey) -> wire::ApiKey {
    wire::ApiKey {
        id: key.id.to_string(),
        name: key.name.clone(),
        scopes: key.scopes.clone(),
        created_at: key.created_at,
        created_by: key.created_by.clone(),
        expires_at: key.expires_at,
        revoked_at: key.revoked_at,
        family: key.family.clone(),
        last_used_at: key.last_used_at,
        last_used_ip: key.last_used_ip.clone(),
    }
}

/// Converts a new API key, with its secret. Only this response contains the secret.
pub(crate) fn made_key(made: &MadeKey) -> wire::CreatedApiKey {
    wire::CreatedApiKey { key: made.key.expose().to_owned(), stored: api_key(&made.stored) }
}

/// An access key.
pub(crate) fn access_key(key: &StoredAccessKey) -> wire::AccessKey {
    let user = key.owner.user();
    wire::AccessKey {
        access_key_id: key.id.to_string(),
        kind: key.kind,
        scope: user.map_or(wire::AccessKeyScope::Root, |_| wire::AccessKeyScope::User),
        user: user.map(ToString::to_string),
        name: key.name.clone(),
        status: key.status,
        disabled_by: key.disabled_by.clone(),
        limits: (&key.limits).into(),
        created_at: key.created_at,
        created_by: key.created_by.clone(),
        expires_at: key.expires_at,
        family: key.family.clone(),
        last_used_at: key.last_used_at,
        last_used_ip: key.last_used_ip.map(|address| address.to_string()),
        last_used_agent: key.last_used_agent.clone(),
    }
}

/// An access key that was made: the only time that its secret can be seen.
pub(crate) fn made_access_key(made: &MadeAccessKey) -> wire::CreatedAccessKey {
    wire::CreatedAccessKey {
        secret: match &made.secret {
            NewKeySecret::S3(secret) => {
                wire::AccessKeySecret::SecretAccessKey(secret.expose().to_owned())
            }
            NewKeySecret::Token(key) => wire::AccessKeySecret::Token(key.expose().to_owned()),
        },
        stored: access_key(&made.stored),
    }
}

/// A session that was opened at `now`, with its secrets.
pub(crate) fn opened_session(opened: &OpenedSession, now: DateTime<Utc>) -> wire::OpenedSession {
    let (claims, sealed) = (&opened.claims, &opened.sealed);
    let left = (claims.expires_at - now).num_seconds();
    wire::OpenedSession {
        access_key_id: claims.id.to_string(),
        secret_access_key: sealed.secret.expose().to_owned(),
        session_token: sealed.token.expose().to_owned(),
        expires_at: claims.expires_at,
        expires_in: u32::try_from(left).unwrap_or_default(),
    }
}

/// That a user's sessions were ended.
pub(crate) fn sessions_ended(end: &SessionsEnd) -> wire::SessionsEnded {
    wire::SessionsEnded { user: end.user.to_string(), ended_at: end.ended_at }
}

/// Converts an audit event.
pub(crate) fn audit_event(event: AuditEvent) -> wire::AuditEvent {
    wire::AuditEvent {
        id: event.id,
        project: event.project,
        at: event.at,
        request_id: event.request_id,
        caller_request_id: event.caller_request_id,
        address: event.address,
        agent: event.agent,
        actor: event.actor,
        via_key: event.via_key,
        action: event.action,
        bucket: event.bucket,
        key: event.key,
        outcome: event.outcome,
        reason: event.reason,
        detail: event.detail,
        revision: event.revision,
        count: event.count,
        first_at: event.first_at,
    }
}

/// Converts the result of a removal of audit events.
pub(crate) fn pruned(pruned: Pruned) -> wire::PrunedAudit {
    let Pruned { events, more, next } = pruned;
    wire::PrunedAudit { events, more, next }
}

/// Converts the verification of a part of a chain, read at `revision`.
pub(crate) fn chain_check(check: &ChainCheck, revision: Revision) -> wire::ChainCheck {
    wire::ChainCheck {
        holds: check.broken.is_none(),
        broken: check.broken.map(chain_break),
        changes: check.changes,
        verified_revision: check.verified.revision(),
        verified_at: check.at,
        next: check.verified.to_string(),
        more: check.more,
        revision: revision.to_string(),
    }
}

fn chain_break(broken: ChainBreak) -> wire::ChainBreak {
    let (reason, column) = match broken.fault {
        ChainFault::Missing => (wire::ChainFault::Missing, None),
        ChainFault::PreviousHash => (wire::ChainFault::PreviousHash, None),
        ChainFault::Hash => (wire::ChainFault::Hash, None),
        ChainFault::Body => (wire::ChainFault::Body, None),
        ChainFault::Column(name) => (wire::ChainFault::Column, Some(name)),
        ChainFault::Head => (wire::ChainFault::Head, None),
        ChainFault::Unexpected => (wire::ChainFault::Unexpected, None),
        ChainFault::KeptHead => (wire::ChainFault::KeptHead, None),
    };
    wire::ChainBreak { revision: broken.revision, reason, column: column.map(ToOwned::to_owned) }
}
