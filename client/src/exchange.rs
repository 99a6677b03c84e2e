//! One request out, one answer in.

use reqwest::header::AUTHORIZATION;
use reqwest::{Method, Request, RequestBuilder, StatusCode};
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use crate::answer::Answer;
use crate::client::secret_header;
use crate::{Client, Error, Token, url};

impl Client {
    /// Starts a request to the address made of `segments`, which are percent-encoded here.
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

    pub(crate) fn delete(&self, segments: &[&str]) -> Result<RequestBuilder, Error> {
        self.request(Method::DELETE, segments)
    }

    /// Sends with the caller's credentials and reads the JSON of a success.
    pub(crate) async fn answer<T: DeserializeOwned>(
        &self,
        request: RequestBuilder,
    ) -> Result<T, Error> {
        self.authorised(request).await?.success()?.json()
    }

    /// Sends with the caller's credentials and wants nothing but success.
    pub(crate) async fn done(&self, request: RequestBuilder) -> Result<(), Error> {
        self.authorised(request).await?.success().map(drop)
    }

    /// Sends without credentials, for the endpoints that ask for none.
    pub(crate) async fn open(&self, request: RequestBuilder) -> Result<Answer, Error> {
        Answer::read(request.send().await.map_err(Error::from_http)?).await
    }

    /// Sends with the caller's credentials; once more, with a new token, when refused with 401.
    async fn authorised(&self, request: RequestBuilder) -> Result<Answer, Error> {
        let request = request.build().map_err(Error::from_http)?;
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

    async fn send(&self, mut request: Request, token: Option<&Token>) -> Result<Answer, Error> {
        let headers = request.headers_mut();
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
        Answer::read(self.inner.http.execute(request).await.map_err(Error::from_http)?).await
    }
}
