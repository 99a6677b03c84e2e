//! What is on record of a request that is refused when its sender is known: one event, with the reason (G25).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::Digest as _;
use reqwest::Method;
use sail_cargo_client::Client;
use sail_cargo_client::protocol::{AuditEvent, AuditQuery, Outcome, Permission};

use super::fake_storage::{FakeStorage, fine};
use super::last_look::{Taken, interrupted};
use super::process::Process;
use crate::database;
use crate::gateway_stack::GatewayStack;
use crate::plain_http::PlainHttp;
use crate::raw::{Answer, Defect, Form, Signer, Upload, Wire, hash};

/// The refusals on record of the request that was answered so.
pub(super) async fn refusals(root: &Client, answer: &Answer) -> Vec<AuditEvent> {
    of_request(root, answer.header("x-amz-request-id").unwrap()).await
}

async fn of_request(root: &Client, id: &str) -> Vec<AuditEvent> {
    let query = AuditQuery { request_id: Some(id.to_owned()), ..AuditQuery::default() };
    let events = root.audit_events(&query).await.unwrap().items;
    events.into_iter().filter(|event| event.outcome != Outcome::Allow).collect()
}

/// Demands that one refusal is on record, with this action and reason.
pub(super) async fn demand_one(root: &Client, answer: &Answer, action: &str, reason: &str) {
    let found = refusals(root, answer).await;
    let said: Vec<_> = found.iter().map(|event| (&*event.action, &*event.reason)).collect();
    assert_eq!(said, [(action, reason)], "{:?}: {found:?}", answer.said());
    assert!(found[0].detail.starts_with("gateway: "), "{found:?}");
    assert!(found[0].actor.starts_with("user:"), "{found:?}");
}

fn delete(by: &Signer, list: &str) -> Wire {
    let wire = by.ask("POST", "/photos?delete");
    wire.changed("x-amz-content-sha256", &hash(list.as_bytes())).carrying(list.as_bytes())
}

fn md5(text: &str) -> String {
    STANDARD.encode(md5::Md5::digest(text.as_bytes()))
}

/// A signed request to STS.
fn sts(by: &Signer, body: &str) -> Wire {
    let wire = by.bare("POST", "/");
    let (stamp, scope) = (wire.stamp.clone(), wire.scope.replace("/s3/", "/sts/"));
    wire.with("x-amz-date", &stamp)
        .with("content-type", "application/x-www-form-urlencoded")
        .with("x-amz-content-sha256", &hash(body.as_bytes()))
        .carrying(body.as_bytes())
        .scoped(&scope)
        .signed()
}

/// Requests of ada, who may do everything below `a/`, with what is on record of each.
fn refused(ada: &Signer) -> Vec<(Wire, &'static str, &'static str)> {
    let object = "<Delete><Object><Key>a/x</Key></Object></Delete>";
    let pieces = [b"hello".to_vec()];
    let upload =
        |form, defect| Upload { pieces: &pieces, form, defect }.request(ada, "/photos/a/x");
    let session = "Action=GetSessionToken&Version=2011-06-15";
    let role = "Action=AssumeRole&Version=2011-06-15&RoleSessionName=app\
                &RoleArn=arn:aws:iam::000000000000:role/cargo";
    let delete_md5 = |list: &str| delete(ada, list).with("content-md5", &md5(list)).signed();
    vec![
        // What the oracle refuses as well.
        (ada.ask("GET", "/photos/b").signed(), "s3:GetObject", "no_permission"),
        (ada.put("/photos/b", b"x").signed(), "s3:PutObject", "no_permission"),
        (ada.ask("GET", "/elsewhere/b").signed(), "s3:GetObject", "foreign_bucket"),
        (ada.ask("GET", "/photos/b?acl").signed(), "s3:GetObjectAcl", "no_permission"),
        (ada.ask("PUT", "/elsewhere").signed(), "s3:CreateBucket", "root_only"),
        (ada.ask("PUT", "/photos").signed(), "s3:CreateBucket", "root_only"),
        (ada.ask("GET", "/photos/a/x?nonsense").signed(), "s3:?", "query_unknown"),
        // What only the gateway looks at.
        (
            ada.ask("GET", "/photos/a/x").with("x-amz-expected-bucket-owner", "me").signed(),
            "s3:?",
            "bucket_owner",
        ),
        (delete_md5("<Delete></Delete>"), "s3:DeleteObjects", "delete_body"),
        (delete_md5("<Delete><Object>"), "s3:DeleteObjects", "delete_body"),
        (delete(ada, object).signed(), "s3:DeleteObjects", "digest_missing"),
        (
            delete(ada, object).with("content-md5", &md5("other")).signed(),
            "s3:DeleteObjects",
            "body_mismatch",
        ),
        (ada.ask("PUT", "/photos/a/x").signed(), "s3:PutObject", "length_missing"),
        (upload(Form::Hash, Defect::Value), "s3:PutObject", "payload_hash_mismatch"),
        (upload(Form::Md5, Defect::Content(0)), "s3:PutObject", "body_mismatch"),
        (upload(Form::Signed, Defect::Signature(0)), "s3:PutObject", "chunk_signature"),
        (upload(Form::UnsignedTrailer, Defect::TrailerName), "s3:PutObject", "stream_trailer"),
        (sts(ada, "Action=Nonsense&Version=2011-06-15"), "sts:?", "unknown_operation"),
        (sts(ada, &format!("{role}&Policy=x")), "session.open", "session_policy"),
        (sts(ada, &format!("{session}&DurationSeconds=1")), "sts:?", "sts_parameter"),
    ]
}

#[tokio::test]
async fn g25_each_refusal_of_a_known_sender_is_on_record_once_with_its_reason() {
    for kind in database::kinds() {
        let test = GatewayStack::start_on(*kind).await;
        let all = [Permission::Read, Permission::Write, Permission::Delete];
        test.grant("ada", "a/", &all).await;
        let (ada, root) = (test.signer_of(Some("ada")).await, test.root());
        for (wire, action, reason) in refused(&ada) {
            let answer = test.send(&wire).await;
            assert!(answer.status >= 400, "{reason}: {}", answer.text());
            demand_one(&root, &answer, action, reason).await;
        }
        // What is there, or not, is no refusal.
        let absent = test.send(&ada.ask("GET", "/photos/a/absent").signed()).await;
        assert_eq!(absent.status, 404);
        assert!(refusals(&root, &absent).await.is_empty());
    }
}

#[tokio::test]
async fn g25_without_credentials_the_refusal_of_a_public_host_is_on_record() {
    for kind in database::kinds() {
        let test = GatewayStack::start_on(*kind).await;
        let anybody = PlainHttp::anonymous(&test).at("demo.public.localhost");
        let list = "<Delete><Object><Key>x</Key></Object></Delete>";
        for (asked, action) in [
            (anybody.ask(Method::POST, "/photos?delete").body(list), "s3:DeleteObjects"),
            (anybody.ask(Method::GET, "/photos/x"), "s3:GetObject"),
            (anybody.ask(Method::GET, "/"), "s3:ListAllMyBuckets"),
        ] {
            let answer = asked.send().await.unwrap();
            assert_eq!(answer.status(), 403);
            let id = answer.headers()["x-amz-request-id"].to_str().unwrap().to_owned();
            let found = of_request(&test.root(), &id).await;
            let [event] = <[AuditEvent; 1]>::try_from(found).unwrap();
            assert_eq!((&*event.action, &*event.actor), (action, "everybody"), "{event:?}");
        }
    }
}

#[tokio::test]
async fn g25_what_was_taken_away_before_the_last_piece_is_on_record_with_the_reason() {
    for kind in database::kinds() {
        let test = GatewayStack::start_on(*kind).await;
        let root = test.root();
        let pieces = [vec![b'a'; 200_000], vec![b'b'; 200_000]];
        for (taken, reason) in [
            (Taken::Grant, "no_permission"),
            (Taken::Key, "access_key_unknown"),
            (Taken::KeyOff, "access_key_disabled"),
            (Taken::Place, "key_limits"),
            (Taken::Parent, "session_key_gone"),
            (Taken::Sessions, "session_ended"),
        ] {
            let kept = test.signer_of(None).await.put("/photos/kept", b"kept").signed();
            assert_eq!(test.send(&kept).await.status, 200);
            let holder = taken.user(&test).await;
            let upload = Upload { pieces: &pieces, form: Form::Signed, defect: Defect::None };
            let wire = upload.request(&holder.signer, "/photos/kept");
            let wire = wire.with("Expect", "100-continue");
            let answer = interrupted(&test, &holder, &wire).await;
            assert_eq!(answer.status, taken.code().0, "{taken:?}");
            demand_one(&root, &answer, "s3:PutObject", reason).await;
        }
    }
}

#[tokio::test]
async fn g25_a_wrong_region_behind_a_right_proof_is_on_record() {
    let storage = FakeStorage::start(|_| fine()).await;
    for kind in database::kinds() {
        let more = ["--gateway-region", "eu-central-1"];
        let process = Process::start_on(*kind, &storage.url, &more).await;
        let ada = process.signer().await;
        let answer = process.send(&ada.ask("GET", "/photos/x").signed()).await;
        assert_eq!(answer.said(), (400, "AuthorizationHeaderMalformed".to_owned()));
        demand_one(&process.root(), &answer, "s3:GetObject", "region").await;
    }
}
