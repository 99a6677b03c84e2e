//! Every operation of the SDK through the interceptor: Cargo signs it as the right operation, or
//! refuses it with a reason; it is never sent otherwise. The fake authority decides with the
//! server's code.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use aws_sdk_s3::Client;
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{
    CompletedMultipartUpload, CompletedPart, Delete, ObjectIdentifier, OutputLocation,
    RestoreRequest, RestoreRequestType, Tag, Tagging,
};
use sail_cargo_client::protocol::Permission;
use sail_cargo_client::testing::{FakeAuthority, FakeStorage};
use sail_cargo_domain::s3::Operation;
use sail_cargo_middleware::{RemoteSigner, RemoteSigningError, RemoteSigningExt as _};

use crate::harness::{ACCESS_KEY, Recorder, SECRET_KEY, plain};

const ENDPOINT: &str = "http://s3.test:9000";
/// The outcome of each operation, for review.
const TABLE: &str = include_str!("../data/operations.txt");

/// The name of an operation, and its error; `None` if it was sent.
type Ended = (&'static str, Option<RemoteSigningError>);

fn ended<T, E: std::error::Error + 'static>(
    call: Result<T, SdkError<E>>,
) -> Option<RemoteSigningError> {
    RemoteSigningError::find(&call.err()?).cloned()
}

fn parts() -> CompletedMultipartUpload {
    let part = CompletedPart::builder().part_number(1).e_tag("e").build();
    CompletedMultipartUpload::builder().parts(part).build()
}

fn tags() -> Tagging {
    let tag = Tag::builder().key("team").value("web").build().unwrap();
    Tagging::builder().tag_set(tag).build().unwrap()
}

fn keys() -> Delete {
    let key = ObjectIdentifier::builder().key("k").build().unwrap();
    Delete::builder().objects(key).build().unwrap()
}

macro_rules! calls {
    ($($operation:ident $(.$setter:ident($value:expr))*;)*) => {
        /// Calls each operation with the least required input. S3's response does not matter.
        async fn call_each(s3: &Client, mut after: impl FnMut(Ended)) {
            $({
                let call = Box::pin(s3.$operation()$(.$setter($value))*.send()).await;
                after((stringify!($operation), ended(call)));
            })*
        }
    };
}

calls! {
    abort_multipart_upload.bucket("bkt").key("k").upload_id("u");
    complete_multipart_upload.bucket("bkt").key("k").upload_id("u").multipart_upload(parts());
    copy_object.bucket("bkt").key("k").copy_source("bkt/source");
    create_bucket.bucket("bkt");
    create_bucket_metadata_configuration.bucket("bkt");
    create_bucket_metadata_table_configuration.bucket("bkt");
    create_multipart_upload.bucket("bkt").key("k");
    create_session.bucket("bkt");
    delete_bucket.bucket("bkt");
    delete_bucket_analytics_configuration.bucket("bkt").id("i");
    delete_bucket_cors.bucket("bkt");
    delete_bucket_encryption.bucket("bkt");
    delete_bucket_intelligent_tiering_configuration.bucket("bkt").id("i");
    delete_bucket_inventory_configuration.bucket("bkt").id("i");
    delete_bucket_lifecycle.bucket("bkt");
    delete_bucket_metadata_configuration.bucket("bkt");
    delete_bucket_metadata_table_configuration.bucket("bkt");
    delete_bucket_metrics_configuration.bucket("bkt").id("i");
    delete_bucket_ownership_controls.bucket("bkt");
    delete_bucket_policy.bucket("bkt");
    delete_bucket_replication.bucket("bkt");
    delete_bucket_tagging.bucket("bkt");
    delete_bucket_website.bucket("bkt");
    delete_object.bucket("bkt").key("k");
    delete_object_annotation.bucket("bkt").key("k").annotation_name("a");
    delete_object_tagging.bucket("bkt").key("k");
    delete_objects.bucket("bkt").delete(keys());
    delete_public_access_block.bucket("bkt");
    get_bucket_abac.bucket("bkt");
    get_bucket_accelerate_configuration.bucket("bkt");
    get_bucket_acl.bucket("bkt");
    get_bucket_analytics_configuration.bucket("bkt").id("i");
    get_bucket_cors.bucket("bkt");
    get_bucket_encryption.bucket("bkt");
    get_bucket_intelligent_tiering_configuration.bucket("bkt").id("i");
    get_bucket_inventory_configuration.bucket("bkt").id("i");
    get_bucket_lifecycle_configuration.bucket("bkt");
    get_bucket_location.bucket("bkt");
    get_bucket_logging.bucket("bkt");
    get_bucket_metadata_configuration.bucket("bkt");
    get_bucket_metadata_table_configuration.bucket("bkt");
    get_bucket_metrics_configuration.bucket("bkt").id("i");
    get_bucket_notification_configuration.bucket("bkt");
    get_bucket_ownership_controls.bucket("bkt");
    get_bucket_policy.bucket("bkt");
    get_bucket_policy_status.bucket("bkt");
    get_bucket_replication.bucket("bkt");
    get_bucket_request_payment.bucket("bkt");
    get_bucket_tagging.bucket("bkt");
    get_bucket_versioning.bucket("bkt");
    get_bucket_website.bucket("bkt");
    get_object.bucket("bkt").key("k");
    get_object_acl.bucket("bkt").key("k");
    get_object_annotation.bucket("bkt").key("k").annotation_name("a");
    get_object_attributes.bucket("bkt").key("k");
    get_object_legal_hold.bucket("bkt").key("k");
    get_object_lock_configuration.bucket("bkt");
    get_object_retention.bucket("bkt").key("k");
    get_object_tagging.bucket("bkt").key("k");
    get_object_torrent.bucket("bkt").key("k");
    get_public_access_block.bucket("bkt");
    head_bucket.bucket("bkt");
    head_object.bucket("bkt").key("k");
    list_bucket_analytics_configurations.bucket("bkt");
    list_bucket_intelligent_tiering_configurations.bucket("bkt");
    list_bucket_inventory_configurations.bucket("bkt");
    list_bucket_metrics_configurations.bucket("bkt");
    list_buckets;
    list_directory_buckets;
    list_multipart_uploads.bucket("bkt");
    list_object_annotations.bucket("bkt").key("k");
    list_object_versions.bucket("bkt");
    list_objects.bucket("bkt");
    list_objects_v2.bucket("bkt");
    list_parts.bucket("bkt").key("k").upload_id("u");
    put_bucket_abac.bucket("bkt");
    put_bucket_accelerate_configuration.bucket("bkt");
    put_bucket_acl.bucket("bkt");
    put_bucket_analytics_configuration.bucket("bkt").id("i");
    put_bucket_cors.bucket("bkt");
    put_bucket_encryption.bucket("bkt");
    put_bucket_intelligent_tiering_configuration.bucket("bkt").id("i");
    put_bucket_inventory_configuration.bucket("bkt").id("i");
    put_bucket_lifecycle_configuration.bucket("bkt");
    put_bucket_logging.bucket("bkt");
    put_bucket_metrics_configuration.bucket("bkt").id("i");
    put_bucket_notification_configuration.bucket("bkt");
    put_bucket_ownership_controls.bucket("bkt");
    put_bucket_policy.bucket("bkt");
    put_bucket_replication.bucket("bkt");
    put_bucket_request_payment.bucket("bkt");
    put_bucket_tagging.bucket("bkt");
    put_bucket_versioning.bucket("bkt");
    put_bucket_website.bucket("bkt");
    put_object.bucket("bkt").key("k");
    put_object_acl.bucket("bkt").key("k");
    put_object_annotation.bucket("bkt").key("k").annotation_name("a").annotation_payload(ByteStream::from_static(b"a"));
    put_object_legal_hold.bucket("bkt").key("k");
    put_object_lock_configuration.bucket("bkt");
    put_object_retention.bucket("bkt").key("k");
    put_object_tagging.bucket("bkt").key("k").tagging(tags());
    put_public_access_block.bucket("bkt");
    rename_object.bucket("bkt").key("k").rename_source("/bkt/source");
    restore_object.bucket("bkt").key("k").restore_request(RestoreRequest::builder().days(1).build());
    select_object_content.bucket("bkt").key("k");
    update_bucket_metadata_annotation_table_configuration.bucket("bkt");
    update_bucket_metadata_inventory_table_configuration.bucket("bkt");
    update_bucket_metadata_journal_table_configuration.bucket("bkt");
    update_object_encryption.bucket("bkt").key("k");
    upload_part.bucket("bkt").key("k").upload_id("u").part_number(1);
    upload_part_copy.bucket("bkt").key("k").upload_id("u").part_number(1).copy_source("bkt/source");
    write_get_object_response.request_route("route").request_token("token");
}

/// A client for a caller, and the recorder of its requests.
fn client(cargo: sail_cargo_client::Client) -> (Client, Recorder) {
    let recorder = Recorder::default();
    let config = plain(ENDPOINT).http_client(recorder.http_client());
    (Client::from_conf(config.remote_signing(RemoteSigner::new(cargo)).build()), recorder)
}

/// Calls each operation, and returns its outcome in the words of the table.
async fn outcomes(
    cargo: &FakeAuthority,
    caller: sail_cargo_client::Client,
) -> Vec<(String, String)> {
    let (s3, recorder) = client(caller);
    let mut outcomes = Vec::new();
    let (mut sent, mut asked) = (0, cargo.asked().len());
    call_each(&s3, |(operation, reason)| {
        let now_sent = recorder.recorded();
        let questions = cargo.asked().split_off(asked);
        let words = match (&now_sent[sent..], reason) {
            (
                [],
                Some(
                    RemoteSigningError::Denied { code, .. }
                    | RemoteSigningError::Invalid { code, .. },
                ),
            ) => {
                format!("refused: {}", code.unwrap())
            }
            ([], Some(other)) => format!("not asked: {other}"),
            ([request], None) => {
                assert!(
                    request.authorization.contains(ACCESS_KEY),
                    "{operation} went out unsigned"
                );
                let signed = questions[0].operation.clone().unwrap();
                assert_eq!(signed.to_lowercase(), operation.replace('_', ""), "signed as another");
                "signed".to_owned()
            }
            (requests, reason) => panic!("{operation}: {} were sent, {reason:?}", requests.len()),
        };
        assert!(questions.len() <= 1, "{operation} was asked about more than once");
        // The recorder's response to DeleteBucket looks like a success, after which Cargo forgets
        // the bucket.
        cargo.bucket("bkt");
        (sent, asked) = (now_sent.len(), asked + questions.len());
        outcomes.push((operation.replace('_', ""), words));
    })
    .await;
    outcomes
}

async fn authority() -> FakeAuthority {
    let storage = FakeStorage::at(ENDPOINT, ACCESS_KEY, SECRET_KEY);
    let cargo = FakeAuthority::start(storage).await.unwrap();
    cargo.bucket("bkt");
    cargo
}

#[tokio::test]
async fn every_operation_is_signed_as_what_it_is_or_refused() {
    let cargo = authority().await;
    let root = outcomes(&cargo, cargo.root().unwrap()).await;
    let all = [Permission::Read, Permission::Write, Permission::Delete, Permission::Admin];
    cargo.grant("ada", "bkt", all);
    let ada = outcomes(&cargo, cargo.user("ada").unwrap()).await;
    let mut table = String::new();
    for ((name, root), (_, ada)) in root.iter().zip(&ada) {
        let operation = Operation::ALL.iter().find(|known| known.name().to_lowercase() == *name);
        let name = operation.map_or(name.as_str(), |operation| operation.name());
        writeln!(table, "{name:50} {root:32} {ada}").unwrap();
    }
    assert_eq!(table, TABLE, "the new table:\n{table}");
}

/// The body is sent along, because it names where the results are written.
#[tokio::test]
async fn a_restore_that_writes_elsewhere_is_refused_until_it_is_opted_into() {
    let cargo = authority().await;
    let (s3, recorder) = client(cargo.root().unwrap());
    let elsewhere = RestoreRequest::builder()
        .r#type(RestoreRequestType::Select)
        .output_location(OutputLocation::builder().build());
    let restore = s3.restore_object().bucket("bkt").key("k").restore_request(elsewhere.build());
    let reason = ended(restore.send().await);
    let Some(RemoteSigningError::Denied { code, .. }) = reason else { panic!("{reason:?}") };
    assert_eq!(code.as_deref(), Some("root_optin"));
    assert!(recorder.recorded().is_empty());
    let in_place = RestoreRequest::builder().days(1).build();
    s3.restore_object().bucket("bkt").key("k").restore_request(in_place).send().await.ok();
    assert_eq!(recorder.recorded().len(), 1);
}

#[tokio::test]
async fn no_operation_cargo_knows_is_left_out() {
    let cargo = authority().await;
    let called: BTreeSet<_> =
        outcomes(&cargo, cargo.root().unwrap()).await.into_iter().map(|(name, _)| name).collect();
    let left_out: Vec<_> = Operation::ALL
        .iter()
        .map(|operation| operation.name())
        .filter(|name| !called.contains(&name.to_lowercase()))
        .collect();
    // Deprecated operations are not in the SDK. Their URLs belong to other operations.
    let deprecated = [
        "GetBucketLifecycle",
        "GetBucketNotification",
        "PutBucketLifecycle",
        "PutBucketNotification",
    ];
    assert_eq!(left_out, deprecated);
}
