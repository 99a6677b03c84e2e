//! A server for one machine, and a web page whose host name resolves to it (DNS rebinding).

use reqwest::Method;
use reqwest::header::HOST;

use crate::harness::{Setup, on_both_with};

#[tokio::test]
async fn who_asks_for_another_machine_is_told_so_whatever_they_ask() {
    on_both_with(Setup::OnlyLocal, async |app| {
        let root = app.root();
        let ask = async |host: &str, path: &str| {
            root.send(root.request(Method::GET, path).header(HOST, host)).await
        };
        for path in ["/v1/whoami", "/livez", "/openapi.yaml", "/nothing"] {
            for host in ["evil.example", "evil.example:8080", "localhost.evil.example"] {
                let problem = ask(host, path).await.refused(421, "misdirected");
                assert!(problem.detail.contains("only to names of this machine"), "{problem:?}");
            }
        }
        for host in ["localhost", "[::1]:8080", "photos.localhost:8080"] {
            assert_eq!(ask(host, "/v1/whoami").await.status, 200, "{host}");
        }
    })
    .await;
}
