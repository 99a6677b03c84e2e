//! Personal API keys at the gateway: a Bearer of plain HTTP, within their limits, and no key that signs.

use reqwest::Method;
use sail_cargo_client::protocol::{
    AccessKeyKind, CreateAccessKey, CreatedAccessKey, GrantQuery, PatchAccessKey, Permission,
};

use super::gateway_stack::{BUCKET, GatewayStack, code, eventually};
use super::plain_http::{PlainHttp, refusal, refused};

/// A personal API key of ada's, good for what these permissions allow.
async fn key(test: &GatewayStack, permissions: &[Permission]) -> CreatedAccessKey {
    let new = CreateAccessKey {
        kind: AccessKeyKind::Token,
        user: Some("ada".to_owned()),
        name: "ci".to_owned(),
        permissions: Some(permissions.iter().copied().collect()),
        ..CreateAccessKey::default()
    };
    test.limited_key(&new).await
}

fn bearer(test: &GatewayStack, key: &CreatedAccessKey) -> PlainHttp {
    let shown = format!("Bearer {}", key.secret.expose());
    PlainHttp::anonymous(test).with("authorization", shown)
}

#[tokio::test]
async fn g29_a_personal_key_reads_and_writes_what_its_user_may_within_its_limits() {
    let test = GatewayStack::start().await;
    test.grant("ada", "", &[Permission::Read, Permission::Write]).await;
    let all = key(&test, &[Permission::Read, Permission::Write, Permission::Delete]).await;
    let (writer, object) = (bearer(&test, &all), format!("/{BUCKET}/x"));
    assert_eq!(writer.put(&object, "text").await.status(), 200);
    let delete = writer.ask(Method::DELETE, &object).send().await.unwrap();
    assert_eq!(refusal(delete).await, refused(403, "AccessDenied"), "ada may not either");
    let reading = key(&test, &[Permission::Read]).await;
    let reader = bearer(&test, &reading);
    assert_eq!(reader.get(&object).await.text().await.unwrap(), "text");
    assert_eq!(refusal(reader.put(&object, "x").await).await, refused(403, "AccessDenied"));

    test.root().delete_grant(BUCKET, "ada", &GrantQuery::default()).await.unwrap();
    let is_refused = async || reader.get(&object).await.status() == 403;
    eventually("the lost grant is lost to the key", is_refused).await;
    test.grant("ada", "", &[Permission::Read]).await;
    eventually("the grant is seen", async || reader.get(&object).await.status() == 200).await;
    let elsewhere = PatchAccessKey {
        cidrs: Some(["10.0.0.0/8".to_owned()].into()),
        ..PatchAccessKey::default()
    };
    test.root().patch_access_key(&reading.stored.access_key_id, &elsewhere).await.unwrap();
    eventually("it is for other addresses now", is_refused).await;
    let id = &reading.stored.access_key_id;
    eventually("its use is noted", async || {
        test.root().access_key(id).await.unwrap().last_used_at.is_some()
    })
    .await;
    test.root().delete_access_key(&all.stored.access_key_id).await.unwrap();
    eventually("it is revoked", async || writer.get(&object).await.status() == 403).await;
}

/// Its id stands in the list beside those of access keys, and whoever knows the key knows no secret that signs.
#[tokio::test]
async fn g1_nobody_signs_with_a_personal_key() {
    let test = GatewayStack::start().await;
    test.grant("ada", "", &[Permission::Read]).await;
    let made = key(&test, &[Permission::Read]).await;
    assert_eq!(bearer(&test, &made).get(&format!("/{BUCKET}?list-type=2")).await.status(), 200);
    let listed = test.s3(&made).list_objects_v2().bucket(BUCKET).send().await;
    assert_eq!(code(listed), "InvalidAccessKeyId");
}
