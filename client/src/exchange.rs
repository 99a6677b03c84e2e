//! Sends one request, and reads its response.

use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Method, Request, RequestBuilder, Response, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use crate::answer::FullResponse;
use crate::client::secret_header;
use crate::consistency::Consistency;
use crate::transport::Pool;
use crate::{Client, Error, Token, retry, url};

/// Timeout of a stream, in effect unlimited: its reader ends it.
const LONG: Duration = Duration::from_hours(365 * 24);

/// Whose credentials a request carries.
#[derive(Clone, Copy)]
enum By {
    Caller,
    Nobody,
}

impl Client {
    /// Starts a request to the path made of `segments`, which are percent-encoded here.
    pub(crate) fn request(
        &self,
        method: Method,
        segments: &[&str],
    ) -> Result<RequestBuilder, Error> {
        Ok(self.inner.http.request(method, url::join(&self.inner.base, segments)?))
    }

    pub(crate) fn get(&self, segments: &[&str]) -> Result<RequestBuilder, Error> {
        self.request(Method::GET, segments)
    }

    pub(crate) fn post(&self, segments: &[&str]) -> Result<RequestBuilder, Error> {
        self.request(Method::POST, segments)
    }

    pub(crate) fn put(&self, segments: &[&str]) -> Result<RequestBuilder, Error> {
        self.request(Method::PUT, segments)
    }

    pub(crate) fn patch(&self, segments: &[&str]) -> Result<RequestBuilder, Error> {
        self.request(Method::PATCH, segments)
    }

    pub(crate) fn delete(&self, segments: &[&str]) -> Result<RequestBuilder, Error> {
        self.request(Method::DELETE, segments)
    }

    /// Sends a request with retries, and parses a successful response as JSON.
    pub(crate) async fn answer<T: DeserializeOwned>(
        &self,
        request: RequestBuilder,
    ) -> Result<T, Error> {
        self.send_with_retry(request, By::Caller).await?.json()
    }

    /// Sends a request once, and parses a successful response as JSON.
    pub(crate) async fn answer_once<T: DeserializeOwned>(
        &self,
        request: RequestBuilder,
    ) -> Result<T, Error> {
        let request = request.build().map_err(Error::from_http)?;
        self.authorised(request).await?.success()?.json()
    }

    /// Posts a signing request, once. Uses the connection pool if there is one, because an
    /// application signs every request to S3.
    pub(crate) async fn post_once<T: DeserializeOwned>(
        &self,
        segments: &[&str],
        body: &(impl Serialize + ?Sized),
    ) -> Result<T, Error> {
        let Some(pool) = &self.inner.pool else {
            return Box::pin(self.answer_once(self.post(segments)?.json(body))).await;
        };
        let path = url::join("", segments)?;
        let body = serde_json::to_vec(body)
            .map_err(|_| Error::input("the request cannot be written as JSON"))?;
        let body = Bytes::from(body);
        let Some(user) = &self.inner.credentials.user else {
            return self.post_by(pool, &path, body, None).await?.success()?.json();
        };
        let first = user.take().await?;
        let answer = self.post_by(pool, &path, body.clone(), Some(&first.token)).await?;
        if answer.status != StatusCode::UNAUTHORIZED {
            return answer.success()?.json();
        }
        // A rare case: boxed, so that the future of every request is smaller.
        let again = Box::pin(async {
            let token = user.renew(&first).await?;
            self.post_by(pool, &path, body, Some(&token)).await
        });
        again.await?.success()?.json()
    }

    async fn post_by(
        &self,
        pool: &Pool,
        path: &str,
        body: Bytes,
        token: Option<&Token>,
    ) -> Result<FullResponse, Error> {
        let mut headers = HeaderMap::with_capacity(8);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
        self.sign_in(&mut headers, token)?;
        let (answer, headers) = pool.post(path, headers, body).await?;
        if let Some(consistency) = &self.consistency {
            consistency.note(&headers);
        }
        Ok(answer)
    }

    /// Sends a POST that creates an object, with retries. An idempotency key makes Cargo run it
    /// only once.
    pub(crate) async fn create<T: DeserializeOwned>(
        &self,
        request: RequestBuilder,
    ) -> Result<T, Error> {
        let key = uuid::Uuid::new_v4().simple().to_string();
        self.answer(request.header("idempotency-key", key)).await
    }

    /// Sends a request with retries, and ignores the body of a successful response.
    pub(crate) async fn done(&self, request: RequestBuilder) -> Result<(), Error> {
        self.send_with_retry(request, By::Caller).await.map(drop)
    }

    /// Sends a request, and returns its response as a stream.
    pub(crate) async fn open_stream(&self, request: RequestBuilder) -> Result<Response, Error> {
        let mut request = request.build().map_err(Error::from_http)?;
        *request.timeout_mut() = Some(LONG);
        let again = request.try_clone();
        let Some(user) = &self.inner.credentials.user else {
            return started(self.dispatch(request, None).await?).await;
        };
        let first = user.take().await?;
        let response = self.dispatch(request, Some(&first.token)).await?;
        match again {
            Some(mut again) if response.status() == StatusCode::UNAUTHORIZED => {
                *again.timeout_mut() = Some(LONG);
                let token = user.renew(&first).await?;
                started(self.dispatch(again, Some(&token)).await?).await
            }
            _ => started(response).await,
        }
    }

    /// Sends a request until it succeeds, or another attempt would not help.
    async fn send_with_retry(
        &self,
        request: RequestBuilder,
        by: By,
    ) -> Result<FullResponse, Error> {
        let mut request = request.build().map_err(Error::from_http)?;
        let mut attempt = 1;
        loop {
            let again = request.try_clone().filter(|_| attempt < self.inner.attempts);
            let sent = match by {
                By::Caller => self.authorised(request).await,
                By::Nobody => self.execute(request).await,
            };
            let sent = sent.and_then(FullResponse::success);
            let (Err(error), Some(next)) = (&sent, again) else { return sent };
            let Some(pause) = retry::before_retry(error, attempt) else { return sent };
            tokio::time::sleep(pause).await;
            request = next;
            attempt += 1;
        }
    }

    /// Sends a request without credentials.
    pub(crate) async fn open(&self, request: RequestBuilder) -> Result<FullResponse, Error> {
        self.execute(request.build().map_err(Error::from_http)?).await
    }

    /// Sends a request without credentials, with retries.
    pub(crate) async fn open_with_retry(
        &self,
        request: RequestBuilder,
    ) -> Result<FullResponse, Error> {
        self.send_with_retry(request, By::Nobody).await
    }

    async fn execute(&self, request: Request) -> Result<FullResponse, Error> {
        FullResponse::read(self.inner.http.execute(request).await.map_err(Error::from_http)?).await
    }

    /// Sends a request with the caller's credentials. On 401, repeats it once with a new token.
    async fn authorised(&self, request: Request) -> Result<FullResponse, Error> {
        let Some(user) = &self.inner.credentials.user else {
            return self.send(request, None).await;
        };
        let again = request.try_clone();
        let first = user.take().await?;
        let answer = self.send(request, Some(&first.token)).await?;
        match again {
            Some(again) if answer.status == StatusCode::UNAUTHORIZED => {
                let token = user.renew(&first).await?;
                self.send(again, Some(&token)).await
            }
            _ => Ok(answer),
        }
    }

    async fn send(&self, request: Request, token: Option<&Token>) -> Result<FullResponse, Error> {
        FullResponse::read(self.dispatch(request, token).await?).await
    }

    async fn dispatch(
        &self,
        mut request: Request,
        token: Option<&Token>,
    ) -> Result<Response, Error> {
        self.sign_in(request.headers_mut(), token)?;
        let response = self.inner.http.execute(request).await.map_err(Error::from_http)?;
        if let Some(consistency) = &self.consistency {
            consistency.note(response.headers());
        }
        Ok(response)
    }

    /// Adds the credentials and the minimum revision.
    fn sign_in(&self, headers: &mut HeaderMap, token: Option<&Token>) -> Result<(), Error> {
        if let Some(token) = token {
            let bearer = Zeroizing::new(format!("Bearer {}", token.expose()));
            headers.insert(AUTHORIZATION, secret_header(&bearer).ok_or_else(Error::bad_token)?);
        }
        if let Some(key) = &self.inner.key {
            headers.insert("x-api-key", key.clone());
        }
        if let Some(project) = &self.inner.project {
            headers.insert("x-project", project.clone());
        }
        if let Some(revision) = self.consistency.as_ref().and_then(Consistency::header) {
            headers.insert("if-revision-at-least", revision);
        }
        Ok(())
    }
}

/// The response of a stream that has begun, or the error.
async fn started(response: Response) -> Result<Response, Error> {
    if response.status().is_success() {
        return Ok(response);
    }
    Err(FullResponse::read(response).await?.refusal())
}
