//! One look at a bucket, through the same judge and the same signer as everybody's requests.

use reqwest::Client;
use sail_cargo_protocol::BucketState;

use super::SettleError;
use crate::clock::Clock;
use crate::domain::s3::{AddressingStyle, Endpoint};
use crate::storage::{Answer, Declared, Draft, Judge, Line, Pen, StorageError};
use crate::store::{Found, Store, Unsettled};

/// What it takes to look.
pub(super) struct Sight<'a> {
    pub(super) http: &'a Client,
    pub(super) clock: &'a Clock,
    pub(super) store: &'a Store,
}

impl Sight<'_> {
    /// Asks the project's storage for the bucket. One that answers may be somebody else's, whom
    /// it lets us see: the account's own list says whose it is.
    ///
    /// # Errors
    /// The storage does not answer, or not what was asked.
    pub(super) async fn look(&self, seen: &Unsettled) -> Result<Found, SettleError> {
        let endpoints = self.store.endpoints(seen.project.clone()).await?;
        let none = || StorageError::Failed("the store has no endpoint".to_owned());
        let endpoint = endpoints.first().ok_or_else(none)?;
        let pen = self.pen(seen, endpoint).await?;
        let line = Line::new(self.http.clone(), endpoint);
        let mut style = endpoint.style();
        let mut answer = self.ask(&line, &pen, peek(endpoint, style, seen)).await?;
        if !answer.is_ok() && !is_no_bucket(&answer) && style == AddressingStyle::VirtualHosted {
            style = AddressingStyle::Path;
            answer = self.ask(&line, &pen, peek(endpoint, style, seen)).await?;
        }
        if is_no_bucket(&answer) {
            return Ok(Found::Absent);
        }
        let unsaid = |answer: &Answer| SettleError::Unsaid {
            bucket: seen.bucket.clone(),
            answer: answer.to_string(),
        };
        if !answer.is_ok() {
            return Err(unsaid(&answer));
        }
        let list = self.ask(&line, &pen, list(endpoint, seen)).await?;
        let name = format!("<Name>{}</Name>", seen.bucket);
        let is_listed = String::from_utf8_lossy(list.body()).contains(&name);
        let is_whole = list.is_ok()
            && !list.is_cut()
            && list.element("ContinuationToken").is_none_or(|token| token.is_empty());
        match seen.state {
            _ if is_listed => Ok(Found::There),
            _ if is_whole => Ok(Found::Absent),
            // Who may not list the account has seen a bucket that was the project's before.
            BucketState::Active | BucketState::Deleting => Ok(Found::There),
            BucketState::Claimed => Err(unsaid(&list)),
        }
    }

    async fn ask(&self, line: &Line, pen: &Pen, draft: Draft) -> Result<Answer, SettleError> {
        Ok(line.send(&pen.sign(draft)?).await?)
    }

    /// The store's keys, for an approved request as for everybody.
    async fn pen(&self, seen: &Unsettled, endpoint: &Endpoint) -> Result<Pen, SettleError> {
        let judge = Judge::of([seen.bucket.clone()])?.of_own_account();
        let request = peek(endpoint, endpoint.style(), seen).parse(endpoint)?;
        let approved = judge.approve(&request, self.clock.now())?;
        let credentials = self.store.credentials(seen.project.clone(), &approved).await?;
        Ok(Pen { judge, endpoint: endpoint.clone(), credentials, clock: self.clock.clone() })
    }
}

/// A 404 alone could be anybody's on the way.
fn is_no_bucket(answer: &Answer) -> bool {
    answer.is_missing() && answer.element("Code").as_deref() == Some("NoSuchBucket")
}

/// A listing of one object: unlike a HEAD, it is answered with a code that can be read.
fn peek(endpoint: &Endpoint, style: AddressingStyle, seen: &Unsettled) -> Draft {
    let url = endpoint.url();
    let url = match (style, url.split_once("://")) {
        (AddressingStyle::VirtualHosted, Some((scheme, host))) => {
            format!("{scheme}://{}.{host}/", seen.bucket)
        }
        _ => format!("{url}/{}", seen.bucket),
    };
    draft(format!("{url}?list-type=2&max-keys=1"))
}

fn list(endpoint: &Endpoint, seen: &Unsettled) -> Draft {
    draft(format!("{}/?prefix={}", endpoint.url(), seen.bucket))
}

fn draft(url: String) -> Draft {
    Draft { method: "GET", url, headers: Vec::new(), payload: Declared::Unsigned, body: Vec::new() }
}
