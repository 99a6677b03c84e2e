//! How long a request may take that should take a moment. Each question to the database has an end of
//! its own; whoever has many asked of a slow one is told so as well, before they take it for lost.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage as _, HttpRequest, ResponseError as _};
use tokio::time::{Instant, sleep};

use super::error::ApiError;
use super::state::State;

/// How often it is looked whether the time is over: it may have been given anew.
const EVERY: Duration = Duration::from_secs(1);
/// So far off that it never comes.
const NEVER: Duration = Duration::from_hours(24);

/// Until when a request is to be answered.
#[derive(Clone)]
struct Due {
    at: Rc<Cell<Instant>>,
    limit: Duration,
}

impl Due {
    fn after(limit: Duration) -> Self {
        Self { at: Rc::new(Cell::new(Instant::now() + limit)), limit }
    }

    /// Waits until it is over.
    async fn over(&self) {
        loop {
            let left = self.at.get().saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            sleep(left.min(EVERY)).await;
        }
    }
}

/// Answers 503 once the time is over. What is under way is left, as if the caller had gone: a change
/// may be made all the same.
pub(super) async fn middleware(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let Some(state) = request.app_data::<Data<State>>() else {
        return Ok(next.call(request).await?.map_into_boxed_body());
    };
    let due = Due::after(state.store.patience());
    request.extensions_mut().insert(due.clone());
    let asked = request.request().clone();
    tokio::select! {
        biased;
        response = next.call(request) => Ok(response?.map_into_boxed_body()),
        () = due.over() => {
            let slow = ApiError::Unavailable {
                code: "unavailable",
                detail: "the database takes too long: try again later",
            };
            Ok(ServiceResponse::new(asked, slow.error_response()))
        }
    }
}

/// The time stands still: the request's body is waited for, which has an end of its own.
pub(super) fn pause(request: &HttpRequest) {
    if let Some(due) = request.extensions().get::<Due>() {
        due.at.set(Instant::now() + NEVER);
    }
}

/// The time begins anew.
pub(super) fn resume(request: &HttpRequest) {
    if let Some(due) = request.extensions().get::<Due>() {
        due.at.set(Instant::now() + due.limit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn it_is_over_when_it_was_not_given_anew() {
        let (due, begun) = (Due::after(Duration::from_millis(2500)), Instant::now());
        due.over().await;
        assert_eq!(begun.elapsed().as_millis(), 2500);

        let (due, begun) = (Due::after(Duration::from_secs(3)), Instant::now());
        let later = due.clone();
        let body = async {
            later.at.set(Instant::now() + NEVER);
            sleep(Duration::from_mins(1)).await;
            later.at.set(Instant::now() + later.limit);
        };
        tokio::join!(due.over(), body);
        assert_eq!(begun.elapsed().as_secs(), 63);
    }
}
