//! Signs and sends one attempt.

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use sail_cargo_client::protocol::SignRequest;

use crate::answer::Signed;
use crate::declared::DeclaredRequest;
use crate::deletion;
use crate::deletion::list::KeyList;
use crate::gateway::connector::{read, session};
use crate::gateway::detour::Detour;
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
            let signed = match sign(&signer, &mut request).await {
                Ok(signed) => signed,
                Err(error) => match single_keys(&request, &error) {
                    Some(keys) => {
                        return deletion::delete_each(&keys, error, request, &signer, &inner).await;
                    }
                    None => return Err(error.into_connector_error()),
                },
            };
            let (uri, session) = (request.uri().to_owned(), session(&request));
            // Send the original request, not a copy: the SDK uses its extensions to close broken
            // connections.
            let answer = inner.call(request).await.map_err(|error| Unanswered::of(error, &uri));
            match (signed, answer) {
                (SignedBy::Session, Ok(answer)) => {
                    read(answer, session.as_deref(), signer.sessions())
                }
                (SignedBy::Session, Err(error)) => {
                    signer.route().doubt();
                    Err(error)
                }
                (SignedBy::Cargo(Some(reservation)), Ok(answer)) => {
                    reservation.settle(&signer, answer.status().as_u16()).await;
                    Ok(answer)
                }
                (SignedBy::Cargo(_), answer) => answer,
            }
        })
    }
}

/// Who signed a request, which says where it goes.
enum SignedBy {
    /// Cargo, for the storage. The reservation is to be settled when S3 has responded.
    Cargo(Option<PendingReservation>),
    /// A session of the caller's, for the gateway.
    Session,
}

/// The keys of `request`, if Cargo refused it as a list, and may sign some of its keys one by one.
fn single_keys(request: &HttpRequest, error: &RemoteSigningError) -> Option<KeyList> {
    let keys = || request.extension::<DeclaredRequest>()?.keys.clone();
    error.may_be_of_some_keys().then(keys).flatten().filter(KeyList::is_within_limit)
}

/// Signs `request`; on an error it is unchanged. If Cargo refuses because only the gateway leads to the
/// storage, the request goes there at once: nothing of it was sent.
async fn sign(
    signer: &RemoteSigner,
    request: &mut HttpRequest,
) -> Result<SignedBy, RemoteSigningError> {
    if request.extension::<Signed>().is_some() {
        return Ok(SignedBy::Cargo(None));
    }
    let declared = request.extension::<DeclaredRequest>().cloned();
    let declared = declared.ok_or(RemoteSigningError::Bypassed)?;
    if let Some(detour) = signer.route().detour().await
        && sign_by_session(signer, &detour, &declared, request).await?
    {
        return Ok(SignedBy::Session);
    }
    let begun = signer.route().now();
    let refused = match sign_by_cargo(signer, &declared, request).await {
        Err(error) if error.is_gateway_only() => error,
        signed => return Ok(SignedBy::Cargo(signed?)),
    };
    let Some(detour) = signer.route().turn(begun).await? else { return Err(refused) };
    let is_signed = sign_by_session(signer, &detour, &declared, request).await?;
    is_signed.then_some(SignedBy::Session).ok_or(refused)
}

/// Has Cargo sign `request` for the storage.
async fn sign_by_cargo(
    signer: &RemoteSigner,
    declared: &DeclaredRequest,
    request: &mut HttpRequest,
) -> Result<Option<PendingReservation>, RemoteSigningError> {
    let ask = ask::about(request, declared)?;
    // The SDK never retries a request whose body cannot be read twice.
    let response = if request.body().try_clone().is_some() {
        signer.sign(&ask).await?
    } else {
        signer.sign_with_retry(&ask).await?
    };
    let reservation = PendingReservation::of(&response);
    answer::apply(response, declared, request)?;
    request.add_extension(Signed);
    Ok(reservation)
}

/// Addresses `request` to the gateway, and signs it with a session. False if it is not addressed to the
/// storage; it is unchanged then.
async fn sign_by_session(
    signer: &RemoteSigner,
    detour: &Detour,
    declared: &DeclaredRequest,
    request: &mut HttpRequest,
) -> Result<bool, RemoteSigningError> {
    let Some(url) = detour.readdress(request.uri()) else { return Ok(false) };
    let session = signer.sessions().session().await?;
    let ask = SignRequest { url: url.clone(), ..ask::about(request, declared)? };
    let response = detour.sign(&ask, &session)?;
    let bad = |_| RemoteSigningError::protocol("the gateway's address cannot be used");
    request.set_uri(url).map_err(bad)?;
    answer::apply(response, declared, request)?;
    request.add_extension(Signed);
    Ok(true)
}
