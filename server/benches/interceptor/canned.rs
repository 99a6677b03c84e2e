//! A fixed answer, as the baseline: the cost of a round trip without any work behind it.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use sail_cargo_client::protocol::SignResponse;

/// The variable that holds the address to listen on. The answer comes by standard input.
const ADDRESS: &str = "INTERCEPTOR_BENCH_CANNED";

/// A process that answers every request with the same signature, which stays valid as long as the
/// storage accepts it.
pub(crate) struct Canned {
    pub(crate) url: String,
    process: Child,
}

impl Drop for Canned {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

impl Canned {
    pub(crate) fn start(answer: &SignResponse) -> Self {
        let address = crate::authority::free_address();
        let mut process = Command::new(std::env::current_exe().unwrap())
            .env(ADDRESS, &address)
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let body = serde_json::to_vec(answer).unwrap();
        process.stdin.take().unwrap().write_all(&body).unwrap();
        let deadline = Instant::now() + Duration::from_secs(5);
        while std::net::TcpStream::connect(&address).is_err() {
            assert!(Instant::now() < deadline, "nobody answers");
            std::thread::sleep(Duration::from_millis(5));
        }
        Self { url: format!("http://{address}"), process }
    }

    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }
}

/// Whether this process is the one to answer. If so, it answers until it is killed.
#[expect(clippy::disallowed_methods, reason = "the process is told by the one that starts it")]
pub(crate) fn serve() -> bool {
    let Ok(address) = std::env::var(ADDRESS) else { return false };
    let mut body = Vec::new();
    std::io::stdin().read_to_end(&mut body).unwrap();
    let mut answer = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n".to_vec();
    answer.extend(format!("content-length: {}\r\n\r\n", body.len()).bytes());
    answer.extend(body);
    let answer: &[u8] = answer.leak();
    for connection in TcpListener::bind(address).unwrap().incoming() {
        std::thread::spawn(move || {
            let mut connection = connection.unwrap();
            connection.set_nodelay(true).unwrap();
            let mut request = [0; 16 * 1024];
            // Every request is one write that fits the buffer.
            while connection.read(&mut request).is_ok_and(|length| length > 0) {
                connection.write_all(answer).unwrap();
            }
        });
    }
    true
}
