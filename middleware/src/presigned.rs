//! What the SDK presigned, or was about to: noted where it happens, and read by
//! [`RemoteSigner::presign`](crate::RemoteSigner::presign).

use std::cell::RefCell;
use std::future::Future;
use std::time::SystemTime;

use sail_cargo_client::protocol::PresignRequest;

tokio::task_local! {
    static PRESIGNED: RefCell<Option<Presigned>>;
}

/// Who presigns.
pub(crate) enum Presigned {
    /// Cargo shall presign this request, or a session where the gateway is the way.
    ByCargo(PresignRequest),
    /// The SDK did, for the gateway, with a session that ends then.
    BySession(SystemTime),
}

/// Runs `presigning`, and returns what was noted meanwhile, too.
pub(crate) async fn noting<T, E>(
    presigning: impl Future<Output = Result<T, E>>,
) -> Result<(T, Option<Presigned>), E> {
    let noted = async {
        let done = presigning.await?;
        Ok((done, PRESIGNED.with(RefCell::take)))
    };
    PRESIGNED.scope(RefCell::new(None), noted).await
}

/// Notes what happened. False where nobody reads it.
pub(crate) fn note(presigned: Presigned) -> bool {
    PRESIGNED.try_with(|cell| drop(cell.replace(Some(presigned)))).is_ok()
}
