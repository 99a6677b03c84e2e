//! Errors of the guard, as S3 answers them.

use http::StatusCode;

use crate::api::hosts;
use crate::storage_client::escape;

/// The S3 error codes of the guard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Code {
    AccessDenied,
    AuthorizationHeaderMalformed,
    AuthorizationQueryParametersError,
    InvalidArgument,
    InvalidRequest,
    InvalidToken,
    InvalidUri,
    MethodNotAllowed,
    MisdirectedRequest,
    NotImplemented,
    RequestTimeTooSkewed,
}

/// A request that the guard refuses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {message}", self.code())]
pub struct Violation {
    code: Code,
    message: String,
}

impl Violation {
    pub(super) fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    pub(super) fn denied(message: impl Into<String>) -> Self {
        Self::new(Code::AccessDenied, message)
    }

    /// The request's Host is not this machine.
    pub fn misdirected() -> Self {
        Self::new(Code::MisdirectedRequest, hosts::ADVICE)
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        match self.code {
            Code::AccessDenied | Code::RequestTimeTooSkewed => StatusCode::FORBIDDEN,
            Code::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Code::MisdirectedRequest => StatusCode::MISDIRECTED_REQUEST,
            Code::NotImplemented => StatusCode::NOT_IMPLEMENTED,
            Code::AuthorizationHeaderMalformed
            | Code::AuthorizationQueryParametersError
            | Code::InvalidArgument
            | Code::InvalidRequest
            | Code::InvalidToken
            | Code::InvalidUri => StatusCode::BAD_REQUEST,
        }
    }

    /// The S3 error code, such as `AccessDenied`.
    pub fn code(&self) -> &'static str {
        match self.code {
            Code::AccessDenied => "AccessDenied",
            Code::AuthorizationHeaderMalformed => "AuthorizationHeaderMalformed",
            Code::AuthorizationQueryParametersError => "AuthorizationQueryParametersError",
            Code::InvalidArgument => "InvalidArgument",
            Code::InvalidRequest => "InvalidRequest",
            Code::InvalidToken => "InvalidToken",
            Code::InvalidUri => "InvalidURI",
            Code::MethodNotAllowed => "MethodNotAllowed",
            Code::MisdirectedRequest => "MisdirectedRequest",
            Code::NotImplemented => "NotImplemented",
            Code::RequestTimeTooSkewed => "RequestTimeTooSkewed",
        }
    }

    /// What is wrong, in a sentence.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The body of the answer, in XML.
    pub fn to_xml(&self) -> String {
        error_xml(self.code(), &self.message)
    }
}

/// The XML body of an S3 error. Control characters, which XML cannot hold, are dropped.
pub(in super::super) fn error_xml(code: &str, message: &str) -> String {
    let message = message.replace(char::is_control, "");
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>{}</Code>\
         <Message>{}</Message></Error>",
        escape(code),
        escape(&message),
    )
}

#[cfg(test)]
mod tests {
    use super::{Violation, error_xml};

    #[test]
    fn an_error_reads_as_s3_writes_it() {
        let xml = Violation::denied("not signed: x-amz-acl").to_xml();
        assert_eq!(
            xml,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>AccessDenied</Code>\
             <Message>not signed: x-amz-acl</Message></Error>"
        );
    }

    #[test]
    fn what_a_caller_sent_cannot_become_markup() {
        let xml = error_xml("InvalidArgument", "</Message><Code>\u{0}&amp;");
        assert!(xml.contains("<Message>&lt;/Message&gt;&lt;Code&gt;&amp;amp;</Message>"), "{xml}");
    }
}
