//! Signs one attempt, then sends it.

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;

use crate::answer::Signed;
use crate::declared::DeclaredRequest;
use crate::deletion;
use crate::deletion::list::KeyList;
use crate::reservation::PendingReservation;
use crate::{RemoteSigner, RemoteSigningError, Unanswered, answer, ask};

/// The only place of the SDK that is asynchronous and sees the final request. It is called for
/// every attempt, so that every retry has a signature and a date of its own.
#[derive(Debug)]
pub(crate) struct RemoteSigningConnector {
    pub(crate) inner: SharedHttpConnector,
    pub(crate) signer: RemoteSigner,
}

impl HttpConnector for RemoteSigningConnector {
    fn call(&self, mut request: HttpRequest) -> HttpConnectorFuture {
        let (inner, signer) = (self.inner.clone(), self.signer.clone());
        HttpConnectorFuture::new(async move {
            let reservation = match sign(&signer, &mut request).await {
                Ok(reservation) => reservation,
                Err(error) => match single_keys(&request, &error) {
                    Some(keys) => {
                        return deletion::delete_each(&keys, error, request, &signer, &inner).await;
                    }
                    None => return Err(error.into_connector_error()),
                },
            };
            let uri = request.uri().to_owned();
            // The very request that came in: its extensions let the SDK poison a connection.
            let answer = inner.call(request).await.map_err(|error| Unanswered::of(error, &uri));
            if let (Some(reservation), Ok(answer)) = (reservation, &answer) {
                reservation.settle(&signer, answer.status().as_u16()).await;
            }
            answer
        })
    }
}

/// The keys of `request`, where it was refused as a list of them and some may be signed one by one.
fn single_keys(request: &HttpRequest, error: &RemoteSigningError) -> Option<KeyList> {
    let keys = || request.extension::<DeclaredRequest>()?.keys.clone();
    error.may_be_of_some_keys().then(keys).flatten().filter(KeyList::is_within_limit)
}

/// Puts the signature on `request`, which is unchanged when there is none; says what is to be
/// settled when S3 has answered.
async fn sign(
    signer: &RemoteSigner,
    request: &mut HttpRequest,
) -> Result<Option<PendingReservation>, RemoteSigningError> {
    if request.extension::<Signed>().is_some() {
        return Ok(None);
    }
    let declared = request.extension::<DeclaredRequest>().cloned();
    let declared = declared.ok_or(RemoteSigningError::Bypassed)?;
    let ask = ask::about(request, &declared)?;
    // A body that cannot be read twice is never retried by the SDK.
    let response = if request.body().try_clone().is_some() {
        signer.sign(&ask).await?
    } else {
        signer.sign_with_retry(&ask).await?
    };
    let reservation = PendingReservation::of(&response);
    answer::apply(response, &declared, request)?;
    request.add_extension(Signed);
    Ok(reservation)
}
