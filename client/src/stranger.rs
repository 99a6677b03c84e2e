//! Recognises other services that answer in Cargo's place, when the URL is wrong.

use std::fmt;

/// Number of bytes of a body to examine.
const HEAD: usize = 1024;

/// A service that is not Cargo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stranger {
    /// A web page: a console, a proxy, a login.
    WebPage,
    /// An S3 storage.
    Storage,
}

impl Stranger {
    /// The service that sends such a body; `None` if the body may be Cargo's.
    pub(crate) fn of(body: &[u8]) -> Option<Self> {
        let head = String::from_utf8_lossy(&body[..body.len().min(HEAD)]).to_ascii_lowercase();
        let head =
            head.trim_start_matches(|letter: char| letter.is_whitespace() || letter == '\u{feff}');
        let is_s3 = ["<error>", "amazonaws.com/doc/", "<listallmybucketsresult"];
        if head.starts_with('<') && (head.starts_with("<!doctype html") || head.contains("<html")) {
            Some(Self::WebPage)
        } else if head.starts_with('<') && is_s3.into_iter().any(|mark| head.contains(mark)) {
            Some(Self::Storage)
        } else {
            None
        }
    }
}

impl fmt::Display for Stranger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::WebPage => "a web page",
            Self::Storage => "an S3 storage",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_services_are_recognised_by_their_responses() {
        for (body, who) in [
            ("<!DOCTYPE html><title>Console</title>", Some(Stranger::WebPage)),
            ("\u{feff}\n<!-- hello --><HTML>", Some(Stranger::WebPage)),
            (
                "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>",
                Some(Stranger::Storage),
            ),
            (
                "<ListAllMyBucketsResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">",
                Some(Stranger::Storage),
            ),
            ("{\"detail\": \"<html\"}", None),
            ("{}", None),
            ("<error", None),
            ("", None),
        ] {
            assert_eq!(Stranger::of(body.as_bytes()), who, "{body}");
        }
    }
}
