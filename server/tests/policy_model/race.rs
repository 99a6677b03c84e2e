//! Two admins remove each other's permissions at the same time.

use futures_util::future::join_all;
use reqwest::Method;
use sail_cargo_client::protocol::{Grant, Page, Permission};
use serde_json::json;

use crate::effort::effort;
use crate::harness::on_both;

/// The number of rounds on each database.
const ROUNDS: usize = 1_000;

/// The requests of a round start together and meet at the lock on the project's head. If the rule
/// of the last admin were checked before the lock, both would pass.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_admins_who_demote_each_other_leave_one() {
    on_both(async |app| {
        let buckets = ["one", "two", "three", "four"];
        for bucket in buckets {
            app.register(bucket).await;
        }
        let (ada, bob) = (app.ada(), app.bob());
        for round in 0..effort(ROUNDS) / buckets.len() {
            let duels = buckets.iter().map(async |bucket| {
                let path = |user: &str| format!("/v1/buckets/{bucket}/grants/{user}");
                let both = json!({ "changes": [
                    { "subject": "ada", "put": { "permissions": ["admin"] } },
                    { "subject": "bob", "put": { "permissions": ["admin"] } },
                ]});
                let root = app.root();
                let grants = format!("/v1/buckets/{bucket}/grants");
                let set = root.request(Method::PATCH, &grants).json(&both);
                assert_eq!(root.send(set).await.status, 200);
                let barrier = tokio::sync::Barrier::new(2);
                let demote = async |actor: &crate::harness::Actor, whom: &str, round: usize| {
                    barrier.wait().await;
                    // Deleting the grant, and replacing it with one without admin, are both
                    // demotions.
                    if round.is_multiple_of(2) {
                        actor.delete(&path(whom)).await
                    } else {
                        actor.put(&path(whom), &json!({ "permissions": ["read"] })).await
                    }
                };
                let (one, other) =
                    tokio::join!(demote(&ada, "bob", round), demote(&bob, "ada", round / 2));
                let left: Page<Grant> = root.get(&grants).await.ok();
                let admins = left
                    .items
                    .iter()
                    .filter(|grant| grant.permissions.contains(&Permission::Admin))
                    .count();
                assert_eq!(admins, 1, "round {round}: {one:?} {other:?}");
                // The second caller is no longer an admin, or would have removed the last one.
                let lost = [&one, &other].into_iter().find(|answer| answer.status >= 400).unwrap();
                let code = lost.problem().code;
                assert!(
                    matches!(code.as_str(), "last_admin" | "no_permission" | "not_found"),
                    "{code}"
                );
            });
            join_all(duels).await;
        }
    })
    .await;
}

/// Each admin removes their own permission, which is allowed until one has done it.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_admins_who_step_down_at_once_leave_one() {
    on_both(async |app| {
        app.register("photos").await;
        let (ada, bob) = (app.ada(), app.bob());
        for round in 0..effort(ROUNDS) {
            app.grant("photos", "ada", &[Permission::Admin]).await;
            app.grant("photos", "bob", &[Permission::Admin]).await;
            let barrier = tokio::sync::Barrier::new(2);
            let step_down = async |actor: &crate::harness::Actor, own: &str| {
                barrier.wait().await;
                actor.delete(&format!("/v1/buckets/photos/grants/{own}")).await
            };
            let (one, other) = tokio::join!(step_down(&ada, "ada"), step_down(&bob, "bob"));
            let mut said = [one.status, other.status];
            said.sort_unstable();
            assert_eq!(said, [204, 409], "round {round}");
            let refused = if one.status == 409 { one } else { other };
            refused.refused(409, "last_admin");
        }
    })
    .await;
}
