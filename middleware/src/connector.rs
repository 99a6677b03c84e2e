//! Signs and sends one attempt.

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

/// A connector: the only asynchronous extension point of the SDK that sees the final request. The
/// SDK calls it for every attempt, so that each retry has its own signature and date.
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
            // Send the original request, not a copy: the SDK uses its extensions to close broken
            // connections.
            let answer = inner.call(request).await.map_err(|error| Unanswered::of(error, &uri));
            if let (Some(reservation), Ok(answer)) = (reservation, &answer) {
                reservation.settle(&signer, answer.status().as_u16()).await;
            }
            answer
        })
    }
}

/// The keys of `request`, if Cargo refused it as a list, and may sign some of its keys one by one.
fn single_keys(request: &HttpRequest, error: &RemoteSigningError) -> Option<KeyList> {
    let keys = || request.extension::<DeclaredRequest>()?.keys.clone();
    error.may_be_of_some_keys().then(keys).flatten().filter(KeyList::is_within_limit)
}

/// Signs `request`; on an error it is unchanged. Returns the reservation to settle when S3 has
/// responded, if there is one.
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
    // The SDK never retries a request whose body cannot be read twice.
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
