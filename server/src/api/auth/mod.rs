//! `/auth`: signing in with an account of this server, how one may sign in at all, and a key for programs.

pub(super) mod documents;
pub(super) mod invitations;
mod keeper;
pub(super) mod login;
pub(super) mod methods;
pub(super) mod own;
pub(super) mod token;

use std::sync::Arc;

use sail_cargo_protocol::{SecretText, SignedIn};

use super::current;
use super::error::ApiError;
use super::extractors::refused;
use super::state::State;
use super::wire;
use crate::auth::{Accounts, AuthError, Session};
use crate::domain::{Caller, Context, OperatorName, Secret};

/// The accounts of this server.
///
/// # Errors
/// `accounts_off` if it keeps none.
pub(super) fn accounts(state: &State) -> Result<&Arc<Accounts>, ApiError> {
    state.accounts.as_ref().ok_or_else(|| ApiError::Conflict {
        code: "accounts_off",
        detail: "this server keeps no accounts (serve --accounts)".to_owned(),
    })
}

/// The context of a request that shows no credentials in its headers. Who it is of is said where that is known.
fn strangers(state: &State) -> Context {
    Context {
        caller: Caller::Operator { name: OperatorName::server(), project: None },
        now: state.clock.now(),
        request_id: current::id(),
        origin: current::origin(),
        at_least: None,
        idempotency: None,
    }
}

/// The answer of the auth service as the API gives it. A refusal is counted, for the audit trail and for the limit
/// of failed attempts.
fn answered<T>(state: &State, result: Result<T, AuthError>) -> Result<T, ApiError> {
    result.map_err(|error| match error {
        AuthError::Refused { error, project } => {
            refused(state, error.reject(project), state.clock.now())
        }
        other => other.into(),
    })
}

/// A secret of a body, out of the sight of logs.
fn secret(text: &SecretText) -> Secret {
    Secret::new(text.expose().to_owned())
}

fn signed_in(session: &Session) -> SignedIn {
    SignedIn {
        access_token: SecretText::new(session.access_token.expose().to_owned()),
        token_type: "Bearer".to_owned(),
        expires_in: session.lives.num_seconds().unsigned_abs(),
        refresh_token: SecretText::new(session.refresh_token.expose().to_owned()),
        refresh_expires_in: session.refresh_lives.num_seconds().unsigned_abs(),
        user: wire::account(&session.account),
    }
}
