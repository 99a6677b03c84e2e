//! `issuer` and `issuer_alias`: issuers that operators registered, and to whom aliases belong.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::columns::{json, micros, to_json};
use crate::connection::DbConnection;
use crate::domain::issuer::{Algorithms, IssuerSettings};
use crate::domain::{Issuer, IssuerAlias, ProjectId, SubjectId};
use crate::error::DatabaseError;
use crate::schema::{access_key, bucket_grant, group_member, issuer as dsl, issuer_alias, project};
use crate::tenancy::set_tenant;

/// The JSON in `issuer.settings`. The names and formats of the fields never change. An earlier release ignores
/// the fields that a later one adds.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of its own")]
struct SettingsRecord {
    issuer: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    display_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sign_in_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    keys: Option<String>,
    audiences: BTreeSet<String>,
    any_audience: bool,
    algorithms: Vec<String>,
    user_claims: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    project: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    project_claim: Option<String>,
    project_from_header: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    groups_claim: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    groups_separator: Option<String>,
    groups_required: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    role_claim: Option<String>,
    conditions: BTreeMap<String, BTreeSet<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_token_seconds: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_session_seconds: Option<u32>,
    issued_at_is_sign_in: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    merge_identities: Option<String>,
}

impl From<&IssuerSettings> for SettingsRecord {
    fn from(settings: &IssuerSettings) -> Self {
        let settings = settings.clone();
        let algorithms = settings.algorithms.into_iter().map(Algorithms::name);
        Self {
            issuer: settings.issuer,
            display_name: settings.display_name,
            client_id: settings.client_id,
            sign_in_url: settings.sign_in_url,
            keys: settings.keys,
            audiences: settings.audiences,
            any_audience: settings.any_audience,
            algorithms: algorithms.map(ToOwned::to_owned).collect(),
            user_claims: settings.user_claims,
            project: settings.project,
            project_claim: settings.project_claim,
            project_from_header: settings.project_from_header,
            groups_claim: settings.groups_claim,
            groups_separator: settings.groups_separator,
            groups_required: settings.groups_required,
            role_claim: settings.role_claim,
            conditions: settings.conditions,
            max_token_seconds: settings.max_token_seconds,
            max_session_seconds: settings.max_session_seconds,
            issued_at_is_sign_in: settings.issued_at_is_sign_in,
            merge_identities: settings.merge_identities,
        }
    }
}

impl SettingsRecord {
    fn settings(self, alias: String) -> Result<IssuerSettings, DatabaseError> {
        let known = Algorithms::all();
        let algorithm = |name: &String| {
            known.named(name).ok_or_else(|| DatabaseError::corrupt("an unknown algorithm"))
        };
        Ok(IssuerSettings {
            alias: Some(alias),
            algorithms: self.algorithms.iter().map(algorithm).collect::<Result<_, _>>()?,
            issuer: self.issuer,
            display_name: self.display_name,
            client_id: self.client_id,
            sign_in_url: self.sign_in_url,
            keys: self.keys,
            audiences: self.audiences,
            any_audience: self.any_audience,
            user_claims: self.user_claims,
            project: self.project,
            project_claim: self.project_claim,
            project_from_header: self.project_from_header,
            groups_claim: self.groups_claim,
            groups_separator: self.groups_separator,
            groups_required: self.groups_required,
            role_claim: self.role_claim,
            conditions: self.conditions,
            max_token_seconds: self.max_token_seconds,
            max_session_seconds: self.max_session_seconds,
            issued_at_is_sign_in: self.issued_at_is_sign_in,
            merge_identities: self.merge_identities,
        })
    }
}

/// Registered issuers, by alias.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Registered {
    /// Those that may be believed.
    pub issuers: Vec<Issuer>,
    /// Those whose settings this release refuses or cannot read, and why. Another release wrote them: they must not
    /// keep the others from being believed.
    pub refused: Vec<(IssuerSettings, String)>,
    /// The aliases of all issuers that ever were, configured ones too: nobody else is called as their users.
    pub aliases: Vec<IssuerAlias>,
}

/// All registered issuers.
pub fn list(connection: &mut DbConnection) -> Result<Registered, DatabaseError> {
    let rows = dsl::table.order(dsl::alias).select((dsl::alias, dsl::settings));
    let mut registered = Registered { aliases: aliases(connection)?, ..Registered::default() };
    for (alias, settings) in rows.load::<(String, String)>(connection)? {
        match read(alias, &settings) {
            Ok(issuer) => registered.issuers.push(issuer),
            Err(refused) => registered.refused.push(*refused),
        }
    }
    Ok(registered)
}

/// The aliases of all issuers that ever were.
pub fn aliases(connection: &mut DbConnection) -> Result<Vec<IssuerAlias>, DatabaseError> {
    let names = issuer_alias::table.order(issuer_alias::alias).select(issuer_alias::alias);
    let names: Vec<String> = names.load(connection)?;
    names.iter().map(|name| IssuerAlias::parse(name).map_err(DatabaseError::corrupt)).collect()
}

fn read(alias: String, settings: &str) -> Result<Issuer, Box<(IssuerSettings, String)>> {
    let nothing = IssuerSettings { alias: Some(alias.clone()), ..IssuerSettings::default() };
    let record = json::<SettingsRecord>(settings).and_then(|record| record.settings(alias));
    let settings = record.map_err(|error| Box::new((nothing, error.cause())))?;
    Issuer::parse(settings.clone())
        .map_err(|flaw| Box::new((settings, format!("{}: {flaw}", flaw.field()))))
}

/// Writes an issuer in the place of the one with its alias. The alias must belong to it.
pub fn put(
    connection: &mut DbConnection,
    alias: &IssuerAlias,
    issuer: &Issuer,
    now: DateTime<Utc>,
) -> Result<(), DatabaseError> {
    let settings = to_json(&SettingsRecord::from(issuer.settings()))?;
    delete(connection, alias)?;
    diesel::insert_into(dsl::table)
        .values((
            dsl::alias.eq(alias.as_str()),
            dsl::settings.eq(settings),
            dsl::updated_at.eq(micros(now)),
        ))
        .execute(connection)?;
    Ok(())
}

/// Deletes an issuer. Its alias stays its own. Returns whether there was one.
pub fn delete(connection: &mut DbConnection, alias: &IssuerAlias) -> Result<bool, DatabaseError> {
    Ok(diesel::delete(dsl::table.find(alias.as_str())).execute(connection)? > 0)
}

/// The `iss` of the issuer that an alias belongs to; `None` if nobody ever had it.
pub fn owner(
    connection: &mut DbConnection,
    alias: &IssuerAlias,
) -> Result<Option<String>, DatabaseError> {
    let owner = issuer_alias::table.find(alias.as_str()).select(issuer_alias::issuer);
    Ok(owner.first(connection).optional()?)
}

/// Gives an alias to the issuer `iss`. It is on record with who did it.
pub fn take(
    connection: &mut DbConnection,
    alias: &IssuerAlias,
    iss: &str,
    (by, now): (&str, DateTime<Utc>),
) -> Result<(), DatabaseError> {
    let row = issuer_alias::table.find(alias.as_str());
    let values = (
        issuer_alias::issuer.eq(iss),
        issuer_alias::taken_by.eq(by),
        issuer_alias::taken_at.eq(micros(now)),
    );
    if diesel::update(row).set(values).execute(connection)? == 0 {
        diesel::insert_into(issuer_alias::table)
            .values((issuer_alias::alias.eq(alias.as_str()), values))
            .execute(connection)?;
    }
    Ok(())
}

/// A subject of a grant, a member of a group or the user of an access key, in any project, whose name reads as
/// one of the issuer `alias`. The transaction may see the rows of the last project afterwards.
pub fn named_so(
    connection: &mut DbConnection,
    alias: &IssuerAlias,
) -> Result<Option<(ProjectId, SubjectId)>, DatabaseError> {
    wait_for_writers(connection)?;
    // The bytes after `alias:` and before `alias;`, which is the next text that does not begin so.
    let (from, to) = (format!("{alias}:"), format!("{alias};"));
    let projects: Vec<String> = project::table.select(project::id).load(connection)?;
    for id in projects {
        let id = ProjectId::parse(&id).map_err(DatabaseError::corrupt)?;
        set_tenant(connection, &id)?;
        if let Some(found) = named_in(connection, id.as_str(), &from, &to)? {
            let found = SubjectId::parse(&found).map_err(DatabaseError::corrupt)?;
            return Ok(Some((id, found)));
        }
    }
    Ok(None)
}

/// Waits for transactions that name somebody, and keeps others waiting until this one ends. SQLite has one
/// writer.
fn wait_for_writers(connection: &mut DbConnection) -> Result<(), DatabaseError> {
    if let DbConnection::Postgres(postgres) = connection {
        postgres.batch_execute("LOCK TABLE grant_, group_member, access_key IN SHARE MODE")?;
    }
    Ok(())
}

fn named_in(
    connection: &mut DbConnection,
    project: &str,
    from: &str,
    to: &str,
) -> Result<Option<String>, DatabaseError> {
    let granted = bucket_grant::table
        .filter(bucket_grant::project_id.eq(project))
        .filter(bucket_grant::subject.ge(from).and(bucket_grant::subject.lt(to)))
        .select(bucket_grant::subject)
        .first::<String>(connection)
        .optional()?;
    if granted.is_some() {
        return Ok(granted);
    }
    let member = group_member::table
        .filter(group_member::project_id.eq(project))
        .filter(group_member::user_.ge(from).and(group_member::user_.lt(to)))
        .select(group_member::user_)
        .first::<String>(connection)
        .optional()?;
    if member.is_some() {
        return Ok(member);
    }
    let holder = access_key::table
        .filter(access_key::project_id.eq(project))
        .filter(access_key::user_.ge(from).and(access_key::user_.lt(to)))
        .select(access_key::user_)
        .first::<Option<String>>(connection)
        .optional()?;
    Ok(holder.flatten())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The format since there are issuers.
    const WRITTEN: &str = r#"{"issuer":"https://okta.example","display_name":"Okta","client_id":"0oa1","sign_in_url":"https://okta.example/login","keys":"https://okta.example/keys","audiences":["cargo"],"any_audience":false,"algorithms":["RS256","EdDSA"],"user_claims":["sub"],"project_claim":"project","project_from_header":true,"groups_claim":"groups","groups_separator":",","groups_required":true,"role_claim":"role","conditions":{"hd":["acme.example"]},"max_token_seconds":3600,"max_session_seconds":900,"issued_at_is_sign_in":true,"merge_identities":"default"}"#;

    #[test]
    fn settings_match_the_golden_text() {
        let settings = json::<SettingsRecord>(WRITTEN).unwrap().settings("okta".to_owned());
        let settings = settings.unwrap();
        assert_eq!(settings.alias.as_deref(), Some("okta"));
        assert_eq!(to_json(&SettingsRecord::from(&settings)).unwrap(), WRITTEN);
        assert!(read("okta".to_owned(), WRITTEN).is_ok());
    }

    #[test]
    fn what_another_release_wrote_is_refused_alone() {
        for text in [
            String::new(),
            WRITTEN.replace("EdDSA", "HS256"),
            WRITTEN.replace("https://okta.example", "https://gitlab.com"),
        ] {
            let (settings, why) = *read("okta".to_owned(), &text).unwrap_err();
            assert_eq!(settings.alias.as_deref(), Some("okta"), "{text}");
            assert!(!why.is_empty(), "{text}");
        }
        let more = WRITTEN.replacen('{', r#"{"later":7,"#, 1);
        assert!(read("okta".to_owned(), &more).is_ok(), "a field of a later release");
    }
}
