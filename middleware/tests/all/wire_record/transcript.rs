//! The requests of one client, by call.

use std::fmt::Debug;

use aws_sdk_s3::Client;

use super::paragraph::Paragraph;
use crate::harness::Recorder;

pub(super) struct Transcript {
    pub(super) s3: Client,
    pub(super) bucket: &'static str,
    calls: Option<&'static [&'static str]>,
    recorder: Recorder,
    paragraphs: Vec<Paragraph>,
}

impl Transcript {
    pub(super) fn new(
        s3: Client,
        bucket: &'static str,
        calls: Option<&'static [&'static str]>,
        recorder: Recorder,
    ) -> Self {
        Self { s3, bucket, calls, recorder, paragraphs: Vec::new() }
    }

    /// Sends `request`, if the call is wanted, and records the one HTTP request that it makes. How
    /// the SDK reads the recorder's response does not matter.
    pub(super) async fn note<T: Debug, E: Debug>(
        &mut self,
        call: &str,
        request: impl Future<Output = Result<T, E>>,
    ) {
        if self.calls.is_some_and(|calls| !calls.contains(&call)) {
            return;
        }
        let answer = Box::pin(request).await;
        let sent = self.recorder.recorded().split_off(self.paragraphs.len());
        let Ok([sent]) = <[_; 1]>::try_from(sent) else {
            panic!("{call} was not sent exactly once: {answer:?}");
        };
        self.paragraphs.push(Paragraph { call: call.to_owned(), sent });
    }

    pub(super) fn into_paragraphs(self) -> Vec<Paragraph> {
        self.paragraphs
    }
}
