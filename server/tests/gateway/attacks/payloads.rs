//! What an upload says of its content, and what comes: in every form, with every defect, as an object and as a
//! part. What is refused leaves nothing behind, and an object that was there stays as it was.

use sail_cargo_client::protocol::Permission;

use super::witness::Witness;
use crate::gateway_stack::{BUCKET, GatewayStack};
use crate::raw::{Answer, Connection, Defect, Form, Signer, Upload, Wire};
use crate::storages::{Kind, Storage};

const KINDS: [Kind; 3] = [Kind::Embedded, Kind::SeaweedFs, Kind::Rclone];

struct Range {
    test: GatewayStack,
    witness: Witness,
    ada: Signer,
    kind: Kind,
}

impl Range {
    async fn of(kind: Kind) -> Option<Self> {
        let storage = Storage::start(kind).await?;
        let (test, witness) = (GatewayStack::before(&storage).await, Witness::of(&storage));
        test.grant("ada", "", &[Permission::Read, Permission::Write]).await;
        let ada = test.signer_of(Some("ada")).await;
        // The storage lives as long as the test's process.
        std::mem::forget(storage);
        Some(Self { test, witness, ada, kind })
    }

    /// Sends all of the request. `None` if there was no answer.
    async fn send(&self, wire: &Wire, hangs_up: bool) -> Option<Answer> {
        let mut connection = Connection::open(self.test.gateway()).await;
        connection.say(&wire.head()).await;
        connection.say(&wire.body).await;
        if hangs_up {
            connection.finish().await;
        }
        connection.answer(&wire.method).await
    }
}

/// Pieces whose first bytes go out before the last ones are known, and pieces that fit into one packet.
fn sizes() -> [Vec<Vec<u8>>; 2] {
    let piece = |length: usize, byte: u8| vec![byte; length];
    let small =
        vec![b"hello\r\n0\r\n".to_vec(), b"w".to_vec(), b"orld; chunk-signature=\n".to_vec()];
    [small, vec![piece(150_000, b'a'), piece(1, b'b'), piece(300_000, b'c')]]
}

/// Whether the answer is the expected one. A client that hung up may have got none.
fn check(answer: Option<&Answer>, defect: Defect, (status, code): (u16, &str), what: &str) {
    match (answer, defect) {
        (None, Defect::HungUp(_)) => {}
        (None, _) => panic!("no answer: {what}"),
        (Some(answer), _) => {
            assert_eq!(answer.said(), (status, code.to_owned()), "{what}: {}", answer.text());
        }
    }
}

#[tokio::test]
async fn g18_g19_an_object_is_stored_if_every_check_passed_and_not_otherwise() {
    for kind in KINDS {
        let Some(range) = Range::of(kind).await else { continue };
        for (form, pieces) in
            Form::ALL.into_iter().flat_map(|form| sizes().map(|size| (form, size)))
        {
            let name = format!("{form:?}-{}", pieces.concat().len());
            let upload = |defect| Upload { pieces: &pieces, form, defect };
            let wire = upload(Defect::None).request(&range.ada, &format!("/{BUCKET}/{name}"));
            let answer = range.test.send(&wire).await;
            assert_eq!(answer.status, 200, "{name} at {}: {}", kind.name(), answer.text());
            let stored = range.witness.content(BUCKET, &name).await;
            assert!(stored == Some(pieces.concat()), "{name} at {}", kind.name());
            for (number, (defect, status, code)) in form.defects(2).into_iter().enumerate() {
                let what = format!("{name} {defect:?} at {}", kind.name());
                let fresh = format!("{name}-{number}");
                for key in [&name, &fresh] {
                    let wire = upload(defect).request(&range.ada, &format!("/{BUCKET}/{key}"));
                    check(
                        range.send(&wire, matches!(defect, Defect::HungUp(_))).await.as_ref(),
                        defect,
                        (status, code),
                        &what,
                    );
                }
                assert!(!range.witness.has(BUCKET, &fresh).await, "{what} was stored");
            }
            let stored = range.witness.content(BUCKET, &name).await;
            assert!(stored == Some(pieces.concat()), "{name} at {} was changed", kind.name());
        }
        // Nothing came later, either.
        let all = range.witness.everything().await;
        assert_eq!(all.len(), 1 + 2 * Form::ALL.len(), "at {}: {all:#?}", range.kind.name());
    }
}

#[tokio::test]
async fn g18_g19_a_part_is_stored_if_every_check_passed_and_not_otherwise() {
    for kind in [Kind::Embedded, Kind::SeaweedFs] {
        let Some(range) = Range::of(kind).await else { continue };
        let begun = range.ada.ask("POST", "/photos/parts?uploads").signed();
        let id = range.test.send(&begun).await.element("UploadId");
        assert!(!id.is_empty());
        let [_, pieces] = sizes();
        let mut number = 0;
        for form in Form::ALL {
            let upload = |defect| Upload { pieces: &pieces, form, defect };
            let target = |number: &mut u32| {
                *number += 1;
                format!("/{BUCKET}/parts?partNumber={number}&uploadId={id}")
            };
            for (defect, status, code) in form.defects(2) {
                let wire = upload(defect).request(&range.ada, &target(&mut number));
                let what = format!("{form:?} {defect:?} at {}", kind.name());
                check(
                    range.send(&wire, matches!(defect, Defect::HungUp(_))).await.as_ref(),
                    defect,
                    (status, code),
                    &what,
                );
            }
            let parts = range.witness.parts(BUCKET, "parts", &id).await;
            assert_eq!(parts, [0; 0], "{form:?} at {}", kind.name());
        }
        let wire = Upload { pieces: &pieces, form: Form::SignedTrailer, defect: Defect::None };
        let target = format!("/{BUCKET}/parts?partNumber=7&uploadId={id}");
        let answer = range.test.send(&wire.request(&range.ada, &target)).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(range.witness.parts(BUCKET, "parts", &id).await, [7], "at {}", kind.name());
    }
}

#[tokio::test]
async fn g19_a_stream_may_come_in_chunks_of_http_and_other_uploads_need_a_length() {
    let Some(range) = Range::of(Kind::Embedded).await else { return };
    let [small, _] = sizes();
    for form in Form::ALL {
        let upload = Upload { pieces: &small, form, defect: Defect::None };
        let wire = upload.request(&range.ada, &format!("/{BUCKET}/te-{form:?}"));
        let mut body = Vec::new();
        for piece in wire.body.chunks(7) {
            body.extend(format!("{:x}\r\n", piece.len()).as_bytes());
            body.extend(piece);
            body.extend(b"\r\n");
        }
        body.extend(b"0\r\n\r\n");
        let wire = wire.without("content-length").with("Transfer-Encoding", "chunked");
        let answer = range.test.send(&Wire { body, ..wire }).await;
        if form.is_chunked() {
            assert_eq!(answer.status, 200, "{form:?}: {}", answer.text());
            let stored = range.witness.content(BUCKET, &format!("te-{form:?}")).await;
            assert_eq!(stored, Some(upload.content()), "{form:?}");
        } else {
            assert_eq!(answer.said(), (411, "MissingContentLength".to_owned()), "{form:?}");
        }
    }
}

#[tokio::test]
async fn g19_a_stream_is_what_the_signed_header_says_and_only_for_uploads() {
    let Some(range) = Range::of(Kind::Embedded).await else { return };
    let [small, _] = sizes();
    let right = Upload { pieces: &small, form: Form::UnsignedTrailer, defect: Defect::None };
    let wire = |target: &str| right.request(&range.ada, target);
    let forged = |wire: Wire| {
        let value = wire.value("authorization").unwrap();
        wire.changed("Authorization", &value.replace("Signature=", "Signature=0"))
    };
    let bare = |wire: &Wire| wire.clone().without("authorization");
    let (object, tagging) = ("/photos/s", "/photos/s?tagging");
    let without = |name: &str| {
        let wire = wire(object).without("authorization").without(name).signed();
        Wire { body: right.request(&range.ada, object).body, ..wire }
    };
    for (name, wire, status, code) in [
        // MinIO GHSA-9c4q: a stream without signatures, in a request without a verified one.
        ("another signature", forged(wire(object)), 403, "SignatureDoesNotMatch"),
        ("no signature", bare(&wire(object)), 400, "InvalidRequest"),
        ("an API key", bare(&wire(object)).with("x-api-key", "k"), 400, "InvalidRequest"),
        ("tags", wire(tagging), 400, "InvalidRequest"),
        ("no decoded length", without("x-amz-decoded-content-length"), 411, "MissingContentLength"),
    ] {
        let answer = range.test.send(&wire).await;
        assert_eq!(answer.said(), (status, code.to_owned()), "{name}: {}", answer.text());
    }
    assert!(!range.witness.has(BUCKET, "s").await);
    // mojatter/s2 #45: a stream without `Content-Encoding` is one all the same.
    let wire = wire(object).without("authorization").without("content-encoding").signed();
    let answer = range.test.send(&wire).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(range.witness.content(BUCKET, "s").await, Some(right.content()));
}
