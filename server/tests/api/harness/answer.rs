//! An HTTP answer, read to its end.

use reqwest::header::HeaderMap;
use sail_cargo_client::protocol::Problem;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// An HTTP answer.
#[derive(Debug)]
pub(crate) struct TestResponse {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl TestResponse {
    /// Reads an answer, and checks the headers that every answer must have.
    pub(crate) async fn read(response: reqwest::Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let answer = Self { status, headers, body: response.text().await.unwrap() };
        assert!(!answer.header("x-request-id").is_empty(), "no request id: {answer:?}");
        for (name, value) in [
            ("cache-control", "no-store"),
            ("x-content-type-options", "nosniff"),
            ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
        ] {
            assert_eq!(answer.header(name), value, "{answer:?}");
        }
        answer
    }

    /// A header's value; empty if it is missing.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// The body of a success.
    #[track_caller]
    pub(crate) fn ok<T: DeserializeOwned>(&self) -> T {
        assert!((200..300).contains(&self.status), "{} {}", self.status, self.body);
        serde_json::from_str(&self.body).unwrap()
    }

    /// Demands a success without a body.
    #[track_caller]
    pub(crate) fn done(&self) {
        assert_eq!((self.status, self.body.as_str()), (204, ""));
    }

    /// The problem document of a refusal with this status and code.
    #[track_caller]
    pub(crate) fn refused(&self, status: u16, code: &str) -> Problem {
        let problem = self.problem();
        assert_eq!((self.status, problem.code.as_str()), (status, code), "{}", problem.detail);
        problem
    }

    /// The problem document of a refusal (RFC 9457).
    #[track_caller]
    pub(crate) fn problem(&self) -> Problem {
        assert_eq!(self.header("content-type"), "application/problem+json", "{self:?}");
        let problem: Problem = serde_json::from_str(&self.body).unwrap();
        assert_eq!(problem.status, self.status);
        assert_eq!(problem.request_id, self.header("x-request-id"));
        assert_eq!(problem.kind, format!("/problems/{}", problem.code));
        assert!(!problem.title.is_empty() && !problem.detail.is_empty(), "{problem:?}");
        problem
    }

    /// Demands that the answer holds nothing that could authenticate a request to S3.
    #[track_caller]
    pub(crate) fn holds_no_signature(&self) {
        let text = format!("{} {:?}", self.body, self.headers);
        for sign in ["AWS4-HMAC-SHA256", "Signature=", "AKIACARGO"] {
            assert!(!text.contains(sign), "{text}");
        }
    }
}
