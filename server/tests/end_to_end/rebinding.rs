//! A web page whose host name resolves to this machine sends requests to the servers of `dev` (DNS
//! rebinding).

use sail_cargo_server::dev::{DevStack, Ports};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// The answer of a server to a request with these `Host` lines.
async fn ask(url: &str, target: &str, hosts: &str) -> String {
    let address = url.strip_prefix("http://").unwrap();
    let request = format!("GET {target} HTTP/1.1\r\n{hosts}connection: close\r\n\r\n");
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dev_answers_to_names_of_this_machine_and_to_no_other() {
    let state = tempfile::tempdir().unwrap();
    let stack = DevStack::start(&state.path().join("state"), Ports::default()).await.unwrap();
    let listeners = [
        (&stack.cargo_url, "/livez"),
        (&stack.cargo_url, "/console/config.json"),
        (&stack.storage_url, "/demo?list-type=2"),
    ];
    for (url, target) in listeners {
        let port = url.rsplit(':').next().unwrap();
        for host in ["evil.example", "localhost.evil.example", "127.0.0.1.nip.io", "0.0.0.0"] {
            for hosts in [
                format!("host: {host}:{port}\r\n"),
                format!("host: {host}\r\n"),
                format!("host: localhost:{port}\r\nhost: {host}:{port}\r\n"),
            ] {
                let answer = ask(url, target, &hosts).await;
                let status = answer.lines().next().unwrap_or_default();
                let is_refused = ["421", "400"].iter().any(|code| status.contains(code));
                assert!(is_refused, "{url} {hosts:?}: {answer}");
                assert!(!answer.contains("password") && !answer.contains("alive"), "{answer}");
            }
            let answer = ask(url, target, &format!("host: {host}:{port}\r\n")).await;
            assert!(answer.starts_with("HTTP/1.1 421"), "{url} {host}: {answer}");
            assert!(answer.contains("only to names of this machine"), "{url}: {answer}");
        }
        let foreign = format!("http://evil.example{target}");
        let answer = ask(url, &foreign, "host: localhost\r\n").await;
        assert!(!answer.starts_with("HTTP/1.1 200"), "{url}: {answer}");
        for host in ["localhost", "127.0.0.1", "[::1]", "demo.localhost", "LOCALHOST"] {
            for hosts in [format!("host: {host}:{port}\r\n"), format!("host: {host}\r\n")] {
                let answer = ask(url, target, &hosts).await;
                assert!(!answer.starts_with("HTTP/1.1 421"), "{url} {hosts:?}: {answer}");
            }
        }
    }
    stack.stop().await.unwrap();
}
