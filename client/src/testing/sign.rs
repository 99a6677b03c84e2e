//! Signing with the domain's pipeline and the state of the fake. Records every attempt.

use sail_cargo_domain::pipeline::{Approval, SigningError, SigningRequest, SigningResponse};
use sail_cargo_domain::s3::Operation;
use sail_cargo_domain::{Caller, Denied};
use sail_cargo_protocol::{PresignRequest, PresignResponse, SignRequest, SignResponse};

use super::fake_state::FakeState;
use super::problem::{No, problem, unsigned};
use super::signing_attempt::SigningAttempt;
use super::{bucket, who};

/// Signs one request, or refuses it. Records the attempt.
pub(super) fn sign(
    fake: &mut FakeState,
    caller: &Caller,
    wire: SignRequest,
) -> Result<SignResponse, No> {
    let signed = one(fake, caller, (&wire).into(), SigningResponse::signed);
    remember(fake, caller, wire, signed.as_ref().map(|signed| signed.operation.clone()));
    signed
}

/// Presigns one URL, or refuses it. Records the attempt.
pub(super) fn presign(
    fake: &mut FakeState,
    caller: &Caller,
    wire: &PresignRequest,
) -> Result<PresignResponse, No> {
    let asked = SigningRequest::from(wire);
    let made = one(fake, caller, asked, SigningResponse::presigned);
    let asked = SignRequest {
        method: wire.method.clone(),
        url: wire.url.clone(),
        headers: wire.headers.clone(),
        payload: asked.payload.map(str::to_owned),
        body: None,
    };
    remember(fake, caller, asked, made.as_ref().map(|made| made.operation.clone()));
    made
}

fn one<T>(
    fake: &mut FakeState,
    caller: &Caller,
    asked: SigningRequest<'_>,
    unwrap: impl FnOnce(SigningResponse) -> Option<T>,
) -> Result<T, No> {
    let response = walk(fake, caller, asked).map_err(|no| unsigned(&no))?;
    unwrap(response).ok_or_else(|| problem(500, "internal", "an answer to another question"))
}

fn walk(
    fake: &mut FakeState,
    caller: &Caller,
    asked: SigningRequest<'_>,
) -> Result<SigningResponse, SigningError> {
    let now = fake.now();
    let request = asked.parse(std::slice::from_ref(&fake.endpoint))?;
    let mut approval = request.judge(caller, &fake.authority(caller), now)?;
    reserve(fake, &mut approval)?;
    let signed = approval.sign(&fake.credentials, now);
    Ok(SigningResponse::new(asked, approval, signed, fake.revision.to_string()))
}

/// Reserves the creation or deletion of a bucket.
fn reserve(fake: &mut FakeState, approval: &mut Approval<'_>) -> Result<(), Denied> {
    let request = approval.request();
    let Some(name) = request.target().bucket() else { return Ok(()) };
    let reservation_id = match request.operation() {
        Operation::CreateBucket => bucket::claim(fake, name),
        Operation::DeleteBucket => match bucket::close(fake, name) {
            None => return Err(Denied::ForeignBucket(name.clone())),
            closed => closed,
        },
        _ => None,
    };
    if let Some(reservation_id) = reservation_id {
        approval.reserve(reservation_id);
    }
    Ok(())
}

fn remember(
    fake: &mut FakeState,
    caller: &Caller,
    request: SignRequest,
    outcome: Result<String, &No>,
) {
    let (operation, refused) = match outcome {
        Ok(operation) => (Some(operation), None),
        Err(problem) => (None, Some(problem.code.clone())),
    };
    fake.asked.push(SigningAttempt { by: who::name(caller), request, operation, refused });
}
