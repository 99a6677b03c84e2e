//! Issuers that operators register while servers run, and to whom aliases belong.

use chrono::{DateTime, Utc};
use sail_cargo_database::DbConnection;
use sail_cargo_database::tables::issuers::{self, Registered};
use sail_cargo_database::transaction::exclusive;

use super::error::ServiceError;
use super::handle::Service;
use crate::audit::{self, OperatorAct};
use crate::domain::{
    Caller, Conflict, Context, Issuer, IssuerAlias, IssuerSet, OperatorName, Origin, Outcome,
    Resource,
};

impl Service {
    /// The registered issuers, by alias. No request waits for it.
    ///
    /// # Errors
    /// [`ServiceError::Database`] if the database does not answer.
    pub async fn issuers(&self) -> Result<Registered, ServiceError> {
        self.database.run_aside(|connection| Ok(issuers::list(connection)?)).await
    }

    /// Registers `issuer` beside those of the server's `configured` set, in the place of the one with its
    /// alias.
    ///
    /// # Errors
    /// [`ServiceError::Conflict`] if it contradicts another issuer, or its alias belongs to another one, or
    /// names somebody already.
    pub async fn put_issuer(
        &self,
        alias: IssuerAlias,
        issuer: Issuer,
        configured: Vec<Issuer>,
        context: Context,
    ) -> Result<(), ServiceError> {
        self.run(move |connection| {
            exclusive(connection, |connection| {
                let registered = issuers::list(connection)?.issuers.into_iter();
                let others = registered.filter(|other| other.alias() != Some(&alias));
                let all = configured.into_iter().chain(others).chain([issuer.clone()]);
                IssuerSet::of(all).map_err(Conflict::Issuers)?;
                take_alias(connection, &alias, &issuer, &context)?;
                issuers::put(connection, &alias, &issuer, context.now)?;
                let detail = sentence(&alias, &issuer);
                Ok(audit::insert_act(connection, &context, act("issuer.put", &alias, detail))?)
            })
        })
        .await
    }

    /// Forgets a registered issuer. Its alias stays its own.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] if no such issuer is registered; [`ServiceError::Conflict`] if another one has
    /// its users.
    pub async fn delete_issuer(
        &self,
        alias: IssuerAlias,
        configured: Vec<Issuer>,
        context: Context,
    ) -> Result<(), ServiceError> {
        self.run(move |connection| {
            exclusive(connection, |connection| {
                if !issuers::delete(connection, &alias)? {
                    return Err(ServiceError::NotFound(Resource::Issuer));
                }
                let left = issuers::list(connection)?.issuers;
                IssuerSet::of(configured.into_iter().chain(left)).map_err(Conflict::Issuers)?;
                let detail = format!("forgot issuer {alias}");
                Ok(audit::insert_act(connection, &context, act("issuer.delete", &alias, detail))?)
            })
        })
        .await
    }

    /// Takes the aliases of the server's own `configured` issuers for them, and puts that on record.
    ///
    /// # Errors
    /// [`ServiceError::Conflict`] as of [`Service::put_issuer`].
    pub async fn take_aliases(
        &self,
        configured: Vec<Issuer>,
        now: DateTime<Utc>,
    ) -> Result<(), ServiceError> {
        let context = Context {
            caller: Caller::Operator { name: OperatorName::server(), project: None },
            now,
            request_id: uuid::Uuid::now_v7().to_string(),
            origin: Origin::default(),
            at_least: None,
            idempotency: None,
        };
        self.run(move |connection| {
            exclusive(connection, |connection| {
                for issuer in &configured {
                    let Some(alias) = issuer.alias() else { continue };
                    if take_alias(connection, alias, issuer, &context)? {
                        let detail = format!("{}: by its configuration", sentence(alias, issuer));
                        audit::insert_act(connection, &context, act("issuer.put", alias, detail))?;
                    }
                }
                Ok(())
            })
        })
        .await
    }
}

/// Takes an alias for an issuer. Returns whether it was not the issuer's before.
fn take_alias(
    connection: &mut DbConnection,
    alias: &IssuerAlias,
    issuer: &Issuer,
    context: &Context,
) -> Result<bool, ServiceError> {
    match issuers::owner(connection, alias)? {
        Some(owner) if owner == issuer.name() => return Ok(false),
        Some(owner) if !issuer.takes_over() => {
            return Err(Conflict::AliasTaken { alias: alias.clone(), issuer: owner }.into());
        }
        Some(_) => {}
        None => refuse_namesakes(connection, alias)?,
    }
    let by = (&*context.caller.to_string(), context.now);
    issuers::take(connection, alias, issuer.name(), by)?;
    Ok(true)
}

/// Refuses an alias that nobody had yet, while somebody is called as its users would be.
fn refuse_namesakes(
    connection: &mut DbConnection,
    alias: &IssuerAlias,
) -> Result<(), ServiceError> {
    match issuers::named_so(connection, alias)? {
        Some((project, name)) => {
            Err(Conflict::AliasNames { alias: alias.clone(), project, name }.into())
        }
        None => Ok(()),
    }
}

fn act(action: &'static str, alias: &IssuerAlias, detail: String) -> OperatorAct {
    let object = Some(alias.to_string());
    OperatorAct { action, object, outcome: Outcome::Allow, reason: "ok", detail }
}

/// The sentence for the audit trail.
fn sentence(alias: &IssuerAlias, issuer: &Issuer) -> String {
    let merged = match issuer.settings().merge_identities.as_deref() {
        Some(into) if into == alias.as_str() => {
            ", whose users are those of the issuer that had this alias before".to_owned()
        }
        Some(into) => format!(", whose users are those of issuer {into}"),
        None => String::new(),
    };
    format!("saved issuer {alias}: {}{merged}", issuer.name())
}
