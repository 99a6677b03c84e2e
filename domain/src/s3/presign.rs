//! What may become a URL that works for whoever holds it (N16).

use chrono::{DateTime, TimeDelta, Utc};

use super::{Operation, Payload, Refusal, S3Request};

/// How long a URL lives when nothing else is said.
pub const DEFAULT_EXPIRY: u64 = 300;

/// A request that may be presigned, and for how long at most.
#[derive(Debug)]
pub struct Presignable {
    expires_in: TimeDelta,
}

impl Presignable {
    /// Checks the limits of presigning.
    ///
    /// # Errors
    /// An operation other than GetObject, HeadObject, PutObject and UploadPart; a stream; an
    /// expiry of 0 or beyond `max`; an answer that a browser would run on the storage's origin.
    pub fn check(request: &S3Request, expires_in: u64, max: TimeDelta) -> Result<Self, Refusal> {
        let operation = request.operation();
        if !matches!(
            operation,
            Operation::GetObject
                | Operation::HeadObject
                | Operation::PutObject
                | Operation::UploadPart
        ) {
            return Err(Refusal::PresignOperation(operation));
        }
        if *request.payload() == Payload::StreamingTrailer {
            return Err(Refusal::StreamOn(operation));
        }
        let max = max.num_seconds().clamp(1, 604_800);
        match i64::try_from(expires_in) {
            Ok(seconds) if (1..=max).contains(&seconds) => {
                if request.query("response-content-type").is_some_and(is_active) {
                    return Err(Refusal::ActiveContent);
                }
                Ok(Self { expires_in: TimeDelta::seconds(seconds) })
            }
            _ => Err(Refusal::Expires(max)),
        }
    }

    /// How long the URL will live: as long as was asked, or until `end` if that comes first.
    /// `None` when that is within the second.
    pub fn lifetime(&self, end: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Option<Lifetime> {
        let lifetime = end.map_or(self.expires_in, |end| self.expires_in.min(end - now));
        let seconds = u64::try_from(lifetime.num_seconds()).ok()?;
        (seconds > 0).then_some(Lifetime(seconds))
    }
}

/// The seconds a presigned URL will live: at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetime(u64);

impl Lifetime {
    /// In whole seconds.
    pub fn seconds(self) -> u64 {
        self.0
    }

    /// When a URL made `now` ends.
    pub fn end(self, now: DateTime<Utc>) -> DateTime<Utc> {
        now + TimeDelta::seconds(i64::try_from(self.0).unwrap_or_default())
    }
}

/// Media types that a browser executes, or may take for something it executes.
fn is_active(media_type: &str) -> bool {
    const ACTIVE: &[&str] = &["html", "svg", "xml", "javascript", "ecmascript", "jscript"];
    let lower = media_type.to_ascii_lowercase();
    let essence = lower.split(';').next().unwrap_or_default().trim();
    let well_formed = essence.split('/').count() == 2 && !essence.contains(['<', '>', ',']);
    let named_js = essence.rsplit('/').next().is_some_and(|name| matches!(name, "js" | "mjs"));
    !well_formed
        || named_js
        || essence.starts_with("multipart/")
        || ACTIVE.iter().any(|kind| essence.contains(kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_browser_would_run_is_active() {
        for media_type in [
            "text/html",
            "TEXT/HTML; charset=utf-8",
            "image/svg+xml",
            "application/xhtml+xml",
            "text/xml",
            "application/javascript",
            "text/js",
            "multipart/x-mixed-replace",
            "html",
            "",
            "text/plain,text/html",
        ] {
            assert!(is_active(media_type), "{media_type}");
        }
        for media_type in ["application/pdf", "image/png", "text/plain; charset=utf-8", "a/json"] {
            assert!(!is_active(media_type), "{media_type}");
        }
    }
}
