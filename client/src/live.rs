//! Event streams that reconnect when their connection breaks.

use std::time::Duration;

use futures_util::Stream;
use futures_util::stream::unfold;
use reqwest::Response;
use sail_cargo_protocol::{AuditEvent, AuditQuery, Change};
use serde::de::DeserializeOwned;
use tokio::time::{sleep, timeout};

use crate::{Client, Error, retry};

/// Cargo sends something at least every 15 s: a connection that is silent for longer than this is
/// dead.
const SILENCE: Duration = Duration::from_secs(45);

impl Client {
    /// All changes after the revision `after`, and all future ones (`GET /v1/changes` as an event
    /// stream). Reconnects where a connection broke off: no change is lost or repeated. The stream
    /// ends with an error that is not transient.
    pub fn changes_live(&self, after: i64) -> impl Stream<Item = Result<Change, Error>> + use<> {
        let path = vec!["v1", "changes"];
        let last = Some(after.to_string());
        events(EventStream {
            client: self.clone(),
            path,
            query: None,
            last,
            open: None,
            failures: 0,
        })
    }

    /// All future audit events that `query` selects (`GET /v1/audit-events` as an event stream).
    /// Reconnects where a connection broke off: no event is lost, but the last few may be repeated.
    /// The stream ends with an error that is not transient.
    pub fn audit_events_live(
        &self,
        query: &AuditQuery,
    ) -> impl Stream<Item = Result<AuditEvent, Error>> + use<> {
        let (path, query) = (vec!["v1", "audit-events"], Some(query.clone()));
        events(EventStream {
            client: self.clone(),
            path,
            query,
            last: None,
            open: None,
            failures: 0,
        })
    }
}

/// One event stream, over any number of connections.
struct EventStream {
    client: Client,
    path: Vec<&'static str>,
    query: Option<AuditQuery>,
    /// The id of the last event that was returned.
    last: Option<String>,
    open: Option<Open>,
    failures: u32,
}

/// One connection, with bytes that were received but not returned yet.
struct Open {
    response: Response,
    text: Vec<u8>,
}

fn events<T: DeserializeOwned>(stream: EventStream) -> impl Stream<Item = Result<T, Error>> {
    unfold(Some(stream), async |stream| {
        let mut stream = stream?;
        loop {
            match stream.next().await {
                Ok(event) => {
                    stream.failures = 0;
                    return Some((Ok(event), Some(stream)));
                }
                Err(error) => {
                    stream.open = None;
                    stream.failures += 1;
                    match retry::before_retry(&error, stream.failures) {
                        Some(pause) => sleep(pause).await,
                        None => return Some((Err(error), None)),
                    }
                }
            }
        }
    })
}

impl EventStream {
    async fn next<T: DeserializeOwned>(&mut self) -> Result<T, Error> {
        loop {
            if self.open.is_none() {
                let response = self.connect().await?;
                self.open = Some(Open { response, text: Vec::new() });
            }
            let Some(open) = &mut self.open else { continue };
            while let Some(event) = open.event() {
                match event.name.as_deref() {
                    Some("problem") => return Err(Error::broken("Cargo ended the stream")),
                    _ if event.data.is_empty() => {}
                    _ => {
                        self.last = event.id.or(self.last.take());
                        return serde_json::from_str(&event.data).map_err(|cause| {
                            Error::unreadable(open.response.status(), &[], cause)
                        });
                    }
                }
            }
            let chunk = timeout(SILENCE, open.response.chunk()).await;
            match chunk.map_err(|_| Error::broken("the stream fell silent"))? {
                Ok(Some(chunk)) => open.text.extend_from_slice(&chunk),
                Ok(None) => return Err(Error::broken("the stream ended")),
                Err(error) => return Err(Error::from_http(error)),
            }
        }
    }

    async fn connect(&self) -> Result<Response, Error> {
        let mut request = self.client.get(&self.path)?.header("accept", "text/event-stream");
        if let Some(query) = &self.query {
            request = request.query(query);
        }
        if let Some(last) = &self.last {
            request = request.header("last-event-id", last);
        }
        self.client.open_stream(request).await
    }
}

#[derive(Default)]
struct Event {
    id: Option<String>,
    name: Option<String>,
    data: String,
}

impl Open {
    /// Takes the next complete event from the received bytes (HTML Living Standard, section 9.2.6).
    fn event(&mut self) -> Option<Event> {
        let end = self.text.windows(2).position(|pair| pair == b"\n\n")?;
        let text: Vec<u8> = self.text.drain(..end + 2).collect();
        let mut event = Event::default();
        for line in String::from_utf8_lossy(&text).lines() {
            match line.split_once(':').map(|(name, value)| (name, value.trim_start())) {
                Some(("id", id)) => event.id = Some(id.to_owned()),
                Some(("event", name)) => event.name = Some(name.to_owned()),
                Some(("data", data)) => event.data.push_str(data),
                _ => {}
            }
        }
        Some(event)
    }
}
