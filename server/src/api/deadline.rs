//! A deadline for requests that should take a moment. Each database query has a time limit of its
//! own, but a request can make many slow ones. It then gets an error before its client gives up.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, HttpMessage as _, HttpRequest, ResponseError as _};
use tokio::time::{Instant, sleep};

use super::error::{ApiError, UNAVAILABLE};
use super::state::State;

/// How often to check whether the deadline has passed: it may have been moved.
const EVERY: Duration = Duration::from_secs(1);
/// A deadline that does not come.
const NEVER: Duration = Duration::from_hours(24);

/// The deadline of a request.
#[derive(Clone)]
struct Due {
    at: Rc<Cell<Instant>>,
    limit: Duration,
}

impl Due {
    fn after(limit: Duration) -> Self {
        Self { at: Rc::new(Cell::new(Instant::now() + limit)), limit }
    }

    /// Waits until the deadline has passed.
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

/// What a request may have done before it was given up. Work in progress continues, as when a
/// client disconnects, and the result of an open transaction is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Left {
    Nothing,
    Change,
    Key,
    AccessKey,
}

impl Left {
    fn of(method: &Method, pattern: Option<&str>) -> Self {
        match (method.as_str(), pattern) {
            ("POST", Some("/v1/api-keys" | "/v1/api-keys/{id}/rotate")) => Self::Key,
            ("POST", Some("/v1/access-keys" | "/v1/access-keys/{id}/rotate")) => Self::AccessKey,
            // These only compute a signature or an answer.
            (
                "POST",
                Some(
                    "/v1/sign" | "/v1/sign/batch" | "/v1/presign" | "/v1/presign/batch"
                    | "/v1/check" | "/v1/check/batch",
                ),
            )
            | ("GET" | "HEAD", _) => Self::Nothing,
            _ => Self::Change,
        }
    }

    const fn sentence(self) -> &'static str {
        match self {
            Self::Nothing => "the request took too long and was given up: try again later",
            Self::Change => {
                "the request took too long and was given up, but the change may have been made: \
                 check the current state before you repeat the request"
            }
            Self::Key => {
                "the request took too long and was given up, but the API key may exist and work, \
                 although nobody has seen it. Repeat the request with the same Idempotency-Key, if \
                 you sent one; otherwise list the keys (`GET /v1/api-keys`, `sail-cargo keys \
                 list`) and revoke the new one"
            }
            Self::AccessKey => {
                "the request took too long and was given up, but the access key may exist and \
                 work, although nobody has seen it. Repeat the request with the same \
                 Idempotency-Key, if you sent one; otherwise list the keys (`GET \
                 /v1/access-keys`, `sail-cargo access-keys list`) and revoke the new one"
            }
        }
    }
}

impl From<Left> for ApiError {
    fn from(left: Left) -> Self {
        Self::Unavailable { code: UNAVAILABLE, detail: left.sentence() }
    }
}

/// Answers 503 when the deadline has passed. An unavailable database gives the same response: the
/// caller cannot distinguish the two.
pub(super) async fn middleware(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let Some(state) = request.app_data::<Data<State>>() else {
        return Ok(next.call(request).await?.map_into_boxed_body());
    };
    let due = Due::after(state.service.database().patience());
    request.extensions_mut().insert(due.clone());
    let asked = request.request().clone();
    let given_up = || {
        let left = Left::of(asked.method(), asked.match_pattern().as_deref());
        ServiceResponse::new(asked.clone(), ApiError::from(left).error_response())
    };
    tokio::select! {
        biased;
        response = next.call(request) => match response?.map_into_boxed_body() {
            response if is_unavailable(&response) => Ok(given_up()),
            response => Ok(response),
        },
        () = due.over() => Ok(given_up()),
    }
}

fn is_unavailable(response: &ServiceResponse<BoxBody>) -> bool {
    let error = response.response().error().and_then(|error| error.as_error::<ApiError>());
    matches!(error, Some(ApiError::Unavailable { code: UNAVAILABLE, .. }))
}

/// Suspends the deadline while the request waits for its body, which has a time limit of its own.
pub(super) fn pause(request: &HttpRequest) {
    if let Some(due) = request.extensions().get::<Due>() {
        due.at.set(Instant::now() + NEVER);
    }
}

/// Restarts the deadline with its full length.
pub(super) fn resume(request: &HttpRequest) {
    if let Some(due) = request.extensions().get::<Due>() {
        due.at.set(Instant::now() + due.limit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_left_is_told() {
        for (method, pattern, left) in [
            (Method::GET, "/v1/api-keys", Left::Nothing),
            (Method::POST, "/v1/sign", Left::Nothing),
            (Method::POST, "/v1/check", Left::Nothing),
            (Method::POST, "/v1/presign/batch", Left::Nothing),
            (Method::POST, "/v1/sessions", Left::Change),
            (Method::POST, "/v1/accounts/{account}/reset", Left::Change),
            (Method::POST, "/auth/refresh", Left::Change),
            (Method::PUT, "/v1/buckets/{bucket}/grants/{subject}", Left::Change),
            (Method::PATCH, "/v1/groups/{group}", Left::Change),
            (Method::DELETE, "/v1/api-keys/{id}", Left::Change),
            (Method::POST, "/v1/api-keys", Left::Key),
            (Method::POST, "/v1/api-keys/{id}/rotate", Left::Key),
            (Method::POST, "/v1/access-keys", Left::AccessKey),
            (Method::POST, "/v1/access-keys/{id}/rotate", Left::AccessKey),
        ] {
            assert_eq!(Left::of(&method, Some(pattern)), left, "{method} {pattern}");
        }
        for left in [Left::Nothing, Left::Change, Left::Key, Left::AccessKey] {
            assert!(!left.sentence().contains("database"), "it may have been something else");
        }
    }

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
