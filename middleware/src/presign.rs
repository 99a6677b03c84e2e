//! Presigned URLs: Cargo presigns what the SDK would presign, or a session where the gateway is the way.

use std::future::Future;
use std::pin::Pin;

use aws_runtime::auth::SigV4OperationSigningConfig;
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::presigning::PresignedRequest;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::config_bag::ConfigBag;
use sail_cargo_client::protocol::{PresignRequest, PresignResponse};

use crate::gateway::detour::Detour;
use crate::gateway::link;
use crate::presigned::{self, Presigned};
use crate::{RemoteSigner, RemoteSigningError, headers};

impl RemoteSigner {
    /// Has Cargo presign the request of `presigned`: GetObject, HeadObject, PutObject or UploadPart
    /// of a client with this signer. The URL works for everybody who has it until
    /// [`expires_at`](PresignResponse::expires_at). This may be earlier than requested, because no
    /// URL outlives its grant or token. Send exactly the headers of the response with the URL.
    ///
    /// `.presigned()` fails without this function; it never returns an unsigned URL. Await the
    /// future in this task: it also fails if it was spawned in another one.
    ///
    /// A URL of the gateway holds what the caller may do when it is used. It ends with the caller's
    /// session, an hour after that was opened at the latest.
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
    /// Errors of the SDK before it would sign, or a dispatch failure, in which
    /// [`RemoteSigningError::find`] finds the reason.
    pub fn presign<E>(
        &self,
        presigned: impl Future<Output = Result<PresignedRequest, SdkError<E, HttpResponse>>> + Send,
    ) -> impl Future<Output = Result<PresignResponse, SdkError<E, HttpResponse>>> + Send {
        // The SDK's futures are large: box them.
        self.presign_pinned(Box::pin(presigned))
    }

    async fn presign_pinned<E>(
        &self,
        presigned: Pin<
            Box<impl Future<Output = Result<PresignedRequest, SdkError<E, HttpResponse>>> + Send>,
        >,
    ) -> Result<PresignResponse, SdkError<E, HttpResponse>> {
        let (sdks, presigned) = presigned::noting(presigned).await?;
        let failed =
            |error: RemoteSigningError| SdkError::dispatch_failure(error.into_connector_error());
        match presigned {
            // The SDK's result is not signed.
            Some(Presigned::ByCargo(wanted)) => self.presign_by_way(&wanted).await.map_err(failed),
            Some(Presigned::BySession(end)) => Ok(link::of(&sdks, end)),
            None => Err(failed(RemoteSigningError::Bypassed)),
        }
    }

    /// Has Cargo presign `wanted`, or presigns it for the gateway if that is the way.
    async fn presign_by_way(
        &self,
        wanted: &PresignRequest,
    ) -> Result<PresignResponse, RemoteSigningError> {
        if let Some(detour) = self.route().detour().await
            && let Some(link) = self.presign_by_session(wanted, &detour).await?
        {
            return Ok(link);
        }
        let begun = self.route().now();
        let refused = match self.client().presign(wanted).await.map_err(RemoteSigningError::from) {
            Err(error) if error.is_gateway_only() => error,
            answer => return answer,
        };
        let Some(detour) = self.route().turn(begun).await? else { return Err(refused) };
        self.presign_by_session(wanted, &detour).await?.ok_or(refused)
    }

    async fn presign_by_session(
        &self,
        wanted: &PresignRequest,
        detour: &Detour,
    ) -> Result<Option<PresignResponse>, RemoteSigningError> {
        link::presign(wanted, detour, &self.sessions().session().await?)
    }
}

/// Stores the request to presign for [`RemoteSigner::presign`].
///
/// # Errors
/// [`RemoteSigningError::PresignNotWrapped`] outside of [`RemoteSigner::presign`].
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
    if presigned::note(Presigned::ByCargo(wanted)) {
        Ok(())
    } else {
        Err(RemoteSigningError::PresignNotWrapped)
    }
}
