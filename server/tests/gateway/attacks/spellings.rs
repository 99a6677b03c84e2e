//! How a key may be spelled in a path (G4), and that each spelling names one object.

use sail_cargo_client::protocol::Permission;

use super::witness::Witness;
use crate::gateway_stack::{BUCKET, GatewayStack};
use crate::storages::{Kind, Storage};

#[tokio::test]
async fn g4_a_key_is_what_its_path_decodes_to_once() {
    for kind in [Kind::Embedded, Kind::SeaweedFs] {
        let Some(storage) = Storage::start(kind).await else { continue };
        let (test, witness) = (GatewayStack::before(&storage).await, Witness::of(&storage));
        test.grant("ada", "", &[Permission::Read, Permission::Write]).await;
        let ada = test.signer_of(Some("ada")).await;
        for (number, (key, spelled)) in [
            ("a b", "a%20b"),
            ("~x", "%7ex"),
            ("ü", "%c3%bc"),
            ("ü2", "%C3%BC2"),
            ("(1)'!*", "(1)'!*"),
            ("(2)'!*", "%282%29%27%21%2A"),
            ("50%", "50%25"),
            ("a+b", "a%2Bb"),
            ("d/e", "d/e"),
            ("d/f", "d%2Ff"),
            ("=&?#", "%3D%26%3F%23"),
        ]
        .into_iter()
        .enumerate()
        {
            let path = format!("/{BUCKET}/{spelled}");
            let body = format!("{number}");
            let wire = ada.put(&path, body.as_bytes());
            let names = "content-length;host;x-amz-content-sha256;x-amz-date";
            // Signed as documented, then as it was sent.
            for signed in [wire.clone().signed(), wire.clone().signed_as(names, &path, "")] {
                let answer = test.send(&signed).await;
                assert_eq!(answer.status, 200, "{path} at {}: {}", kind.name(), answer.text());
            }
            let stored = witness.content(BUCKET, key).await;
            assert_eq!(stored.as_deref(), Some(body.as_bytes()), "{path} at {}", kind.name());
            let got = test.send(&ada.bare("GET", &path).presigned("60")).await;
            assert_eq!(got.text(), body, "{path} at {}", kind.name());
        }
        let twice = ada.ask("GET", "/photos/a%2520b").signed_as(
            "host;x-amz-content-sha256;x-amz-date",
            "/photos/a%20b",
            "",
        );
        assert_eq!(test.send(&twice).await.status, 403, "nothing is decoded twice");
    }
}
