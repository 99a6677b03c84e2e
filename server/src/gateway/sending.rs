//! A request goes to the storage, and the storage's answer to the client (G16 to G22).

use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use http::{Method, Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use sha2::{Digest as _, Sha256};
use tokio::time::Instant;

use super::asked::{Asked, is_read_whole};
use super::bucket_change::{Settled, Whose};
use super::chunks::in_chunks;
use super::ending::{Ending, Facts};
use super::error::S3Error;
use super::head::header_map;
use super::intake::{Failure, Intake, LastLook};
use super::prove::seen_again;
use super::response::{GatewayBody, document};
use super::state::Gateway;
use super::storage_answer::StorageAnswer;
use super::store_refusal::signed_region;
use super::watch::{Watch, Watched, decide_again};
use super::{bucket_change, guided_listing};
use crate::domain::pipeline::{ParsedRequest, SigningRequest};
use crate::domain::s3::checksum::ChecksumAlgorithm;
use crate::domain::s3::{BodyRule, Operation, S3Request};
use crate::domain::sigv4::BodyReader;
use crate::domain::sigv4::chunked::Encoder;
use crate::domain::{Caller, Context, SessionHolder};
use crate::limits::RoomShare;
use crate::service::signing::{Judge, Outgoing, Read};
use crate::storage_client::upstream::{BodyError, Holder, Kind, UpstreamError, UpstreamRequest};

/// One request on its way.
pub(super) struct Sending<'a, 'h> {
    gateway: &'a Arc<Gateway>,
    asked: &'a Asked<'h>,
    operation: Operation,
    method: Method,
    begun: Instant,
}

/// The body as it goes out.
pub(super) enum Outbound {
    /// It was read, or is made here.
    Whole(Bytes),
    /// As it comes from the client, with its length in bytes.
    Stream(Box<Intake>, u64),
    /// So much content as it comes from the client, in chunks, with its checksum behind it.
    Chunks(Box<Intake>, u64, ChecksumAlgorithm),
}

impl<'a, 'h> Sending<'a, 'h> {
    pub(super) fn new(
        gateway: &'a Arc<Gateway>,
        asked: &'a Asked<'h>,
        operation: Operation,
    ) -> Self {
        let method = Method::from_bytes(asked.proven.plain.method.as_bytes());
        Self::with_method(gateway, asked, operation, method.unwrap_or_default())
    }

    /// Another request than the client's, about the same bucket or object.
    pub(super) fn with_method(
        gateway: &'a Arc<Gateway>,
        asked: &'a Asked<'h>,
        operation: Operation,
        method: Method,
    ) -> Self {
        Self { gateway, asked, operation, method, begun: Instant::now() }
    }

    /// Judges `read`, sends it on, and passes the answer.
    pub(super) async fn send(
        &self,
        read: &Read,
        incoming: Incoming,
    ) -> Result<Response<GatewayBody>, S3Error> {
        let judge = self.judge(read).await?;
        if let Some(listing) = self.guide(&judge, read).await? {
            return Ok(listing);
        }
        if is_read_whole(self.operation) {
            let answer = self.send_read(&judge, read, incoming).await?;
            return Ok(bucket_change::located(answer, read));
        }
        if let Some(algorithm) = self.asked.held_trailer(self.operation) {
            return self.send_held(&judge, read, incoming, algorithm).await;
        }
        let body = self.body(incoming, read)?;
        let outgoing = judge.forward(self.asked.ask(self.asked.payload(), None), read).await?;
        self.exchange(&judge, read, outgoing?, body).await
    }

    /// Reads what the request is judged by.
    pub(super) async fn judge<'s>(&'s self, read: &Read) -> Result<Judge<'s>, S3Error> {
        self.judge_all(std::slice::from_ref(read)).await
    }

    /// Reads what several requests are judged by, all at one revision.
    pub(super) async fn judge_all<'s>(&'s self, reads: &[Read]) -> Result<Judge<'s>, S3Error> {
        let Gateway { service, reconciler, .. } = &**self.gateway;
        Ok(Judge::read((service, reconciler, &self.asked.context), reads).await?)
    }

    /// The way down to what the caller holds, in place of a listing that is denied (G15).
    async fn guide(
        &self,
        judge: &Judge<'_>,
        read: &Read,
    ) -> Result<Option<Response<GatewayBody>>, S3Error> {
        let Ok(request) = read else { return Ok(None) };
        let request = request.request();
        let is_denied = judge.demand_open().is_ok() && judge.judge(read).is_err();
        if !guided_listing::is_guidable(request) || !is_denied {
            return Ok(None);
        }
        let Some(bucket) = request.target().bucket() else { return Ok(None) };
        let prefix = request.listing_prefix().unwrap_or_default();
        let segments = judge.holdings(bucket).segments_below(prefix);
        if segments.is_empty() {
            return Ok(None);
        }
        let listing = guided_listing::answer(request, &segments)?;
        judge.record_own(request, "listed the way to the caller's prefixes").await?;
        Ok(Some(document(listing)))
    }

    /// A request whose body says what is done: it is judged before and after its body is read.
    async fn send_read(
        &self,
        judge: &Judge<'_>,
        read: &Read,
        incoming: Incoming,
    ) -> Result<Response<GatewayBody>, S3Error> {
        if let Some(answer) = bucket_change::known(self.gateway, self.asked, judge, read).await? {
            return Ok(answer);
        }
        judge.judge(read)?;
        let mut share = self.gateway.bodies.share(&self.asked.context.caller);
        let came = self.read_whole(incoming, &mut share).await?;
        // The body took its time: what was allowed before it may be taken away.
        let context = self.look_again().await?;
        let Gateway { service, reconciler, .. } = &**self.gateway;
        let parts = (service, reconciler, &context);
        let judge = &Judge::read(parts, std::slice::from_ref(read)).await?;
        let what = (self.operation, self.asked.checksums);
        let body = bucket_change::outbound_body(self.gateway, judge, what, &came).await?;
        let is_other = body != came;
        let kept = |(name, _): &&(String, String)| !is_other || !is_of_the_body(name);
        let headers: Vec<_> = self.asked.headers.iter().filter(kept).cloned().collect();
        let hash = hex::encode(Sha256::digest(&body));
        let ask =
            SigningRequest { headers: (&headers).into(), ..self.asked.ask(&hash, Some(&body)) };
        let again = ask.parse(std::slice::from_ref(&self.asked.endpoint));
        let outgoing = judge.forward(ask, &again).await?;
        let outgoing = outgoing.map_err(|no| bucket_change::refusal(self.operation, no))?;
        self.exchange(judge, &again, outgoing, Outbound::Whole(body)).await
    }

    /// A small object with its checksum behind it, which goes out as a header (G20).
    async fn send_held(
        &self,
        judge: &Judge<'_>,
        read: &Read,
        incoming: Incoming,
        algorithm: ChecksumAlgorithm,
    ) -> Result<Response<GatewayBody>, S3Error> {
        judge.judge(read)?;
        let plain = &self.asked.proven.plain;
        let reader = BodyReader::new(plain, self.asked.proven.seed.clone(), self.operation)?;
        let (last_look, times) = (Some(self.last_look(read)), self.gateway.body_times);
        let intake = Intake::new(incoming, reader, last_look, times);
        let mut share = self.gateway.bodies.share(&self.asked.context.caller);
        let (body, trailer) = intake.whole_with_trailer(&mut share).await?;
        let mut headers = self.asked.headers.clone();
        headers.extend(trailer.map(|value| (algorithm.header().to_owned(), value)));
        let ask = self.asked.ask(self.asked.payload(), None);
        let ask = SigningRequest { headers: (&headers).into(), ..ask };
        let again = ask.parse(std::slice::from_ref(&self.asked.endpoint));
        let outgoing = judge.forward(ask, &again).await?;
        self.exchange(judge, &again, outgoing?, Outbound::Whole(body)).await
    }

    /// Demands that the sender of a request would still be let in (G7); what is judged from now on.
    pub(super) async fn look_again(&self) -> Result<Context, S3Error> {
        seen_again(self.gateway, self.asked.context.clone()).await
    }

    /// All of the client's body, checked.
    async fn read_whole(
        &self,
        incoming: Incoming,
        share: &mut RoomShare,
    ) -> Result<Bytes, S3Error> {
        let plain = &self.asked.proven.plain;
        let reader = BodyReader::new(plain, self.asked.proven.seed.clone(), self.operation)?;
        Intake::new(incoming, reader, None, self.gateway.body_times).whole(share).await
    }

    /// The body of an object, or none.
    fn body(&self, incoming: Incoming, read: &Read) -> Result<Outbound, S3Error> {
        let plain = &self.asked.proven.plain;
        if self.operation.row().body != BodyRule::Stream {
            return match plain.content_length {
                None | Some(0) => Ok(Outbound::Whole(Bytes::new())),
                Some(_) => Err(S3Error::argument("This operation takes no body.")),
            };
        }
        let length = plain.content_length.ok_or_else(S3Error::no_length)?;
        let reader = BodyReader::new(plain, self.asked.proven.seed.clone(), self.operation)?;
        let (last_look, times) = (Some(self.last_look(read)), self.gateway.body_times);
        let intake = Box::new(Intake::new(incoming, reader, last_look, times));
        Ok(match self.asked.checksums.trailer {
            Some(algorithm) => Outbound::Chunks(intake, length, algorithm),
            None => Outbound::Stream(intake, length),
        })
    }

    /// Judges the request once more at the present revision, and its sender with it (G7).
    fn last_look(&self, read: &Read) -> LastLook {
        let (gateway, context) = (Arc::clone(self.gateway), self.asked.context.clone());
        let read = read.clone();
        Box::pin(async move { decide_again(&gateway, context, &read).await.map(drop) })
    }

    /// Sends what is signed, and passes the storage's answer.
    pub(super) async fn exchange(
        &self,
        judge: &Judge<'_>,
        read: &Read,
        outgoing: Outgoing,
        body: Outbound,
    ) -> Result<Response<GatewayBody>, S3Error> {
        let mut ending = self.ending(judge, read, outgoing.revision);
        let reservation = outgoing.reservation_id.clone();
        let sent = self.ask_storage(judge, outgoing, body, &mut ending).await;
        let mut settled = Settled::Unreserved;
        if let Some(reservation_id) = reservation {
            let context = &self.asked.context;
            settled =
                bucket_change::settle(self.gateway, context, read, reservation_id, &sent).await?;
        }
        let (answer, region) = (sent?, self.gateway.regions.own());
        if self.operation == Operation::CreateBucket && answer.status == StatusCode::CONFLICT {
            ending.is_whole();
            return bucket_change::taken(region, Whose::of(answer.code.as_deref(), settled));
        }
        let watch = if answer.is_over() { None } else { self.watch(judge, read, &ending) };
        let place = self.asked.client_place();
        Ok(answer.pass(self.operation, (region, place), (ending, watch)))
    }

    /// Looks at a download while it streams, where the project says so.
    fn watch(&self, judge: &Judge<'_>, read: &Read, ending: &Ending) -> Option<Watch> {
        let is_download =
            self.method == Method::GET || self.operation == Operation::SelectObjectContent;
        let is_watched = is_download && judge.gateway_settings().cut_streams;
        let hangup = self.asked.hangup.clone().filter(|_| is_watched)?;
        let watched = Watched {
            gateway: Arc::clone(self.gateway),
            context: self.asked.context.clone(),
            project: judge.project().clone(),
            read: read.clone(),
            revision: ending.revision(),
        };
        Some(Watch::begin(watched, ending.cut().clone(), hangup))
    }

    /// Sends the request to the storage.
    pub(super) async fn ask_storage(
        &self,
        judge: &Judge<'_>,
        outgoing: Outgoing,
        body: Outbound,
        ending: &mut Ending,
    ) -> Result<StorageAnswer, S3Error> {
        let is_head = self.method == Method::HEAD;
        let head_of = is_head.then(|| signed_region(&outgoing.headers)).flatten();
        let whole = |bytes: Bytes| Full::new(bytes).map_err(|never| match never {}).boxed_unsync();
        let (body, length, failure): (UnsyncBoxBody<Bytes, BodyError>, _, _) = match body {
            Outbound::Whole(bytes) => {
                let length = bytes.len() as u64;
                ending.received().store(length, Ordering::Relaxed);
                (whole(bytes), length, None)
            }
            Outbound::Stream(mut intake, 0) => {
                intake.next().await?;
                (whole(Bytes::new()), 0, None)
            }
            Outbound::Stream(intake, length) => {
                let failure = Failure::default();
                let mut intake = intake.counting(Arc::clone(ending.received()));
                // There are storages that keep an empty object of an upload that ends behind its head: what
                // fits into one piece is checked before the storage hears of it.
                let first = intake.next().await.map_err(S3Error::closing)?;
                let stream = intake.stream(first, Arc::clone(&failure));
                (stream.map_err(Into::into).boxed_unsync(), length, Some(failure))
            }
            Outbound::Chunks(intake, length, algorithm) => {
                let failure = Failure::default();
                let mut intake = intake.counting(Arc::clone(ending.received()));
                let first = intake.next().await.map_err(S3Error::closing)?;
                let encoder = Encoder::new(length, algorithm);
                let stream = in_chunks(intake, first, encoder, Arc::clone(&failure));
                let length = Encoder::encoded_length(length, algorithm);
                (stream.map_err(Into::into).boxed_unsync(), length, Some(failure))
            }
        };
        let request = UpstreamRequest {
            endpoint: outgoing.endpoint,
            holder: Holder::Caller {
                project: judge.project().clone(),
                key: key_word(&self.asked.context.caller).into(),
            },
            method: self.method.clone(),
            url: outgoing.url,
            headers: header_map(&outgoing.headers)?,
            length,
            body,
        };
        let sent = self.gateway.upstream.send(request, Kind::of(self.operation)).await;
        let answer = sent.map_err(|error| {
            match (error, failure.as_ref().and_then(|failure| failure.get())) {
                (UpstreamError::Body(_), Some(own)) => own.clone().closing(),
                (other, _) => other.into(),
            }
        })?;
        ending.answered(&answer);
        // Nothing can be stored whose last piece was not sent.
        if answer.body.is_early() && answer.status.is_success() {
            return Err(self.unexpected(answer.status));
        }
        let answer = StorageAnswer::read(answer).await?;
        answer.demand_taken(self.gateway, judge.project(), head_of.as_deref(), ending).await?;
        Ok(answer)
    }

    /// What the record will say of the request when it is over, however it ends.
    pub(super) fn ending(&self, judge: &Judge<'_>, read: &Read, revision: i64) -> Ending {
        let request = read.as_ref().ok().map(ParsedRequest::request);
        let target = request.map(S3Request::target);
        let facts = Facts {
            project: judge.project().clone(),
            action: self.operation.action(),
            bucket: target.and_then(|target| target.bucket()).map(ToString::to_string),
            object: target.and_then(|target| target.key()).map(ToString::to_string),
            revision: Some(revision),
            status: None,
            received: Arc::default(),
            storage_request: None,
        };
        let (service, context) = (self.gateway.service.clone(), self.asked.context.clone());
        Ending::new(service, context, facts, (self.begun, self.gateway.endings.begin()))
    }

    /// The answer to a status of the storage that says nothing about the request.
    pub(super) fn unexpected(&self, status: StatusCode) -> S3Error {
        log::warn!("a storage answered {} with {status}", self.operation);
        S3Error::unavailable("The storage does not answer as it should. Please try again.")
    }
}

/// What stands for the key in the share of a store's connections.
fn key_word(caller: &Caller) -> String {
    match caller {
        Caller::AccessKey(holder) => holder.id.to_string(),
        // The share of the access key that opened it: sessions are as many as a client likes.
        Caller::Session(SessionHolder { claims, .. }) => {
            claims.parent.as_ref().map_or_else(|| caller.to_string(), ToString::to_string)
        }
        other => other.to_string(),
    }
}

/// Whether a header says something of the bytes of a body.
pub(super) fn is_of_the_body(name: &str) -> bool {
    name.starts_with("x-amz-checksum-")
        || matches!(name, "content-md5" | "content-length" | "x-amz-sdk-checksum-algorithm")
}
