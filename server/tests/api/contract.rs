//! The storage contract: what a probe has not proved is assumed to be missing.

use sail_cargo_client::protocol::{Outcome, Permission, ProbeOutcome, ProbeReport};

use Permission::{Delete, Read, Write};

use crate::harness::{S3, on_both, strict_report};

const LIST: &str =
    "<Delete><Object><Key>m/a</Key></Object><Object><Key>m/b</Key></Object></Delete>";

/// A strict report in which one case has another outcome.
fn but(id: &str, outcome: ProbeOutcome) -> ProbeReport {
    let mut report = strict_report();
    let case = report.cases.iter_mut().find(|case| case.id == id).unwrap();
    case.outcome = outcome;
    report
}

#[tokio::test]
async fn a_list_of_keys_takes_the_whole_bucket_unless_the_storage_binds_bodies() {
    on_both(async |app| {
        app.register("photos").await;
        app.grant("photos/m/", "carl", &[Delete]).await;
        app.grant("photos", "dora", &[Delete]).await;
        let (carl, dora) = (app.user("carl"), app.user("dora"));
        let list = S3::new("POST", "/photos?delete").body(LIST);
        carl.signed(&list).await;

        for report in [but("B002", ProbeOutcome::Acted), but("B002", ProbeOutcome::Untestable)] {
            app.prove("main", report).await;
            let refused = carl.sign(&list).await.refused(403, "body_unbound");
            assert_eq!(refused.required, Some(Delete));
            assert!(refused.detail.ends_with("in all of `photos`: delete key by key"));
            dora.signed(&list).await;
            carl.signed(&S3::new("DELETE", "/photos/m/a")).await;
        }
        app.put_unproved("main", &app.store()).await;
        carl.sign(&list).await.refused(403, "body_unbound");
        app.user("erik").sign(&list).await.refused(403, "no_permission");
        dora.signed(&list).await;
        app.prove("main", strict_report()).await;
        carl.signed(&list).await;
    })
    .await;
}

#[tokio::test]
async fn the_judged_keys_are_on_record() {
    on_both(async |app| {
        app.register("photos").await;
        app.grant("photos", "dora", &[Delete, Write]).await;
        let keys = ["k0", "k1", "k2", "k3", "k4"];
        let keys = keys.map(|key| format!("<Object><Key>{key}</Key></Object>")).concat();
        let list = S3::new("POST", "/photos?delete").body(&format!("<Delete>{keys}</Delete>"));
        let answer = app.user("dora").sign(&list).await;
        let event = app.record(&answer).await;
        // printf 'k0\0k1\0k2\0k3\0k4\0' | sha256sum
        let judged = "signed; 5 keys, sha256 \
            760d0b4ae81b543752bda5c9c0806ff8b878251e258188a580ed618332a5d867, the first: `k0` `k1` `k2`";
        assert_eq!(event.detail, judged);

        let refused = app.user("erik").sign(&list).await;
        let event = app.record(&refused).await;
        assert_eq!(event.outcome, Outcome::Deny);
        assert!(event.detail.contains("; 5 keys, sha256 "), "{}", event.detail);
        let hidden = S3::new("POST", "/photos?delete").hashed("<Delete/>");
        let event = app.record(&app.user("dora").sign(&hidden).await).await;
        assert_eq!(event.detail, "signed; keys unknown");

        app.prove("main", but("B001", ProbeOutcome::Acted)).await;
        let put = S3::new("PUT", "/photos/x").body("meow");
        let event = app.record(&app.user("dora").sign(&put).await).await;
        assert!(event.detail.contains("not known to compare the body with its hash"), "{event:?}");
    })
    .await;
}

#[tokio::test]
async fn nothing_is_signed_for_a_storage_whose_requests_can_be_sent_elsewhere() {
    on_both(async |app| {
        app.register("photos").await;
        app.grant("photos", "carl", &[Read, Write, Delete]).await;
        let requests = [
            S3::new("GET", "/photos/x"),
            S3::new("HEAD", "/photos"),
            S3::new("PUT", "/photos/x").body("meow"),
            S3::new("DELETE", "/photos/x"),
            S3::new("POST", "/photos?delete").body(LIST),
        ];
        for id in ["R007", "R008", "R009", "R010"] {
            app.prove("main", but(id, ProbeOutcome::Acted)).await;
            for request in &requests {
                for actor in [app.user("carl"), app.root()] {
                    let refused = actor.sign(request).await.refused(403, "unsafe_storage");
                    assert!(refused.detail.contains("accept_unsafe_storage"), "{}", refused.detail);
                }
            }
            app.root().sign(&S3::new("PUT", "/fresh")).await.refused(403, "unsafe_storage");
            app.root().sign(&S3::new("DELETE", "/photos")).await.refused(403, "unsafe_storage");
        }
        let mut accepted = app.store();
        accepted.accept_unsafe_storage = true;
        app.put_unproved("main", &accepted).await;
        app.prove("main", but("R007", ProbeOutcome::Acted)).await;
        for request in &requests {
            app.user("carl").signed(request).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_sub_resource_that_runs_as_the_plain_request_is_refused() {
    on_both(async |app| {
        app.register("photos").await;
        app.grant("photos", "carl", &[Read, Write, Delete]).await;
        let mut report = strict_report();
        for tried in &mut report.sub_resources {
            if ["DeleteBucketMetricsConfiguration", "DeleteObjectTagging", "GetBucketLocation"]
                .contains(&tried.operation.as_str())
            {
                tried.outcome = ProbeOutcome::Acted;
            }
        }
        let (metrics, tags, location) = (
            S3::new("DELETE", "/photos?metrics&id=x"),
            S3::new("DELETE", "/photos/x?tagging"),
            S3::new("GET", "/photos?location"),
        );
        app.root().signed(&metrics).await;
        app.user("carl").signed(&tags).await;
        app.user("carl").signed(&location).await;
        app.prove("main", report).await;
        app.root().sign(&metrics).await.refused(403, "subresource_unsupported");
        for actor in [app.root(), app.user("carl")] {
            actor.sign(&tags).await.refused(403, "subresource_unsupported");
            actor.sign(&location).await.refused(403, "subresource_unsupported");
        }
        app.root().signed(&S3::new("DELETE", "/photos?cors")).await;
    })
    .await;
}

#[tokio::test]
async fn untagging_takes_delete_as_well() {
    on_both(async |app| {
        app.register("photos").await;
        app.grant("photos", "carl", &[Write]).await;
        app.grant("photos", "dora", &[Write, Delete]).await;
        let untag = S3::new("DELETE", "/photos/x?tagging");
        app.user("carl").sign(&untag).await.refused(403, "no_permission");
        app.user("dora").signed(&untag).await;
    })
    .await;
}
