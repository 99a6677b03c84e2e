//! An auth service: an address that answers with public keys, or is down.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::signing_key::SigningKey;

/// The format in which keys are published.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Form {
    Jwks,
    /// One PEM, the first of several keys.
    Pem,
    /// A JSON array of PEMs, as the SAIL auth service publishes them.
    PemArray,
}

/// A running auth service, until the test ends.
pub(crate) struct AuthService {
    pub(crate) url: String,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    /// The document; None to close every connection without an answer.
    document: Mutex<Option<String>>,
    /// Heads and bodies of answers at paths of their own.
    at: Mutex<HashMap<String, (String, String)>>,
    fetches: AtomicUsize,
}

impl AuthService {
    /// Starts an auth service that is down.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/public-key", listener.local_addr().unwrap());
        let state = Arc::new(State::default());
        let shared = state.clone();
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                let state = shared.clone();
                tokio::spawn(async move { answer(connection, &state).await });
            }
        });
        Self { url, state }
    }

    /// Answers with `keys` from now on.
    pub(crate) fn publish(&self, form: Form, keys: &[&SigningKey]) {
        let pems = || keys.iter().map(|key| key.pem());
        self.answer(match form {
            Form::Jwks => {
                json!({ "keys": keys.iter().map(|key| key.jwk()).collect::<Vec<_>>() }).to_string()
            }
            Form::Pem => pems().next().unwrap(),
            Form::PemArray => json!(pems().collect::<Vec<_>>()).to_string(),
        });
    }

    /// Answers with `document` from now on.
    pub(crate) fn answer(&self, document: impl Into<String>) {
        *self.state.document.lock().unwrap() = Some(document.into());
    }

    /// Its scheme, host and port.
    pub(crate) fn base(&self) -> &str {
        self.url.strip_suffix("/public-key").unwrap()
    }

    /// Answers at `path` with `document` from now on.
    pub(crate) fn answer_at(&self, path: &str, document: impl Into<String>) {
        let answer = ("200 OK".to_owned(), document.into());
        self.state.at.lock().unwrap().insert(path.to_owned(), answer);
    }

    /// Redirects `path` to `there` from now on.
    pub(crate) fn redirect(&self, path: &str, there: &str) {
        let answer = (format!("302 Found\r\nlocation: {there}"), String::new());
        self.state.at.lock().unwrap().insert(path.to_owned(), answer);
    }

    /// Closes every connection without an answer from now on.
    pub(crate) fn go_down(&self) {
        *self.state.document.lock().unwrap() = None;
    }

    /// The number of requests so far.
    pub(crate) fn fetches(&self) -> usize {
        self.state.fetches.load(Ordering::SeqCst)
    }
}

async fn answer(mut connection: TcpStream, state: &State) {
    state.fetches.fetch_add(1, Ordering::SeqCst);
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        match connection.read_buf(&mut request).await {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
    }
    let request = String::from_utf8_lossy(&request).into_owned();
    let path = request.split(' ').nth(1).unwrap_or_default();
    let usual = state.document.lock().unwrap().clone();
    let usual = usual.map(|document| ("200 OK".to_owned(), document));
    let special = state.at.lock().unwrap().get(path).cloned();
    let Some((status, document)) = special.or(usual) else { return };
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        document.len()
    );
    // The client may have hung up.
    connection.write_all((head + &document).as_bytes()).await.ok();
}
