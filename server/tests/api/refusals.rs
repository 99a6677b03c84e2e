//! Refusals: each names what is missing or wrong, and each is on record.

use sail_cargo_client::protocol::{Outcome, Permission, Scope};

use Permission::{Delete, Read, Write};

use crate::harness::{EMPTY_SHA256, KEYS, Proof, S3, on_both};

#[tokio::test]
async fn a_refusal_says_which_permission_was_missing_and_where() {
    on_both(async |app| {
        app.register("photos").await;
        app.register("source").await;
        app.grant("photos", "write", &[Write]).await;
        let nobody = app.user("nobody");
        let put = nobody.sign(&S3::new("PUT", "/photos/a/b")).await.refused(403, "no_permission");
        assert_eq!(
            (put.required, put.detail.as_str()),
            (Some(Write), "no write permission on `photos/a/b`")
        );
        let copy = S3::new("PUT", "/photos/x").header("x-amz-copy-source", "source/y");
        let copy = app.user("write").sign(&copy).await.refused(403, "no_permission");
        assert_eq!(
            (copy.required, copy.detail.as_str()),
            (Some(Read), "no read permission on `source/y`")
        );
        nobody.sign(&S3::new("PUT", "/photos")).await.refused(403, "root_only");
    })
    .await;
}

#[tokio::test]
async fn a_shared_account_lists_its_buckets_to_nobody() {
    on_both(async |app| {
        app.share().await;
        app.root().sign(&S3::new("GET", "/")).await.refused(403, "account_shared");
    })
    .await;
}

#[tokio::test]
async fn what_opens_a_bucket_behind_cargos_back_is_signed_only_if_opted_into() {
    on_both(async |app| {
        app.register("photos").await;
        let root = app.root();
        root.signed(&S3::new("PUT", "/photos?policy").body("{}")).await;
        root.sign(&S3::new("PUT", "/photos?acl").body("<x/>")).await.refused(403, "root_optin");
        let acl = S3::new("PUT", "/photos/x").header("x-amz-acl", "public-read");
        root.sign(&acl).await.refused(403, "header_optin");
        root.sign(&S3::new("GET", "/photos?session")).await.refused(403, "never");
    })
    .await;
}

#[tokio::test]
async fn a_restore_is_signed_for_root_only_where_it_restores_in_place() {
    on_both(async |app| {
        app.register("photos").await;
        app.grant("photos", "ada", &[Read, Write, Delete]).await;
        let (root, restore) = (app.root(), || S3::new("POST", "/photos/x?restore"));
        let body =
            |inside: &str| restore().body(&format!("<RestoreRequest>{inside}</RestoreRequest>"));
        let in_place =
            "<Days>1</Days><GlacierJobParameters><Tier>Bulk</Tier></GlacierJobParameters>";
        root.signed(&body(in_place)).await;
        app.ada().sign(&body(in_place)).await.refused(403, "root_only");
        let elsewhere = "<OutputLocation><S3><BucketName>vault</BucketName></S3></OutputLocation>";
        root.sign(&body(elsewhere)).await.refused(403, "root_optin");
        root.sign(&body("<Type>SELECT</Type>")).await.refused(403, "root_optin");
        root.sign(&body("<Days><![CDATA[1]]></Days>")).await.refused(400, "restore_body");
        // A body of which only the hash is known may be any body.
        let unseen = restore().hashed("<RestoreRequest><Days>1</Days></RestoreRequest>");
        let refused = root.sign(&unseen).await.refused(403, "root_optin");
        assert!(refused.detail.contains("without Type"), "{}", refused.detail);
    })
    .await;
}

/// Requests that are signed for no caller, and the codes of their refusals.
fn nonsense() -> Vec<(S3, &'static str)> {
    let s3 = S3::new;
    vec![
        (S3::to("GET", "http://evil.example/photos/x"), "host"),
        (S3::to("GET", "http://s3.local:9000.evil.example/photos/x"), "host"),
        (S3::to("GET", "https://s3.local:9000/photos/x"), "scheme_or_userinfo"),
        (S3::to("GET", "http://me:pw@s3.local:9000/photos/x"), "scheme_or_userinfo"),
        (S3::to("GET", "/photos/x"), "scheme_or_userinfo"),
        (s3("GET", "/photos/x").header("host", "evil.example"), "host_header"),
        (s3("PATCH", "/photos/x"), "method"),
        (s3("get", "/photos/x"), "method"),
        (s3("GET", "/Pho%74os/x"), "bucket"),
        (s3("GET", "/photos--op-s3/x"), "bucket"),
        (s3("GET", "/photos--use1-az5--xa-s3/x"), "bucket"),
        (s3("PUT", "/photos/x").header("x-amz-copy-source", "a--op-s3/x"), "copy_source_bucket"),
        (s3("GET", "/photos/../vault/x"), "dot_segment"),
        (s3("GET", "/photos/%2e%2e/vault/x"), "dot_segment"),
        (s3("GET", "/photos/%252e%252e%252fvault"), "double_encoded"),
        (s3("GET", "/photos/a%00b"), "control_char"),
        (s3("GET", "/photos/x?unknown=1"), "query_unknown"),
        (s3("GET", "/photos/x?acl&tagging"), "ambiguous_subresource"),
        (s3("GET", "/photos/x?X-Amz-Signature=1"), "query_auth_or_header"),
        (s3("PUT", "/photos/x?delete"), "unknown_operation"),
        (s3("GET", "/photos/x?x-id=PutObject"), "x_id_mismatch"),
        (s3("PUT", "/photos/x").header("x-amz-unheard-of", "1"), "header_unknown"),
        (s3("GET", "/photos/x").header("x-amz-security-token", "t"), "header_denied"),
        (s3("GET", "/photos/x").header("x-amz-copy-source", "vault/x"), "copy_source_on"),
        (s3("PUT", "/photos/x").header("x-amz-copy-source", ".vault/x"), "copy_source_bucket"),
        (s3("PUT", "/photos/x").header("a", "1").header("A", "2"), "header_duplicate"),
        (s3("GET", "/photos/x").hashed("a body"), "body_not_allowed"),
        (s3("PUT", "/photos/x").payload("STREAMING-AWS4-HMAC-SHA256-PAYLOAD"), "payload_hash"),
        (s3("PUT", "/photos/x").body("this").payload(EMPTY_SHA256), "body_mismatch"),
        (s3("POST", "/photos?delete").body("<Delete/>"), "delete_body"),
        (s3("POST", "/photos?delete"), "body_must_be_hashed"),
    ]
}

#[tokio::test]
async fn what_is_no_request_of_ours_is_refused_with_its_code_and_told() {
    on_both(async |app| {
        app.register("photos").await;
        app.grant("photos", "ada", &[Read, Write, Delete]).await;
        for actor in [app.root(), app.ada()] {
            for (request, code) in nonsense() {
                let answer = actor.sign(&request).await;
                assert_eq!(
                    (answer.status, answer.problem().code.as_str()),
                    (400, code),
                    "{request:?}"
                );
                answer.holds_no_signature();
                let told = app.record(&answer).await;
                assert_eq!((told.outcome, told.reason.as_str()), (Outcome::Malformed, code));
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_body_that_cannot_be_read_is_refused_and_told_too() {
    on_both(async |app| {
        app.register("photos").await;
        let mut request = S3::new("PUT", "/photos/x");
        for body in ["not base64!", "YQ", "YQ==\n"] {
            request.0.body = Some(body.to_owned());
            let answer = app.root().sign(&request).await;
            let problem = answer.refused(400, "invalid_request");
            assert_eq!(problem.errors[0].pointer, "/body");
            assert_eq!(app.record(&answer).await.outcome, Outcome::Malformed);
        }
    })
    .await;
}

#[tokio::test]
async fn a_body_of_a_mebibyte_is_read_and_a_byte_more_is_not() {
    on_both(async |app| {
        app.register("photos").await;
        let put = |length: usize| S3::new("PUT", "/photos/x").body(&"x".repeat(length));
        app.root().signed(&put(1024 * 1024)).await;
        app.root().sign(&put(1024 * 1024 + 1)).await.refused(400, "invalid_request");
    })
    .await;
}

#[tokio::test]
async fn a_key_without_the_scope_signs_nothing_not_even_for_a_user() {
    on_both(async |app| {
        app.register("photos").await;
        app.grant("photos", "ada", &[Read]).await;
        let key = app.key([Scope::GrantsRead]).await.key;
        let token = app.token("ada").signed_by(&KEYS[0]);
        let proof = Proof { token: Some(token), key: Some(key), project: None };
        let answer = app.actor(&proof).sign(&S3::new("GET", "/photos/x")).await;
        answer.refused(403, "scope_missing");
    })
    .await;
}
