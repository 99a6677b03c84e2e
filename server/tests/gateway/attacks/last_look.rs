//! What is taken away while an upload is under way: nothing of it is stored (G7).

use sail_cargo_client::protocol::{AccessKeyStatus, GrantQuery, PatchAccessKey, Permission};

use super::witness::Witness;
use crate::gateway_stack::{BUCKET, GatewayStack, eventually};
use crate::raw::{Answer, Connection, Defect, Form, Signer, Upload, Wire};
use crate::storages::{Kind, Storage};

/// What is taken away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    Grant,
    Key,
    /// The key is switched off.
    KeyOff,
    /// The key is for another place from now on.
    Place,
    /// The key that opened the session.
    Parent,
    Sessions,
}

impl Taken {
    pub(super) const ALL: [Self; 6] =
        [Self::Grant, Self::Key, Self::KeyOff, Self::Place, Self::Parent, Self::Sessions];

    /// A user who may do everything until it is taken away, and the key that may be taken.
    pub(super) async fn user(self, test: &GatewayStack) -> Holder {
        let user = format!("{self:?}").to_lowercase();
        let all = [Permission::Read, Permission::Write, Permission::Delete];
        test.grant(&user, "", &all).await;
        let key = test.key(Some(&user)).await;
        let signer = test.signer(&key);
        let signer = match self {
            Self::Parent | Self::Sessions => session(test, &signer).await,
            _ => signer,
        };
        let look = || signer.ask("GET", "/photos/kept").signed();
        eventually("the right is there", || async { test.send(&look()).await.status == 200 }).await;
        Holder { taken: self, user, key: key.stored.access_key_id, signer }
    }

    /// The code of what is refused for want of it.
    pub(super) fn code(self) -> (u16, &'static str) {
        match self {
            Self::Grant | Self::Place => (403, "AccessDenied"),
            Self::Key | Self::KeyOff => (403, "InvalidAccessKeyId"),
            Self::Parent | Self::Sessions => (400, "ExpiredToken"),
        }
    }
}

pub(super) struct Holder {
    taken: Taken,
    pub(super) user: String,
    key: String,
    pub(super) signer: Signer,
}

impl Holder {
    /// Takes it away, and returns when that is acknowledged.
    pub(super) async fn take(&self, test: &GatewayStack) {
        let root = test.root();
        match self.taken {
            Taken::Grant => {
                root.delete_grant(BUCKET, &self.user, &GrantQuery::default()).await.unwrap();
            }
            Taken::Key | Taken::Parent => root.delete_access_key(&self.key).await.unwrap(),
            Taken::KeyOff => {
                let status = Some(AccessKeyStatus::Disabled);
                let off = PatchAccessKey { status, ..PatchAccessKey::default() };
                root.patch_access_key(&self.key, &off).await.unwrap();
            }
            Taken::Place => {
                let prefixes = Some(["elsewhere/".to_owned()].into());
                let narrow = PatchAccessKey { prefixes, ..PatchAccessKey::default() };
                root.patch_access_key(&self.key, &narrow).await.unwrap();
            }
            Taken::Sessions => {
                root.end_user_sessions(&self.user).await.unwrap();
            }
        }
    }
}

/// A session that `key` opens.
async fn session(test: &GatewayStack, key: &Signer) -> Signer {
    let body = b"Action=GetSessionToken&Version=2011-06-15";
    let wire = key.bare("POST", "/");
    let (stamp, scope) = (wire.stamp.clone(), wire.scope.replace("/s3/", "/sts/"));
    let wire = wire
        .with("x-amz-date", &stamp)
        .with("content-type", "application/x-www-form-urlencoded")
        .with("x-amz-content-sha256", &crate::raw::hash(body))
        .carrying(body)
        .scoped(&scope)
        .signed();
    let answer = test.send(&wire).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let text = |name| answer.element(name);
    let (id, secret) = (text("AccessKeyId"), text("SecretAccessKey"));
    Signer { id, secret, token: Some(text("SessionToken")), ..key.clone() }
}

/// Sends a part of the request, takes the right away until other requests are refused, and sends the rest.
pub(super) async fn interrupted(test: &GatewayStack, holder: &Holder, wire: &Wire) -> Answer {
    let mut connection = Connection::open(test.gateway()).await;
    connection.say(&wire.head()).await;
    let (first, rest) = wire.body.split_at(wire.body.len() / 2);
    connection.say(first).await;
    // The request is under way once its body is asked for.
    if wire.value("expect").is_some() {
        assert_eq!(connection.head().await.unwrap().status, 100);
    }
    holder.take(test).await;
    let look = || holder.signer.ask("GET", "/photos/kept").signed();
    eventually("others are refused", || async { test.send(&look()).await.status >= 400 }).await;
    connection.say(rest).await;
    connection.answer(&wire.method).await.unwrap()
}

#[tokio::test]
async fn g7_an_upload_whose_right_is_taken_away_before_its_last_piece_is_not_stored() {
    for kind in [Kind::Embedded, Kind::SeaweedFs] {
        let Some(storage) = Storage::start(kind).await else { continue };
        let (test, witness) = (GatewayStack::before(&storage).await, Witness::of(&storage));
        witness.put(BUCKET, "kept", b"kept").await;
        let pieces = [vec![b'a'; 200_000], vec![b'b'; 200_000]];
        for taken in Taken::ALL {
            for form in [Form::Hash, Form::Signed, Form::UnsignedTrailer] {
                let holder = taken.user(&test).await;
                let upload = Upload { pieces: &pieces, form, defect: Defect::None };
                let wire = upload.request(&holder.signer, "/photos/kept");
                let answer =
                    interrupted(&test, &holder, &wire.with("Expect", "100-continue")).await;
                let (status, code) = taken.code();
                let what = format!("{taken:?} {form:?} at {}: {}", kind.name(), answer.text());
                assert_eq!(answer.said(), (status, code.to_owned()), "{what}");
                let stored = witness.content(BUCKET, "kept").await;
                assert_eq!(stored.as_deref(), Some(&b"kept"[..]), "{what}");
            }
        }
    }
}

#[tokio::test]
async fn g7_a_body_that_says_what_is_done_does_nothing_when_the_right_is_gone() {
    let storage = Storage::start(Kind::Embedded).await.unwrap();
    let (test, witness) = (GatewayStack::before(&storage).await, Witness::of(&storage));
    witness.put(BUCKET, "kept", b"kept").await;
    let root = test.signer_of(None).await;
    for taken in Taken::ALL {
        let holder = taken.user(&test).await;
        let list = b"<Delete><Object><Key>kept</Key></Object></Delete>";
        let wire = holder.signer.ask("POST", "/photos?delete");
        let wire = wire.changed("x-amz-content-sha256", &crate::raw::hash(list));
        let wire = wire.with("content-md5", &md5(list)).carrying(list).signed();
        let answer = interrupted(&test, &holder, &wire.with("Expect", "100-continue")).await;
        let deleted = answer.text().contains("<Deleted>");
        assert!(!deleted, "{taken:?}: {}", answer.text());
        assert!(witness.has(BUCKET, "kept").await, "{taken:?}: it was deleted");

        let holder = taken.user(&test).await;
        let key = format!("joined-{taken:?}");
        let begun = test.send(&root.ask("POST", &format!("/photos/{key}?uploads")).signed()).await;
        let id = begun.element("UploadId");
        let part = root.put(&format!("/photos/{key}?partNumber=1&uploadId={id}"), b"part");
        let tag = test.send(&part.signed()).await.header("etag").unwrap().to_owned();
        let list = format!(
            "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{tag}</ETag></Part>\
             </CompleteMultipartUpload>"
        );
        let wire = holder.signer.ask("POST", &format!("/photos/{key}?uploadId={id}"));
        let wire = wire.changed("x-amz-content-sha256", &crate::raw::hash(list.as_bytes()));
        let wire = wire.carrying(list.as_bytes()).signed();
        let answer = interrupted(&test, &holder, &wire.with("Expect", "100-continue")).await;
        let (status, code) = taken.code();
        assert_eq!(answer.said(), (status, code.to_owned()), "{taken:?}: {}", answer.text());
        assert!(!witness.has(BUCKET, &key).await, "{taken:?}: it was joined");
    }
}

fn md5(text: &[u8]) -> String {
    use base64::Engine as _;
    use md5::Digest as _;
    base64::engine::general_purpose::STANDARD.encode(md5::Md5::digest(text))
}
