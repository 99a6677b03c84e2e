//! Large amounts of work: too much is refused at once, and the rest does not hold up other
//! requests.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use sail_cargo_client::protocol::{Batch, BatchAnswer, BatchItem, SignRequest, SignResponse};
use sail_cargo_server::domain::PresentedKey;
use sail_cargo_server::domain::pipeline::SigningRequest;
use sail_cargo_server::domain::{Caller, Context};
use sail_cargo_server::outbound::Outbound;
use sail_cargo_server::service::bucket_lifecycle::Reconciler;
use sail_cargo_server::service::signing::sign;
use sail_cargo_server::storage_client::upstream::{Upstream, UpstreamLimits};

use crate::harness::{S3, on_both};

fn batch(item: &SignRequest) -> Batch<SignRequest> {
    Batch { items: vec![item.clone(); 1000] }
}

#[tokio::test]
async fn a_url_with_more_than_64_query_keys_is_refused() {
    on_both(async |app| {
        let names: Vec<_> = (0..2251).map(|number| format!("a{number:x}")).collect();
        let flood = S3::new("GET", &format!("/photos/cat?{}", names[..1600].join("&")));
        let dora = app.user("dora");
        dora.sign(&flood).await.refused(400, "query_limit");
        let presign = serde_json::json!({ "method": "GET", "url": flood.0.url });
        dora.post("/v1/presign", &presign).await.refused(400, "query_limit");
        let answer: BatchAnswer<SignResponse> =
            dora.post("/v1/sign/batch", &batch(&flood.0)).await.ok();
        let refused = answer.items.iter().filter(
            |item| matches!(item, BatchItem::Failed { problem } if problem.code == "query_limit"),
        );
        assert_eq!(refused.count(), 1000);
        let few = S3::new("GET", &format!("/photos/cat?{}", names[..64].join("&")));
        dora.sign(&few).await.refused(400, "query_unknown");
    })
    .await;
}

#[tokio::test]
async fn a_batch_holds_its_worker_for_less_than_50_ms_at_a_time() {
    on_both(async |app| {
        app.register("photos").await;
        // The longest key, percent-encoded: a thousand of them take a while to parse.
        let long = S3::new("GET", &format!("/photos/{}", "%61".repeat(1024)));
        let asks = vec![SigningRequest::from(&long.0); 1000];
        let upstream = Upstream::new(&Outbound::direct(), UpstreamLimits::default()).unwrap();
        let reconciler = Reconciler::new(upstream, app.clock.hands());
        let key = PresentedKey::parse(&app.secrets.root_key).unwrap();
        let holder = app.sees.key_holder(key, app.clock.now()).await.unwrap().unwrap();
        let context = Context { caller: Caller::Root(holder), ..app.context() };
        let mut signed = std::pin::pin!(sign(&app.sees, &reconciler, &context, &asks));
        let mut longest = Duration::ZERO;
        let answers = std::future::poll_fn(|waker| {
            let before = worked();
            let polled = signed.as_mut().poll(waker);
            longest = longest.max(worked().saturating_sub(before));
            polled
        });
        assert!(answers.await.unwrap().value.iter().all(Result::is_ok));
        assert!(longest < Duration::from_millis(50), "{longest:?}");
    })
    .await;
}

/// The CPU time of this thread, which does not count other load on the machine.
fn worked() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec.unsigned_abs().try_into().unwrap())
}
