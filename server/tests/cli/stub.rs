//! A storage with scripted answers, which verifies no signatures.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex};

/// A request that arrived.
#[derive(Debug, Clone)]
pub(crate) struct ReceivedRequest {
    pub(crate) method: String,
    /// Path and query.
    pub(crate) target: String,
    pub(crate) head: String,
    pub(crate) body: String,
}

/// A scripted answer.
#[derive(Debug)]
pub(crate) enum Reply {
    /// No answer; the connection stays open.
    Silence,
    /// The status, further lines of the head, and the body.
    Answer(u16, String, String),
}

/// Answers a request, given the number of earlier requests with its method.
type Responder = Box<dyn Fn(&ReceivedRequest, usize) -> Reply + Send + Sync>;

/// A storage that listens until it is dropped.
pub(crate) struct Stub {
    pub(crate) url: String,
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    asked: Mutex<Vec<ReceivedRequest>>,
    is_closed: AtomicBool,
    answer: Responder,
}

impl Stub {
    /// Starts the storage. `answer` gets each request, and the number of earlier requests with its
    /// method.
    pub(crate) fn start(
        answer: impl Fn(&ReceivedRequest, usize) -> Reply + Send + Sync + 'static,
    ) -> Arc<Self> {
        let listener = TcpListener::bind((own_address(), 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            asked: Mutex::default(),
            is_closed: AtomicBool::new(false),
            answer: Box::new(answer),
        });
        let serving = Arc::clone(&shared);
        std::thread::spawn(move || {
            for socket in listener.incoming() {
                if serving.is_closed.load(Ordering::SeqCst) {
                    return;
                }
                let serving = Arc::clone(&serving);
                std::thread::spawn(move || serving.serve(socket.unwrap()));
            }
        });
        Arc::new(Self { url: format!("http://{address}"), address, shared })
    }

    /// Stops listening. When this returns, connections are refused.
    pub(crate) fn close(&self) {
        self.shared.is_closed.store(true, Ordering::SeqCst);
        while TcpStream::connect(self.address).is_ok() {
            std::thread::yield_now();
        }
    }

    /// The requests so far with this method and this text in the target.
    pub(crate) fn asked(&self, method: &str, part: &str) -> Vec<ReceivedRequest> {
        let asked = self.shared.asked.lock().unwrap();
        let wanted =
            |asked: &&ReceivedRequest| asked.method == method && asked.target.contains(part);
        asked.iter().filter(wanted).cloned().collect()
    }
}

/// A loopback address that nobody else listens on: when the stub is closed, no other server can get its
/// port.
fn own_address() -> Ipv4Addr {
    static TAKEN: AtomicU8 = AtomicU8::new(0);
    Ipv4Addr::new(127, 0, 1, 1 + TAKEN.fetch_add(1, Ordering::SeqCst))
}

impl Drop for Stub {
    fn drop(&mut self) {
        self.close();
    }
}

impl Shared {
    fn serve(&self, mut socket: TcpStream) {
        let Some(asked) = read(&socket) else { return };
        let before = {
            let mut all = self.asked.lock().unwrap();
            all.push(asked.clone());
            all.iter().filter(|other| other.method == asked.method).count() - 1
        };
        let Reply::Answer(status, head, body) = (self.answer)(&asked, before) else {
            // No answer until the client closes the connection.
            socket.read_to_end(&mut Vec::new()).ok();
            return;
        };
        let length = match asked.method.as_str() {
            "HEAD" => String::new(),
            _ => format!("content-length: {}\r\n", body.len()),
        };
        let head = format!("HTTP/1.1 {status} X\r\nconnection: close\r\n{length}{head}\r\n");
        socket.write_all(format!("{head}{body}").as_bytes()).ok();
    }
}

fn read(socket: &TcpStream) -> Option<ReceivedRequest> {
    let mut reader = BufReader::new(socket);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let line = head.lines().next()?.to_owned();
    let mut words = line.split(' ');
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    });
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    let body = String::from_utf8_lossy(&body).into_owned();
    Some(ReceivedRequest { method, target, head, body })
}
