//! One side: the storage itself, or the gateway before it.

use std::collections::BTreeMap;
use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::answer::Answer;
use super::ask::{Ask, Place};
use crate::storages::REGION;

/// What is escaped where a value is filled into a target.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-');

/// Whether a kept value follows from the content, which is the same on both sides.
fn is_content(name: &str) -> bool {
    name.starts_with("etag")
}

/// An address, with who asks there, and what it has answered so far.
pub(super) struct Side {
    http: reqwest::Client,
    url: String,
    credentials: Credentials,
    known: BTreeMap<&'static str, String>,
}

impl Side {
    pub(super) fn new(url: &str, credentials: Credentials, buckets: [&str; 2]) -> Self {
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
        let [bucket, other] = buckets.map(str::to_owned);
        Self {
            http: http.build().unwrap(),
            url: url.to_owned(),
            credentials,
            known: [("bucket", bucket), ("other", other)].into(),
        }
    }

    /// Asks, keeps what is to be kept, and replaces in the answer what only this side knows.
    pub(super) async fn ask(&mut self, ask: &Ask) -> Answer {
        let target =
            self.filled(&ask.target, |value| utf8_percent_encode(value, ESCAPED).to_string());
        let headers = ask.headers.iter();
        let headers = headers.map(|(name, value)| (*name, self.filled(value, str::to_owned)));
        let headers: Vec<(&str, String)> = headers.collect();
        let body = match std::str::from_utf8(&ask.body) {
            Ok(text) => self.filled(text, str::to_owned).into_bytes(),
            Err(_) => ask.body.clone(),
        };
        let mut answer = self.send(ask.method, &target, &headers, body).await;
        for (name, place) in &ask.keeps {
            let value = match place {
                Place::Header(header) => answer.header(header),
                Place::Element(element) => answer.element(element),
            };
            let value = value.unwrap_or_else(|| panic!("{}: no {name} in {answer:#?}", ask.name));
            self.known.insert(name, value);
        }
        // Not what follows from the content.
        let ids = self.known.iter().filter(|(name, value)| !is_content(name) && !value.is_empty());
        answer.replace(ids.map(|(name, value)| (*name, value.as_str())), &self.url);
        answer
    }

    fn filled(&self, text: &str, escape: impl Fn(&str) -> String) -> String {
        let fill = |text: String, (name, value): (&&str, &String)| {
            text.replace(&format!("{{{name}}}"), &escape(value))
        };
        self.known.iter().fold(text.to_owned(), fill)
    }

    async fn send(
        &self,
        method: &str,
        target: &str,
        headers: &[(&str, String)],
        body: Vec<u8>,
    ) -> Answer {
        let url = format!("{}{target}", self.url);
        let host = self.url.trim_start_matches("http://");
        let signed: Vec<(&str, &str)> =
            headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let proof = self.proof(method, &url, [("host", host)].into_iter().chain(signed), &body);
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = self.http.request(method.clone(), &url);
        for (name, value) in headers {
            request = request.header(*name, value.as_bytes());
        }
        for (name, value) in proof {
            request = request.header(name, value);
        }
        // Without a body and a length where there is none.
        if !body.is_empty() || ["PUT", "POST"].contains(&method.as_str()) {
            request = request.header("content-length", body.len()).body(body);
        }
        Answer::read(request.send().await.unwrap(), method == "HEAD").await
    }

    #[expect(clippy::disallowed_methods, reason = "a client's own clock")]
    fn proof<'h>(
        &self,
        method: &'h str,
        url: &'h str,
        headers: impl Iterator<Item = (&'h str, &'h str)>,
        body: &'h [u8],
    ) -> Vec<(String, String)> {
        let mut settings = SigningSettings::default();
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        let identity = self.credentials.clone().into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(REGION)
            .name("s3")
            .time(SystemTime::now())
            .settings(settings);
        let params = params.build().unwrap().into();
        let request = SignableRequest::new(method, url, headers, SignableBody::Bytes(body));
        let (instructions, _) = sign(request.unwrap(), &params).unwrap().into_parts();
        let headers = instructions.headers();
        headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }
}
