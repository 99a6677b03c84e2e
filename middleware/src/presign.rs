//! URLs that work by themselves: what the SDK would presign, presigned by Cargo.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;

use aws_runtime::auth::SigV4OperationSigningConfig;
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::presigning::PresignedRequest;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::config_bag::ConfigBag;
use sail_cargo_client::protocol::{PresignRequest, PresignResponse};

use crate::{RemoteSigner, RemoteSigningError, headers};

tokio::task_local! {
    /// What the SDK was about to presign, within [`RemoteSigner::presign`].
    static WANTED: RefCell<Option<PresignRequest>>;
}

impl RemoteSigner {
    /// Has Cargo presign what `presigned` stands for: GetObject, HeadObject, PutObject or
    /// UploadPart of a client whose signer this is. The URL works for whoever holds it until
    /// [`expires_at`](PresignResponse::expires_at), which may be earlier than was asked for: no
    /// URL outlives the grant or the token it was made with. Send exactly the headers in the
    /// answer with it.
    ///
    /// Without this, `.presigned()` fails: it never returns a URL that is not signed. The future
    /// must be awaited here; one that was spawned elsewhere fails the same way.
    ///
    /// ```no_run
    /// use std::time::Duration;
    ///
    /// use aws_sdk_s3::presigning::PresigningConfig;
    /// use sail_cargo_middleware::RemoteSigner;
    ///
    /// # async fn example(
    /// #     s3: &aws_sdk_s3::Client, signer: &RemoteSigner,
    /// # ) -> Result<(), Box<dyn std::error::Error>> {
    /// let ten_minutes = PresigningConfig::expires_in(Duration::from_secs(600))?;
    /// let get = s3.get_object().bucket("photos").key("cat.png");
    /// let link = signer.presign(get.presigned(ten_minutes)).await?;
    /// println!("until {}: {}", link.expires_at, link.url);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// What the SDK says before it would sign; else a dispatch failure in which
    /// [`RemoteSigningError::find`] finds the reason.
    pub fn presign<E>(
        &self,
        presigned: impl Future<Output = Result<PresignedRequest, SdkError<E, HttpResponse>>> + Send,
    ) -> impl Future<Output = Result<PresignResponse, SdkError<E, HttpResponse>>> + Send {
        // The SDK's futures are large.
        self.presign_pinned(Box::pin(presigned))
    }

    async fn presign_pinned<E>(
        &self,
        presigned: Pin<
            Box<impl Future<Output = Result<PresignedRequest, SdkError<E, HttpResponse>>> + Send>,
        >,
    ) -> Result<PresignResponse, SdkError<E, HttpResponse>> {
        let wanted = WANTED
            .scope(RefCell::new(None), async {
                // What comes back is not signed, and goes no further.
                presigned.await.map(drop)?;
                Ok::<_, SdkError<E, HttpResponse>>(WANTED.with(RefCell::take))
            })
            .await?;
        let failed =
            |error: RemoteSigningError| SdkError::dispatch_failure(error.into_connector_error());
        let wanted = wanted.ok_or_else(|| failed(RemoteSigningError::Bypassed))?;
        self.client().presign(&wanted).await.map_err(|error| failed(error.into()))
    }
}

/// Keeps what shall be presigned for [`RemoteSigner::presign`] to ask about.
///
/// # Errors
/// Nobody waits for it.
pub(crate) fn want(request: &HttpRequest, cfg: &ConfigBag) -> Result<(), RemoteSigningError> {
    let mut lines = headers::lines(request.headers())?;
    lines.retain(|(name, _)| headers::may_be_signed(name));
    let signing = cfg.load::<SigV4OperationSigningConfig>();
    let expires_in = signing.and_then(|signing| signing.signing_options.expires_in);
    let wanted = PresignRequest {
        method: request.method().to_owned(),
        url: request.uri().to_owned(),
        headers: lines,
        payload: None,
        expires_in: expires_in.map(|lifetime| lifetime.as_secs()),
    };
    WANTED
        .try_with(|cell| drop(cell.replace(Some(wanted))))
        .map_err(|_| RemoteSigningError::PresignNotWrapped)
}
