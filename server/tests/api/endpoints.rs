//! Endpoints of stores, in the spellings that operators use.

use sail_cargo_client::protocol::{AddressingStyle, Endpoint, PutStore, Store};

use crate::harness::{S3, TestApp, on_both};

fn at(app: &TestApp, url: &str) -> PutStore {
    let endpoint = Endpoint { url: url.to_owned(), style: AddressingStyle::Path };
    PutStore { endpoints: vec![endpoint], ..app.store() }
}

#[tokio::test]
async fn a_request_to_an_endpoint_is_signed_however_its_host_is_written() {
    on_both(async |app| {
        app.register("photos").await;
        for (written, asked, signed) in [
            ("http://s3_server:9000", "http://s3_server:9000", "http://s3_server:9000"),
            ("http://[::1]:9000", "http://[0:0::1]:9000", "http://[::1]:9000"),
            (
                "http://s3.example.com.:9000",
                "http://s3.example.com.:9000",
                "http://s3.example.com.:9000",
            ),
            ("HTTPS://S3.example.com", "https://s3.example.com", "https://s3.example.com"),
        ] {
            let put = app.operator().put("/v1/stores/main?no_probe=true", &at(app, written)).await;
            assert_eq!(put.ok::<Store>().endpoints[0].url, signed, "{written}");
            let answer =
                app.root().signed(&S3::to("GET", &format!("{asked}/photos/cat.png"))).await;
            assert_eq!(answer.url, format!("{signed}/photos/cat.png"));
        }
    })
    .await;
}

#[tokio::test]
async fn an_endpoint_that_cannot_be_one_is_told_why() {
    on_both(async |app| {
        for (url, why) in [
            ("https://gw.example.com/s3", "has no path"),
            ("https://gw.example.com/s3/", "has no path"),
            ("s3.example.com", "begins with `http://` or `https://`"),
            ("https://s3.example.com?x", "no query"),
            ("https://me@s3.example.com", "has no user name"),
            ("https://s3.example.com:0", "from 1 to 65535"),
            ("https://bücher.example", "`xn--`"),
        ] {
            let put = app.operator().put("/v1/stores/main?no_probe=true", &at(app, url)).await;
            let problem = put.refused(400, "invalid_request").detail;
            assert!(problem.contains(why), "{url}: {problem}");
        }
    })
    .await;
}
