//! Bodies that are read whole share the memory for them (G20).

use futures_util::future::select_all;
use sail_cargo_client::protocol::Permission;

use crate::gateway_stack::{GatewayStack, eventually};
use crate::raw::{Connection, crc32};

/// The longest body that is read whole.
const LONGEST: usize = 8 * 1024 * 1024;

#[tokio::test]
async fn g20_bodies_that_are_read_whole_share_their_memory() {
    let test = GatewayStack::start().await;
    test.grant("ada", "", &[Permission::Delete]).await;
    let ada = test.signer_of(Some("ada")).await;
    let list = |length: usize| {
        let keys = "<Delete><Object><Key>a</Key></Object></Delete>";
        let body = format!("{}{keys}", " ".repeat(length - keys.len()));
        let wire = ada.ask("POST", "/photos?delete");
        let wire = wire.changed("x-amz-content-sha256", "UNSIGNED-PAYLOAD");
        wire.with("x-amz-checksum-crc32", &crc32(body.as_bytes()))
            .carrying(body.as_bytes())
            .signed()
    };
    let long = list(LONGEST);
    // A quarter of the memory is one user's: four of the longest bodies.
    let mut open = Vec::new();
    for _ in 0..5 {
        let mut connection = Connection::open(test.gateway()).await;
        connection.say(&long.head()).await;
        connection.say(&long.body[..LONGEST - 10]).await;
        open.push(connection);
    }
    let answers = open.iter_mut().map(|connection| Box::pin(connection.answer("POST")));
    let (refused, ..) = select_all(answers).await;
    assert_eq!(refused.unwrap().said(), (503, "SlowDown".to_owned()));
    // Whoever goes away gives their share back.
    drop(open);
    let deletes = || async { test.send(&list(LONGEST / 2)).await.status == 200 };
    eventually("there is memory again", deletes).await;
}
