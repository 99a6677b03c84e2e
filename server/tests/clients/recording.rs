//! A recorded request, and the files they are in.

use serde::Deserialize;

/// One line of a file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Recorded {
    pub(crate) client: String,
    pub(crate) version: String,
    pub(crate) id: String,
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) payload: String,
    /// What the client was asked to do.
    pub(crate) note: String,
    /// The code with which a user must be refused; none when the request is to be signed.
    pub(crate) expect: Option<String>,
}

macro_rules! recordings {
    ($($client:literal: $lines:literal,)*) => {
        [$(Recording {
            client: $client,
            at_least: $lines,
            text: include_str!(concat!("../data/clients/", $client, ".jsonl")),
        }),*]
    };
}

/// What one client sent.
pub(crate) struct Recording {
    pub(crate) client: &'static str,
    /// Fewer lines than this, and the recording went wrong.
    pub(crate) at_least: usize,
    text: &'static str,
}

impl Recording {
    pub(crate) fn requests(&self) -> Vec<Recorded> {
        self.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

pub(crate) static RECORDINGS: [Recording; 8] = recordings! {
    "aws-cli": 80,
    "aws-sdk-js": 40,
    "boto3": 60,
    "minio-py": 30,
    "pyarrow": 30,
    "rclone": 50,
    "s3cmd": 50,
    "s3fs": 40,
};
