//! Import of many grants.

use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use sail_cargo_protocol::{BulkQuery, GrantLine, GrantsChanged};

use crate::{Client, Error};

/// Bytes per chunk of the body; progress is reported after each.
const CHUNK: usize = 64 * 1024;
/// Timeout of an import.
const TIMEOUT: Duration = Duration::from_mins(5);

impl Client {
    /// Writes up to 100,000 grants on any buckets, all or none (`POST /v1/grants/import`). Calls
    /// `progress` with the number of bytes handed to the connection so far, and the total. Cargo
    /// makes the change after the last byte. The client sends the import once; calling again is
    /// safe.
    ///
    /// # Errors
    /// An [`Error`] whose problem has a pointer that begins with the number of the line, from 0.
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
