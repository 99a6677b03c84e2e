//! Streaming responses, produced by a task while the client reads. The task waits a limited time
//! for a slow client and then ends. At most two pieces are in memory.

use std::future::Future;
use std::io;
use std::time::Duration;

use actix_web::web::Bytes;
use futures_util::Stream;
use futures_util::stream::unfold;
use sail_cargo_protocol::Problem;
use tokio::sync::mpsc::error::SendTimeoutError;
use tokio::sync::{mpsc, oneshot};

use super::error::ApiError;

/// How many finished pieces may wait for the client.
const AHEAD: usize = 1;

/// The sending half of a streaming response.
pub(super) struct Voice {
    pieces: mpsc::Sender<Bytes>,
    patience: Duration,
}

/// Why a task ends early.
#[derive(Debug)]
pub(super) enum End {
    /// The client has disconnected.
    Left,
    /// An error occurred.
    With(Box<Problem>),
}

/// The last piece: none, some bytes, or an error that breaks the connection.
type Farewell = Result<Option<Bytes>, io::Error>;

impl Voice {
    /// Sends a piece as soon as there is space for it.
    pub(super) async fn say(&self, piece: impl Into<Bytes>) -> Result<(), End> {
        let piece = piece.into();
        if piece.is_empty() {
            return Ok(());
        }
        self.pieces.send_timeout(piece, self.patience).await.map_err(|error| match error {
            SendTimeoutError::Closed(_) => End::Left,
            SendTimeoutError::Timeout(_) => too_slow().into(),
        })
    }

    /// Waits until the client has disconnected.
    pub(super) async fn left(&self) -> End {
        self.pieces.closed().await;
        End::Left
    }
}

impl From<ApiError> for End {
    fn from(error: ApiError) -> Self {
        Self::With(Box::new(error.problem()))
    }
}

/// The error for a client that reads too slowly.
pub(super) fn too_slow() -> ApiError {
    ApiError::Unavailable {
        code: "reader_too_slow",
        detail: "the stream was not read in time: connect again with the last event id",
    }
}

/// The body of a response that `tell` produces. `farewell` turns an error into the last piece.
pub(super) fn told<F>(
    patience: Duration,
    tell: impl FnOnce(Voice) -> F,
    farewell: impl Fn(Problem) -> Farewell + 'static,
) -> impl Stream<Item = Result<Bytes, io::Error>> + 'static
where
    F: Future<Output = Result<(), End>> + 'static,
{
    let (sender, pieces) = mpsc::channel(AHEAD);
    let (last, end) = oneshot::channel();
    let telling = tell(Voice { pieces: sender, patience });
    actix_web::rt::spawn(async move {
        let last_piece = match telling.await {
            Ok(()) | Err(End::Left) => Ok(None),
            Err(End::With(problem)) => farewell(*problem),
        };
        last.send(last_piece).ok();
    });
    unfold(Some((pieces, end)), async |reading| {
        let (mut pieces, end) = reading?;
        if let Some(piece) = pieces.recv().await {
            return Some((Ok(piece), Some((pieces, end))));
        }
        // Without a last piece the task panicked.
        let last = end.await.unwrap_or_else(|_| Err(io::Error::other("the connection broke")));
        last.transpose().map(|last| (last, None))
    })
}

#[cfg(test)]
mod tests {
    use futures_util::StreamExt as _;

    use super::*;

    #[actix_web::test]
    async fn a_reader_that_takes_nothing_ends_the_task_and_hears_why_when_it_comes_back() {
        let (over, is_over) = oneshot::channel();
        let tell = |voice: Voice| async move {
            let mut said = 0;
            let end = loop {
                match voice.say("news").await {
                    Ok(()) => said += 1,
                    Err(end) => break end,
                }
            };
            over.send(said).unwrap();
            Err(end)
        };
        let farewell = |problem: Problem| Ok(Some(problem.code.into()));
        let body = told(Duration::from_millis(20), tell, farewell);
        assert_eq!(is_over.await.unwrap(), AHEAD, "nothing is kept beyond");
        let read: Vec<_> =
            body.map(|piece| String::from_utf8(piece.unwrap().to_vec())).collect().await;
        assert_eq!(read, [Ok("news".to_owned()), Ok("reader_too_slow".to_owned())]);
    }

    #[actix_web::test]
    async fn a_task_that_breaks_down_does_not_look_like_one_that_is_done() {
        let broken = told(Duration::from_secs(1), |_| async { panic!("on purpose") }, |_| Ok(None));
        let pieces: Vec<_> = broken.collect().await;
        assert!(matches!(&pieces[..], [Err(_)]));
        let done = told(Duration::from_secs(1), |_| async { Ok(()) }, |_| Ok(None));
        assert_eq!(done.count().await, 0);
    }
}
