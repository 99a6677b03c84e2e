//! Page tokens: only those that Cargo made for this listing and this caller are accepted.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use sail_cargo_client::protocol::{Bucket, Grant, Permission};
use serde_json::{Value, json};

use crate::harness::{Actor, Setup, TestApp, on_both};

/// Every listing with pages, as root requests it; each has at least two items.
const LISTINGS: [&str; 9] = [
    "/v1/buckets?",
    "/v1/buckets/photos/grants?",
    "/v1/buckets/photos/access?",
    "/v1/grants?",
    "/v1/users?",
    "/v1/users/ada/grants?",
    "/v1/groups?",
    "/v1/groups/crew/members?",
    "/v1/api-keys?",
];

/// Listings with pages that do not belong to a revision; the last two are for operators.
const OTHERS: [&str; 3] = ["/v1/audit-events?", "/v1/projects?", "/v1/stores/main/ceilings?"];

/// Creates two items for each listing of project `sail`.
async fn set_up(app: &TestApp) {
    let root = app.root();
    for bucket in ["photos", "letters"] {
        app.register(bucket).await;
        app.grant(bucket, "ada", &[Permission::Read]).await;
    }
    app.grant("photos", "bob", &[Permission::Read]).await;
    for group in ["crew", "guests"] {
        for user in ["ada", "bob"] {
            let path = format!("/v1/groups/{group}/members/{user}");
            root.put(&path, &json!({})).await.ok::<Value>();
        }
    }
    app.key([]).await;
    app.make_neighbour("other").await;
    let operator = app.operator_in("sail");
    for bucket in ["old", "older"] {
        let path = format!("/v1/buckets/{bucket}");
        operator.put(&path, &json!({ "ceiling": ["read"] })).await.ok::<Bucket>();
        operator.delete(&path).await.done();
    }
}

/// The caller of a listing.
fn actor_for(app: &TestApp, listing: &str) -> Actor {
    let is_operators = listing.contains("projects") || listing.contains("stores");
    if is_operators { app.operator() } else { app.root() }
}

/// The page token after the first item of a listing.
async fn token(actor: &Actor, listing: &str) -> String {
    let page = actor.get(&format!("{listing}&page_size=1")).await.json();
    page["next_page_token"].as_str().unwrap_or_else(|| panic!("{listing} {page}")).to_owned()
}

async fn refused(actor: &Actor, listing: &str, token: &str) {
    let answer = actor.get(&format!("{listing}&page_token={token}")).await;
    let problem = answer.refused(400, "invalid_request");
    assert_eq!(problem.errors[0].pointer, "page_token", "{listing} {token}");
}

/// A user whose grant was deleted rebuilt the token of a page at an older revision.
#[tokio::test]
async fn a_token_that_bob_builds_shows_him_no_revision_in_which_he_had_a_grant() {
    on_both(async |app| {
        app.register("photos").await;
        app.grant("photos", "bob", &[Permission::Read]).await;
        let bob = app.bob();
        let then = bob.get("/v1/buckets").await;
        assert_eq!(then.json()["items"][0]["name"], "photos");
        app.root().delete("/v1/buckets/photos/grants/bob").await.done();
        let now = app.clock.now().timestamp_micros();
        let made_up = json!({ "after": "", "revision": then.header("revision"), "now": now });
        refused(&bob, "/v1/buckets?", &URL_SAFE_NO_PAD.encode(made_up.to_string())).await;
    })
    .await;
}

#[tokio::test]
async fn a_token_goes_on_with_the_listing_that_made_it_on_every_replica() {
    on_both(async |app| {
        set_up(app).await;
        let replica = app.replica(Setup::Usual).await;
        for listing in LISTINGS.iter().chain(&OTHERS) {
            let actor = actor_for(app, listing);
            let token = token(&actor, listing).await;
            let path = format!("{listing}&page_size=1&page_token={token}");
            let first = actor.get(&format!("{listing}&page_size=1")).await.json();
            for actor in [&actor, &actor.at(&replica)] {
                let second = actor.get(&path).await;
                assert_eq!(second.status, 200, "{listing} {}", second.body);
                assert_ne!(second.json()["items"], first["items"], "{listing}");
            }
        }
        replica.stop().await;
    })
    .await;
}

/// Bits are flipped in the token's bytes and in its characters.
#[tokio::test]
async fn a_token_in_which_any_bit_is_flipped_is_none() {
    on_both(async |app| {
        set_up(app).await;
        let root = app.root();
        let whole = token(&root, "/v1/buckets?").await;
        let bytes = URL_SAFE_NO_PAD.decode(&whole).unwrap();
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            refused(&root, "/v1/buckets?", &URL_SAFE_NO_PAD.encode(flipped)).await;
        }
        for at in 0..whole.len() {
            let mut changed = whole.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            refused(&root, "/v1/buckets?", std::str::from_utf8(&changed).unwrap()).await;
        }
        for listing in LISTINGS.iter().chain(&OTHERS) {
            let actor = actor_for(app, listing);
            let token = token(&actor, listing).await;
            let bytes = URL_SAFE_NO_PAD.decode(&token).unwrap();
            for at in [0, 1, 32, 33, bytes.len() - 1] {
                let mut flipped = bytes.clone();
                flipped[at] ^= 1;
                refused(&actor, listing, &URL_SAFE_NO_PAD.encode(flipped)).await;
            }
            let unsealed = URL_SAFE_NO_PAD.encode(&bytes[33..]);
            for odd in ["", "AQ", "null", &token[..20], &format!("{token}A"), &unsealed] {
                refused(&actor, listing, odd).await;
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_token_of_one_listing_is_none_of_another() {
    on_both(async |app| {
        set_up(app).await;
        let root = app.root();
        for from in LISTINGS {
            let token = token(&root, from).await;
            for into in LISTINGS.iter().filter(|into| **into != from) {
                refused(&root, into, &token).await;
            }
        }
        // The path and the filters are part of the listing; the page size is not.
        for (from, into) in [
            ("/v1/buckets/photos/grants?", "/v1/buckets/letters/grants?"),
            ("/v1/grants?", "/v1/grants?kind=user"),
            ("/v1/grants?kind=user", "/v1/grants?"),
            ("/v1/grants?subject=ada", "/v1/grants?subject=bob"),
            ("/v1/buckets/photos/access?", "/v1/buckets/photos/access?permission=read"),
            ("/v1/buckets/photos/access?", "/v1/buckets/photos/access?key=x"),
            ("/v1/users/ada/grants?", "/v1/users/bob/grants?"),
            ("/v1/groups/crew/members?", "/v1/groups/guests/members?"),
            ("/v1/audit-events?", "/v1/audit-events?outcome=allow"),
            ("/v1/audit-events?bucket=photos", "/v1/audit-events?bucket=letters"),
        ] {
            refused(&root, into, &token(&root, from).await).await;
        }
        let listing = "/v1/grants?kind=user";
        let path = format!("{listing}&page_size=7&page_token={}", token(&root, listing).await);
        assert_eq!(root.get(&path).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn a_token_is_its_projects_and_its_callers() {
    on_both(async |app| {
        set_up(app).await;
        let (root, ada) = (app.root(), app.ada());
        let roots = token(&root, "/v1/buckets?").await;
        let adas = token(&ada, "/v1/buckets?").await;
        refused(&ada, "/v1/buckets?", &roots).await;
        refused(&root, "/v1/buckets?", &adas).await;
        refused(&app.bob(), "/v1/buckets?", &adas).await;
        refused(&app.operator_in("sail"), "/v1/buckets?", &roots).await;
        refused(&app.operator_in("other"), "/v1/buckets?", &roots).await;
        let operators = token(&app.operator_in("sail"), "/v1/buckets?").await;
        refused(&app.operator_in("other"), "/v1/buckets?", &operators).await;
        // A user's token may be renewed meanwhile, and an API key rotated.
        let another = app.key([sail_cargo_client::protocol::Scope::GrantsRead]).await.key;
        let path = format!("/v1/buckets?page_token={roots}");
        assert_eq!(app.with_key(&another).get(&path).await.status, 200);
        app.clock.advance(TimeDelta::minutes(30));
        let path = format!("/v1/buckets?page_token={adas}");
        app.ada().get(&path).await.ok::<Value>();
        // Deleted grants do not stay visible forever.
        app.root().delete("/v1/users/ada/grants").await.ok::<Value>();
        app.clock.advance(TimeDelta::minutes(31));
        app.ada().get(&path).await.refused(410, "history_gone");
    })
    .await;
}

/// A token of an earlier version, which was not sealed.
#[tokio::test]
async fn a_listing_that_began_before_the_seal_is_begun_again() {
    on_both(async |app| {
        app.register("photos").await;
        let root = app.root();
        let put = json!({ "permissions": ["read"] });
        root.put("/v1/buckets/photos/grants/ada", &put).await.ok::<Grant>();
        for (listing, place) in [
            ("/v1/audit-events?", json!("0190a5d4-0000-7000-8000-000000000000")),
            ("/v1/buckets?", json!({ "after": "a", "revision": "1", "now": 0 })),
        ] {
            refused(&root, listing, &URL_SAFE_NO_PAD.encode(place.to_string())).await;
        }
    })
    .await;
}
