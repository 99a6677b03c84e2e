//! Recorded requests, and the files that hold them.

use serde::Deserialize;

/// One line of a recording.
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
    /// The task that the client was given.
    pub(crate) note: String,
    /// The code with which a user must be refused; None if the request must be signed.
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

/// The requests of one client.
pub(crate) struct Recording {
    pub(crate) client: &'static str,
    /// The least number of lines; fewer mean that the recording failed.
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
