//! Opens the database at start: waits for it, migrates it if asked to, and refuses one that does
//! not fit this program.

use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};

use super::error::StartError;
use super::remarks::Remarks;
use crate::authn::Issuers;
use crate::clock::Clock;
use crate::health::Health;
use crate::health::keeper::Keeper;
use crate::service::{Service, ServiceError};
use sail_cargo_database::MigrationError;

/// How long one query of the start may take before the database counts as unavailable.
const ANSWER: Duration = Duration::from_secs(5);
/// The first pause between attempts. Each pause is twice the previous one, up to [`LONGEST_PAUSE`].
const SHORTEST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// How long the start blocks on a database that has neither answered nor failed.
const HEAD_START: Duration = Duration::from_secs(3);

/// The opening of the database, possibly still under way.
pub(super) struct Opening(Pin<Box<dyn Future<Output = Result<Keeper, StartError>> + Send>>);

/// The steps before the server serves.
struct Steps {
    service: Service,
    clock: Clock,
    migrate: bool,
    remarks: Remarks,
    issuers: Arc<Issuers>,
    /// Dropped as soon as the database is known to be unavailable.
    unclear: Option<oneshot::Sender<()>>,
}

/// Why an attempt to open the database failed.
enum NotOpen {
    /// The database is unavailable. The next attempt may succeed.
    Away(String),
    /// The database does not fit this program.
    Wrong(StartError),
}

impl Opening {
    /// Starts to open the database. If the database is unavailable or slow, [`Opening::keep`] goes
    /// on.
    ///
    /// # Errors
    /// [`StartError`] if the database does not fit this program.
    pub(super) async fn begin(
        service: Service,
        clock: Clock,
        remarks: Remarks,
        (migrate, health, issuers): (bool, Arc<Health>, Arc<Issuers>),
    ) -> Result<Self, StartError> {
        let (unclear, mut is_away) = oneshot::channel();
        let unclear = Some(unclear);
        let steps = Steps { service, clock, migrate, remarks, issuers, unclear };
        let mut opening: Pin<Box<dyn Future<Output = _> + Send>> = Box::pin(steps.take(health));
        tokio::select! {
            opened = &mut opening => {
                let keeper = opened?;
                Ok(Self(Box::pin(async { Ok(keeper) })))
            }
            _ = &mut is_away => Ok(Self(opening)),
            () = sleep(HEAD_START) => Ok(Self(opening)),
        }
    }

    /// Waits until the database is open, then keeps the server's health up to date. Returns only if
    /// the database does not fit this program.
    pub(super) async fn keep(self) -> StartError {
        match self.0.await {
            Ok(keeper) => keeper.keep().await,
            Err(error) => error,
        }
    }
}

impl Steps {
    /// Opens the database, however long it takes, and lets the server serve. Returns the keeper of
    /// the server's health, which has checked it once.
    async fn take(mut self, health: Arc<Health>) -> Result<Keeper, StartError> {
        self.wait().await?;
        self.remarks.make(&self.service, &self.clock).await;
        let mut keeper = Keeper::new(health.clone());
        keeper.look().await;
        health.serve();
        Ok(keeper)
    }

    /// Tries until the database is open. Logs once that it is waiting.
    async fn wait(&mut self) -> Result<(), StartError> {
        let (begun, mut pause) = (Instant::now(), SHORTEST_PAUSE);
        loop {
            match self.attempt().await {
                Ok(()) => break,
                Err(NotOpen::Wrong(error)) => return Err(error),
                Err(NotOpen::Away(cause)) => {
                    if self.unclear.take().is_some() {
                        log::warn!("waiting for the database: {}", one_line(&cause));
                    }
                    sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
        if self.unclear.is_none() {
            log::info!("the database answers, after {} seconds", begun.elapsed().as_secs());
        }
        Ok(())
    }

    /// Migrates the schema if asked to. Checks the schema's version and the master key. Reads the issuers.
    async fn attempt(&self) -> Result<(), NotOpen> {
        if self.migrate {
            for name in self.service.migrate(self.clock.now()).await? {
                log::info!("applied migration {name}");
            }
        }
        let schema = in_time(self.service.database().schema()).await?;
        schema.demand_known().map_err(StartError::Newer)?;
        if !schema.missing.is_empty() {
            return Err(StartError::Migrations(schema.missing.len()).into());
        }
        let seals = in_time(self.service.seals()).await?;
        seals.demand_ours().map_err(StartError::MasterKey)?;
        self.take_aliases().await?;
        in_time(self.issuers.reload(&self.service)).await
    }

    /// Takes the aliases of the configured issuers.
    async fn take_aliases(&self) -> Result<(), NotOpen> {
        let configured = self.issuers.configured();
        if configured.iter().all(|issuer| issuer.alias().is_none()) {
            return Ok(());
        }
        let taken = in_time(async {
            match self.service.take_aliases(configured, self.clock.now()).await {
                Err(ServiceError::Conflict(conflict)) => Ok(Err(conflict)),
                taken => taken.map(Ok),
            }
        });
        taken.await?.map_err(|conflict| StartError::Issuer(conflict).into())
    }
}

/// The answer of a query, or [`NotOpen::Away`] if it fails or takes longer than [`ANSWER`].
async fn in_time<T, E: Into<ServiceError>>(
    asked: impl Future<Output = Result<T, E>>,
) -> Result<T, NotOpen> {
    match timeout(ANSWER, asked).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => Err(NotOpen::Away(match error.into() {
            ServiceError::Database(error) => error.cause(),
            other => other.to_string(),
        })),
        Err(_) => Err(NotOpen::Away("it does not answer".to_owned())),
    }
}

/// The cause in one line of the log.
fn one_line(cause: &str) -> String {
    cause.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl From<StartError> for NotOpen {
    fn from(error: StartError) -> Self {
        Self::Wrong(error)
    }
}

impl From<MigrationError> for NotOpen {
    fn from(error: MigrationError) -> Self {
        match error {
            MigrationError::Away(cause) => Self::Away(cause.to_string()),
            other => Self::Wrong(other.into()),
        }
    }
}
