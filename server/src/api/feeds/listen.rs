//! One event stream: first the missed events, then new ones, until the reader's credentials end.

use std::sync::Arc;
use std::time::Duration;

use actix_web::web::Data;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, interval, timeout_at};

use super::listener::Listener;
use super::news::{News, Told};
use super::telling::EVERY;
use crate::api::error::ApiError;
use crate::api::events::{KEEP_ALIVE, WELCOME};
use crate::api::live::{End, Voice, too_slow};
use crate::api::readers::Reader;
use crate::api::state::State;
use crate::authn::{ApiKeyError, AuthnError};
use crate::domain::{Caller, KeyFlaw};
use crate::service::LiveKeys;

/// After this time without events, the stream sends a keep-alive. A broken connection is noticed by
/// it.
const SILENCE: Duration = Duration::from_secs(5);

/// The credentials that a reader was admitted with. The stream ends when they do.
pub(in crate::api) struct Pass {
    state: Data<State>,
    caller: Caller,
    /// The project's valid keys, as last received.
    keys: Option<Arc<LiveKeys>>,
}

impl Pass {
    pub(in crate::api) fn new(state: Data<State>, caller: Caller) -> Self {
        Self { state, caller, keys: None }
    }

    /// Checks the credentials, with a database query if necessary.
    pub(in crate::api) async fn demand(&self) -> Result<(), ApiError> {
        let now = self.state.clock.now();
        let still = self.state.authenticator.recheck(&self.caller, now).await;
        still.map_err(|rejection| rejection.error.into())
    }

    /// Checks the credentials by the last received keys and by the time, without I/O.
    fn demand_told(&self) -> Result<(), ApiError> {
        let Caller::Root(key) = &self.caller else { return Ok(()) };
        let now = self.state.clock.now();
        let is_good = match &self.keys {
            Some(keys) => keys.allow(key, now),
            None => key.expires_at.is_none_or(|end| now < end),
        };
        if is_good { Ok(()) } else { Err(withdrawn()) }
    }

    fn heed<T>(&mut self, news: &News<T>) -> Result<(), ApiError> {
        if news.keys.is_some() {
            self.keys.clone_from(&news.keys);
        }
        self.demand_told()
    }
}

fn withdrawn() -> ApiError {
    AuthnError::from(ApiKeyError::Bad(KeyFlaw::Withdrawn)).into()
}

/// The next step of a stream.
enum NextStep<T> {
    /// New events arrived.
    Hear(Arc<News<T>>),
    /// Events were lost because the reader was too slow: read them from the database.
    Fetch,
    /// Nothing happened.
    Wait,
}

/// Sends a reader the events for `listener`, until one of them ends.
pub(super) async fn listen<L: Listener>(
    mut reader: Reader,
    mut pass: Pass,
    mut listener: L,
    voice: Voice,
) -> Result<(), End> {
    // Subscribe before reading the database, so that no event falls between the two.
    let mut topic = listener.join();
    voice.say(WELCOME).await?;
    fetch(&reader, &pass, &mut listener, &voice, None).await?;
    let (mut clock, mut heard) = (interval(EVERY), Instant::now());
    loop {
        let next_step = tokio::select! {
            biased;
            error = reader.ended() => return Err(error.into()),
            end = voice.left() => return Err(end),
            told = topic.recv() => next_step(told)?,
            _ = clock.tick() => NextStep::Wait,
        };
        match next_step {
            NextStep::Hear(news) => {
                pass.heed(&news)?;
                match listener.hear(&news.told) {
                    Some(events) if events.is_empty() => continue,
                    Some(events) => voice.say(events).await?,
                    None => fetch(&reader, &pass, &mut listener, &voice, None).await?,
                }
                heard = Instant::now();
            }
            NextStep::Fetch => {
                let by = Instant::now() + reader.patience();
                fetch(&reader, &pass, &mut listener, &voice, Some(by)).await?;
                heard = Instant::now();
            }
            NextStep::Wait => {
                pass.demand_told()?;
                if heard.elapsed() >= SILENCE {
                    voice.say(KEEP_ALIVE).await?;
                    heard = Instant::now();
                }
            }
        }
    }
}

fn next_step<T>(told: Result<Told<T>, RecvError>) -> Result<NextStep<T>, End> {
    match told {
        Ok(Ok(news)) => Ok(NextStep::Hear(news)),
        Ok(Err(problem)) => Err(End::With(Box::new((*problem).clone()))),
        Err(RecvError::Lagged(_)) => Ok(NextStep::Fetch),
        Err(RecvError::Closed) => Err(broke_down().into()),
    }
}

fn broke_down() -> ApiError {
    ApiError::Unavailable { code: "unavailable", detail: "try again later" }
}

/// Sends the missed events from the database. A reader that has lagged must have caught up `by`
/// this time.
async fn fetch<L: Listener>(
    reader: &Reader,
    pass: &Pass,
    listener: &mut L,
    voice: &Voice,
    by: Option<Instant>,
) -> Result<(), End> {
    loop {
        pass.demand().await?;
        let (events, more) = listener.catch_up().await?;
        voice.say(events).await?;
        if !more || reader.has_ended() {
            return Ok(());
        }
        if by.is_some_and(|by| Instant::now() > by) {
            return Err(too_slow().into());
        }
    }
}

/// Waits for news that satisfy `is_news`, until `by`, or until the server stops.
pub(in crate::api) async fn wait_for<T>(
    reader: &mut Reader,
    pass: &mut Pass,
    topic: &mut Receiver<Told<T>>,
    by: Instant,
    is_news: impl Fn(&T) -> bool,
) -> Result<(), ApiError> {
    let mut clock = interval(EVERY);
    let wait = async {
        loop {
            tokio::select! {
                biased;
                _ = reader.ended() => return Ok(()),
                told = topic.recv() => match told {
                    Ok(Ok(news)) => {
                        pass.heed(&news)?;
                        if is_news(&news.told) {
                            return Ok(());
                        }
                    }
                    // Whatever was missed, the caller reads the database next.
                    Ok(Err(_)) | Err(_) => return Ok(()),
                },
                _ = clock.tick() => pass.demand_told()?,
            }
        }
    };
    timeout_at(by, wait).await.unwrap_or(Ok(()))
}
