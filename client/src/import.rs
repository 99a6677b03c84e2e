//! Many grants at once.

use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use sail_cargo_protocol::{BulkQuery, GrantLine, GrantsChanged};

use crate::{Client, Error};

/// Bytes that are sent at once, between two reports of progress.
const CHUNK: usize = 64 * 1024;
/// How long an import may take in all.
const TIMEOUT: Duration = Duration::from_mins(5);

impl Client {
    /// Gives up to 100,000 grants on any buckets, all or none (`POST /v1/grants/import`).
    /// `progress` is told how many bytes were handed to the connection, and of how many; after
    /// the last of them Cargo makes the change. It is sent once; sending it again is safe.
    ///
    /// # Errors
    /// The problem's pointer begins with the number of the line, from 0.
    pub async fn import_grants(
        &self,
        lines: impl IntoIterator<Item = &GrantLine>,
        how: &BulkQuery,
        progress: impl Fn(u64, u64) + Send + Sync + 'static,
    ) -> Result<GrantsChanged, Error> {
        let mut text = Vec::new();
        for line in lines {
            serde_json::to_writer(&mut text, line)
                .map_err(|_| Error::input("a grant cannot be written as JSON"))?;
            text.push(b'\n');
        }
        let text = Bytes::from(text);
        let total = text.len() as u64;
        let chunks = stream::unfold((text, 0_u64), move |(mut rest, sent)| {
            let chunk = rest.split_to(rest.len().min(CHUNK));
            let sent = sent + chunk.len() as u64;
            let next = (!chunk.is_empty()).then(|| {
                progress(sent, total);
                (Ok::<_, std::io::Error>(chunk), (rest, sent))
            });
            std::future::ready(next)
        });
        let request = self
            .post(&["v1", "grants", "import"])?
            .query(how)
            .header("content-type", "application/x-ndjson")
            .timeout(TIMEOUT)
            .body(reqwest::Body::wrap_stream(chunks));
        self.answer_once(request).await
    }
}
