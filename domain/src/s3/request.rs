//! A parsed S3 request. The signature covers exactly the request that was judged.

use sha2::{Digest, Sha256};

use super::ambiguity::{Ambiguities, Ambiguous};
use super::{
    Endpoint, Method, Needs, Operation, Payload, RawHeaders, Refusal, Source, Target, delete,
    endpoint, endpoint::Located, header, host, query, query_value, resolve, restore, target, url,
};
use crate::names::{BucketName, ObjectKey};

/// A request as the caller describes it. All of it is untrusted.
#[derive(Debug, Clone, Copy)]
pub struct RawRequest<'a> {
    /// The HTTP method, as sent.
    pub method: &'a str,
    /// The URL, as sent.
    pub url: &'a str,
    /// The headers, in order.
    pub headers: RawHeaders<'a>,
    /// The declared payload hash; may be absent if `body` is present.
    pub payload: Option<&'a str>,
    /// The body, if the caller sent it along.
    pub body: Option<&'a [u8]>,
}

/// A request that resolved to exactly one operation, in the form in which it will be signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3Request {
    method: Method,
    url: String,
    operation: Operation,
    target: Target,
    is_hosted: bool,
    source: Option<Source>,
    query: query::Query,
    deleted_keys: Option<Vec<ObjectKey>>,
    restores_in_place: bool,
    ambiguous: Ambiguous,
    headers: Vec<(String, String)>,
    superseded_headers: Vec<String>,
    payload: Payload,
}

impl S3Request {
    /// Parses a request to one of the store's endpoints.
    ///
    /// # Errors
    /// [`Refusal`] for the first rule that it breaks, in the order that the module documents.
    pub fn parse(raw: RawRequest<'_>, endpoints: &[Endpoint]) -> Result<Self, Refusal> {
        Self::read(raw, endpoints, |_| Ok(()))
    }

    /// Parses a request. Applies `demand` as soon as the operation is known.
    pub(super) fn read(
        raw: RawRequest<'_>,
        endpoints: &[Endpoint],
        demand: impl FnOnce(Operation) -> Result<(), Refusal>,
    ) -> Result<Self, Refusal> {
        let method = Method::parse(raw.method).ok_or(Refusal::Method)?;
        let split = url::split(raw.url)?;
        let (endpoint, authority, located) =
            endpoint::locate(endpoints, split.https, split.authority)?;
        let is_hosted = matches!(located, Located::Bucket(_));
        let (target, path) = target::parse(located, split.path, endpoint.is_literal())?;
        let mut ambiguous = Ambiguous::new(endpoint.is_gateway());
        note_key(&mut ambiguous, target.key())?;
        let query = query::Query::parse(split.query)?;
        let headers = header::Headers::parse(raw.headers)?;
        headers.note_ambiguous(&mut ambiguous)?;
        check_host(&headers, &authority, split.https)?;
        let payload = declared_payload(raw, &headers)?;
        let copies = headers.get("x-amz-copy-source").is_some();
        let operation = resolve::resolve(method, target.level(), &query, copies)?;
        query_value::note_ambiguous(&query, &mut ambiguous)?;
        demand(operation)?;
        check_new_bucket(operation, &target)?;
        let source = parse_source(operation, &target, &headers)?;
        note_key(&mut ambiguous, source.as_ref().map(|source| &source.key))?;
        headers.check_allowed(operation)?;
        check_form_post(method, &headers)?;
        payload.check(operation, &headers)?;
        let deleted_keys = match (operation, raw.body) {
            (Operation::DeleteObjects, Some(body)) => Some(delete::parse_keys(body)?),
            _ => None,
        };
        let keys = deleted_keys.iter().flatten();
        keys.map(Some).try_for_each(|key| note_key(&mut ambiguous, key))?;
        let restores_in_place = match (operation, raw.body) {
            (Operation::RestoreObject, Some(body)) => restore::is_in_place(body)?,
            _ => false,
        };
        let mut url = format!("{}://{authority}{path}", endpoint.scheme());
        query.write_to(&mut url);
        Ok(Self {
            method,
            url,
            operation,
            target,
            is_hosted,
            source,
            query,
            deleted_keys,
            restores_in_place,
            ambiguous,
            superseded_headers: headers.superseded(),
            headers: headers.into_signed(),
            payload,
        })
    }

    /// The HTTP method.
    pub fn method(&self) -> Method {
        self.method
    }

    /// The URL that will be signed. The client must send exactly this URL.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The S3 operation.
    pub fn operation(&self) -> Operation {
        self.operation
    }

    /// The bucket or object that the URL addresses.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// Whether the bucket is a host label, so that the path consists of the key only.
    pub fn is_hosted(&self) -> bool {
        self.is_hosted
    }

    /// The object that the request copies or renames.
    pub fn source(&self) -> Option<&Source> {
        self.source.as_ref()
    }

    /// The prefix of a listing, empty if it has none; `None` if the request is not a listing.
    pub fn listing_prefix(&self) -> Option<&str> {
        self.operation.is_listing().then(|| self.query("prefix").unwrap_or_default())
    }

    /// The decoded value of a query key; empty if it has none.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.get(name)
    }

    /// The names in the query.
    pub(super) fn query_names(&self) -> impl Iterator<Item = &str> {
        self.query.pairs().map(|(name, _)| name)
    }

    /// The query, in its order: names, and decoded values where there is a `=`.
    #[cfg(test)]
    pub(crate) fn query_pairs(&self) -> Vec<(&str, &str)> {
        self.query.pairs().collect()
    }

    /// Writes the query behind a path: same order, every value encoded anew.
    pub(super) fn write_query_to(&self, url: &mut String) {
        self.query.write_to(url);
    }

    /// The keys of a DeleteObjects request whose body the caller sent along.
    pub fn deleted_keys(&self) -> Option<&[ObjectKey]> {
        self.deleted_keys.as_deref()
    }

    /// Whether root needs an opt-in: the project's `root_extra` must name the operation. For
    /// RestoreObject this holds unless the caller sent the body along, the body restores in place,
    /// and the storage rejects bodies that differ from the signed one.
    pub fn needs_opt_in(&self, binds_body: bool) -> bool {
        match self.operation.row().needs {
            Needs::RootOptIn => true,
            Needs::RootInPlace => !(binds_body && self.restores_in_place),
            _ => false,
        }
    }

    /// Demands of a storage that it reads the request in one way: what it was seen to read so is `settled`.
    ///
    /// # Errors
    /// The refusal that the request meets elsewhere.
    pub(crate) fn demand_settled(&self, settled: Ambiguities) -> Result<(), Refusal> {
        self.ambiguous.demand(settled)
    }

    /// All buckets that the request touches.
    pub fn buckets(&self) -> impl Iterator<Item = &BucketName> {
        self.target.bucket().into_iter().chain(self.source.as_ref().map(|source| &source.bucket))
    }

    /// Headers of the caller that the client must not send, because signed headers replace them.
    pub fn superseded_headers(&self) -> &[String] {
        &self.superseded_headers
    }

    /// The headers to sign in addition to `host` and those that Cargo sets.
    pub fn headers(&self) -> &[(String, String)] {
        &self.headers
    }

    /// The value of a signed header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(have, _)| have == name).map(|(_, value)| value.as_str())
    }

    /// How the signature binds the body.
    pub fn payload(&self) -> &Payload {
        &self.payload
    }
}

fn note_key(ambiguous: &mut Ambiguous, key: Option<&ObjectKey>) -> Result<(), Refusal> {
    key.map_or(Ok(()), |key| ambiguous.note_key(key.as_str(), "key"))
}

/// Checks that a `host` header equals the URL's authority (N3).
fn check_host(headers: &header::Headers<'_>, authority: &str, https: bool) -> Result<(), Refusal> {
    match headers.get("host") {
        Some(host) if host::normalise(host, https).as_deref() != Ok(authority) => {
            Err(Refusal::HostHeader)
        }
        _ => Ok(()),
    }
}

/// The declared payload. Checks that field, header and body agree.
fn declared_payload(
    raw: RawRequest<'_>,
    headers: &header::Headers<'_>,
) -> Result<Payload, Refusal> {
    let hash = raw.body.map(|body| hex::encode(Sha256::digest(body)));
    let declared = raw.payload.or(hash.as_deref()).ok_or(Refusal::PayloadHash)?;
    let payload = Payload::parse(declared)?;
    if headers.get("x-amz-content-sha256").is_some_and(|header| header != declared) {
        return Err(Refusal::PayloadHashMismatch);
    }
    match (&payload, &hash) {
        (Payload::Sha256(declared), Some(hash)) if **declared != **hash => {
            Err(Refusal::BodyMismatch)
        }
        _ => Ok(payload),
    }
}

fn parse_source(
    operation: Operation,
    target: &Target,
    headers: &header::Headers<'_>,
) -> Result<Option<Source>, Refusal> {
    let copy_source = headers.get("x-amz-copy-source");
    match (operation, copy_source, target) {
        (Operation::CopyObject | Operation::UploadPartCopy, Some(value), _) => {
            Source::parse_copy(value).map(Some)
        }
        (_, Some(_), _) => Err(Refusal::CopySourceOn(operation)),
        (Operation::RenameObject, None, Target::Object(bucket, _)) => {
            let value = headers.get("x-amz-rename-source").ok_or(Refusal::CopySourceBucket)?;
            Source::parse_rename(bucket, value).map(Some)
        }
        (_, None, _) => Ok(None),
    }
}

/// Checks the name of a new bucket by S3's rules. Existing buckets may have other names.
fn check_new_bucket(operation: Operation, target: &Target) -> Result<(), Refusal> {
    match target.bucket() {
        Some(bucket) if operation == Operation::CreateBucket && !bucket.is_new_style() => {
            Err(Refusal::NewBucket)
        }
        _ => Ok(()),
    }
}

/// Refuses form posts, which carry a policy of their own, or address STS and IAM (N14).
fn check_form_post(method: Method, headers: &header::Headers<'_>) -> Result<(), Refusal> {
    let is_form = headers.get("content-type").is_some_and(is_form);
    if method == Method::Post && is_form { Err(Refusal::FormPost) } else { Ok(()) }
}

/// Whether a part is a form type. The value may be sent as two lines, split at a comma: all parts
/// count.
fn is_form(content_type: &str) -> bool {
    content_type.split([';', ',']).map(str::trim).any(|kind| {
        kind.eq_ignore_ascii_case("multipart/form-data")
            || kind.eq_ignore_ascii_case("application/x-www-form-urlencoded")
    })
}

#[cfg(test)]
mod tests {
    use super::is_form;

    #[test]
    fn a_form_type_is_found_anywhere_in_the_value() {
        for form in [
            "multipart/form-data; boundary=x",
            "Application/X-WWW-Form-Urlencoded",
            "text/plain,multipart/form-data",
            "text/plain; charset=utf-8 , application/x-www-form-urlencoded",
        ] {
            assert!(is_form(form), "{form}");
        }
        assert!(!is_form("application/xml; charset=utf-8"));
    }
}
