//! Buckets that are older than S3's rules for names, and names that storages use for something
//! else.

use sail_cargo_client::protocol::{Bucket, Explanation, Permission};
use serde_json::json;

use crate::harness::{S3, Storage, VIRTUAL_HOST, on_both};

#[tokio::test]
async fn a_bucket_with_an_old_name_is_registered_granted_and_signed_for_in_the_path() {
    on_both(async |app| {
        let (root, long) = (app.root(), "Old_".repeat(63));
        for name in ["My_Bucket", "Photos.2009", "a..b", &long] {
            let path = format!("/v1/buckets/{name}");
            assert_eq!(root.put(&path, &json!({})).await.ok::<Bucket>().name, name);
            app.grant(name, "ada", &[Permission::Read, Permission::Write]).await;
            let signed = app.ada().signed(&S3::new("GET", &format!("/{name}/Cat_1.png"))).await;
            assert!(signed.url.ends_with(&format!("/{name}/Cat_1.png")), "{}", signed.url);
            let copy = S3::new("PUT", &format!("/{name}/b"))
                .header("x-amz-copy-source", &format!("{name}/a"));
            assert_eq!(app.ada().signed(&copy).await.operation, "CopyObject");
            let create = S3::new("PUT", &format!("/{name}"));
            root.sign(&create).await.refused(400, "bucket");
        }
        let hosted = VIRTUAL_HOST.replace("://", "://my_bucket.");
        let refused = root.sign(&S3::to("GET", &format!("{hosted}/x"))).await;
        let problem = refused.refused(400, "bucket");
        assert!(problem.detail.contains("in its name by path"), "{}", problem.detail);
        for name in ["My_Bucket-s3alias", "Abc--X-S3", "XN--abc", ".minio.sys", "ab", "192.0.2.1"] {
            let answer = root.put(&format!("/v1/buckets/{name}"), &json!({})).await;
            answer.refused(400, "invalid_request");
        }
    })
    .await;
}

#[tokio::test]
async fn the_name_of_another_service_is_registered_only_when_the_storage_shows_the_bucket() {
    on_both(async |app| {
        let storage = Storage::with_hosts(app).await;
        let root = app.root();
        let put = async |name: &str| root.put(&format!("/v1/buckets/{name}"), &json!({})).await;
        storage.create("statuses");
        for name in ["status", "tables", "api"] {
            let problem = put(name).await.refused(409, "bucket_not_shown");
            assert!(problem.detail.contains("ListBuckets"), "{}", problem.detail);
        }
        storage.create("status");
        for nothing in [
            ("403 Forbidden", "<Error><Code>AccessDenied</Code></Error>"),
            ("200 OK", "<html>status</html>"),
            ("200 OK", "<ListAllMyBucketsResult><Buckets><Bucket><Name>status</Name></Bucket>"),
            ("200 OK", "<ListBucketResult><Name>status</Name></ListBucketResult>"),
        ] {
            storage.answer(Some(nothing));
            put("status").await.refused(409, "bucket_not_shown");
        }
        storage.answer(None);
        // The list shows the bucket, but another service answers under its name.
        storage.serve(Some("status"));
        put("status").await.refused(409, "bucket_not_shown");
        storage.serve(None);
        assert_eq!(put("status").await.ok::<Bucket>().name, "status");
        // The bucket is registered: the storage is not asked again.
        storage.delete("status");
        assert_eq!(put("status").await.status, 200);
        root.sign(&storage.request("PUT", "api")).await.refused(403, "reserved_bucket");
    })
    .await;
}

/// A path that begins like this leads to the other service, if there is one.
#[tokio::test]
async fn the_name_of_another_service_is_signed_for_in_the_host_and_nowhere_else() {
    on_both(async |app| {
        let storage = Storage::with_hosts(app).await;
        storage.create("admin");
        let root = app.root();
        root.put("/v1/buckets/admin", &json!({})).await.ok::<Bucket>();
        app.register("photos").await;
        for bucket in ["admin", "photos"] {
            app.grant(bucket, "ada", &[Permission::Read]).await;
        }
        let hosts = storage.hosts_url();
        let hosted = |bucket: &str| hosts.replace("://", &format!("://{bucket}."));
        for (url, code) in [
            (format!("{}/admin/user", storage.url), "reserved_bucket"),
            (format!("{hosts}/admin/user"), "reserved_bucket"),
            (format!("{hosts}/admin?list-type=2"), "reserved_bucket"),
            (format!("{}/minio/admin/v3/export-iam", hosted("photos")), "reserved_key"),
        ] {
            for caller in [app.ada(), app.root()] {
                let problem = caller.sign(&S3::to("GET", &url)).await.refused(403, code);
                assert!(problem.detail.contains("s3.example.com/"), "{}", problem.detail);
                let get = json!({ "method": "GET", "url": url });
                if !url.contains('?') {
                    caller.post("/v1/presign", &get).await.refused(403, code);
                }
                let get = json!({ "request": S3::to("GET", &url).0 });
                let explained = caller.post("/v1/explain", &get).await.ok::<Explanation>();
                assert_eq!((explained.allowed, explained.code.as_str()), (false, code), "{url}");
            }
        }
        for url in [
            format!("{}/user", hosted("admin")),
            format!("{}/admin/user", hosted("photos")),
            format!("{hosts}/photos/minio/admin/v3/export-iam"),
        ] {
            app.ada().signed(&S3::to("GET", &url)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn the_name_of_another_service_is_not_registered_where_buckets_are_in_the_path_only() {
    on_both(async |app| {
        let storage = Storage::of(app).await;
        storage.create("status");
        let root = app.root();
        let words = root.sign(&storage.request("GET", "status")).await;
        let words = words.refused(403, "reserved_bucket").detail;
        assert!(words.contains("virtual-hosted endpoint"), "{words}");
        let put = root.put("/v1/buckets/status", &json!({})).await;
        assert_eq!(put.refused(409, "reserved_bucket").detail, words);
        let storage = Storage::with_hosts(app).await;
        storage.create("Status");
        let put = root.put("/v1/buckets/Status", &json!({})).await;
        put.refused(409, "reserved_bucket");
        let probe = "/v1/stores/main/probe?bucket=status";
        app.operator().post(probe, &json!({})).await.refused(400, "invalid_request");
    })
    .await;
}

#[tokio::test]
async fn names_that_differ_in_case_alone_are_two_only_where_the_storage_shows_both() {
    on_both(async |app| {
        let storage = Storage::of(app).await;
        let root = app.root();
        storage.create("Photos");
        let put = async |name: &str| root.put(&format!("/v1/buckets/{name}"), &json!({})).await;
        assert_eq!(put("Photos").await.status, 200);
        put("photos").await.refused(409, "bucket_not_shown");
        root.sign(&storage.request("PUT", "photos")).await.refused(403, "bucket_twin");
        storage.create("photos");
        assert_eq!(put("photos").await.status, 200);
    })
    .await;
}

/// On a storage that does not distinguish the names, one project would see another's objects.
#[tokio::test]
async fn a_twin_of_another_projects_bucket_is_taken_unless_the_storage_tells_them_apart() {
    on_both(async |app| {
        let storage = Storage::start().await;
        storage.share(app).await;
        app.operator_in("sail").put("/v1/buckets/photos", &json!({})).await.ok::<Bucket>();
        app.make_project("other", "main").await;
        let operator = app.operator_in("other");
        let put = async |name: &str| operator.put(&format!("/v1/buckets/{name}"), &json!({})).await;
        put("Photos").await.refused(409, "bucket_taken");
        storage.create("Photos");
        let problem = put("Photos").await.refused(409, "bucket_taken");
        assert!(!problem.detail.contains("`photos`"), "whose it is: {}", problem.detail);
        storage.create("photos");
        assert_eq!(put("Photos").await.ok::<Bucket>().name, "Photos");
        put("PHOTOS").await.refused(409, "bucket_not_shown");
        put("photos").await.refused(409, "bucket_taken");
    })
    .await;
}

#[tokio::test]
async fn what_users_are_refused_names_what_gives_it_to_the_application() {
    on_both(async |app| {
        app.register("photos").await;
        app.grant("photos", "ada", &[Permission::Read, Permission::Write]).await;
        let put = |name: &str, value: &str| S3::new("PUT", "/photos/x").header(name, value);
        let opens = [
            (put("x-amz-acl", "public-read"), "acl_value"),
            (put("x-amz-storage-class", "DEEP_ARCHIVE"), "header_value"),
            (put("x-amz-storage-class", "MY_SSD"), "header_value"),
            (put("x-amz-grant-read", "id=\"1\""), "header_needs_root"),
            (put("x-amz-website-redirect-location", "/y"), "header_needs_root"),
        ];
        for (request, code) in &opens {
            let request = request.clone().payload("UNSIGNED-PAYLOAD");
            let problem = app.ada().sign(&request).await.refused(403, code);
            assert!(problem.detail.contains("root_extra names PutObject"), "{}", problem.detail);
            let problem = app.root().sign(&request).await.refused(403, "header_optin");
            assert!(problem.detail.contains("root_extra names PutObject"), "{}", problem.detail);
        }
        let project = json!({ "root_extra": ["PutObject"] });
        let operator = app.operator();
        let patch = operator.request(reqwest::Method::PATCH, "/v1/projects/sail").json(&project);
        assert_eq!(operator.send(patch).await.status, 200);
        for (request, code) in opens {
            let request = request.payload("UNSIGNED-PAYLOAD");
            app.root().signed(&request).await;
            app.ada().sign(&request).await.refused(403, code);
        }
    })
    .await;
}
