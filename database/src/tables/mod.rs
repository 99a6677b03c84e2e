//! The tables, one file each, with the queries that read and write them. Queries take the project,
//! so that none crosses tenants, and return domain types instead of rows.

pub mod access_keys;
pub mod accounts;
pub mod api_keys;
pub mod audit_events;
pub mod buckets;
pub mod changes;
pub mod grants;
pub mod group_members;
pub mod group_split;
pub mod issuers;
pub mod kept_ceilings;
pub mod project_heads;
pub mod projects;
pub mod replies;
pub mod sessions_end;
pub mod shared_text;
pub mod storage_accounts;
