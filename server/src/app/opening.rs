//! The database at start: waited for, brought up to date where that was asked for, and refused
//! when it is not as this program needs it.

use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};

use super::error::StartError;
use super::remarks::Remarks;
use crate::clock::Clock;
use crate::health::Health;
use crate::health::keeper::Keeper;
use crate::service::{Service, ServiceError};
use sail_cargo_database::MigrationError;

/// How long the database may take to answer.
const ANSWER: Duration = Duration::from_secs(5);
/// The first pause while it is away; each is twice the one before.
const SHORTEST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// How long a start waits for a database that neither is there nor is said to be away.
const HEAD_START: Duration = Duration::from_secs(3);

/// The database on its way to be open.
pub(super) struct Opening(Pin<Box<dyn Future<Output = Result<Keeper, StartError>> + Send>>);

/// What is to be done before the server serves.
struct Steps {
    service: Service,
    clock: Clock,
    migrate: bool,
    remarks: Remarks,
    /// Gone when it is clear that the database is waited for.
    unclear: Option<oneshot::Sender<()>>,
}

/// Why the database is not open.
enum NotOpen {
    /// It may come.
    Away(String),
    /// It is not the right one.
    Wrong(StartError),
}

impl Opening {
    /// Opens the database, as far as that goes at once. What takes its time, or is waited for, goes
    /// on in [`Opening::keep`].
    ///
    /// # Errors
    /// The database is there, and is not the right one.
    pub(super) async fn begin(
        service: Service,
        clock: Clock,
        remarks: Remarks,
        (migrate, health): (bool, Arc<Health>),
    ) -> Result<Self, StartError> {
        let (unclear, mut is_away) = oneshot::channel();
        let steps = Steps { service, clock, migrate, remarks, unclear: Some(unclear) };
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

    /// Goes on until the database is open, and keeps the server's health from then on. It ends only
    /// when the database is not the right one.
    pub(super) async fn keep(self) -> StartError {
        match self.0.await {
            Ok(keeper) => keeper.keep().await,
            Err(error) => error,
        }
    }
}

impl Steps {
    /// Opens the database, however long that takes, and has the server serve. Whoever keeps its
    /// health is returned: they have looked once.
    async fn take(mut self, health: Arc<Health>) -> Result<Keeper, StartError> {
        self.wait().await?;
        self.remarks.make(&self.service, &self.clock).await;
        let mut keeper = Keeper::new(health.clone());
        keeper.look().await;
        health.serve();
        Ok(keeper)
    }

    /// Tries until the database is there. That it is waited for is said once.
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

    /// Brings the schema up to date, if that was asked for, and looks whether all is as it must
    /// be. What a migration changes in a project is changed now.
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
        Ok(seals.demand_ours().map_err(StartError::MasterKey)?)
    }
}

/// What the database says; that it says nothing is that it is away.
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

/// What a database says may have several lines, and is one in the log.
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
