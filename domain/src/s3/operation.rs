//! The types of the operation table: the content of a row, and its look-up.

use std::fmt;

/// The HTTP methods of S3 (N1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// `GET`
    Get,
    /// `HEAD`
    Head,
    /// `PUT`
    Put,
    /// `POST`
    Post,
    /// `DELETE`
    Delete,
}

impl Method {
    /// Reads a method by its exact bytes: methods are case-sensitive (RFC 9110 §9.1).
    pub fn parse(method: &str) -> Option<Self> {
        Some(match method {
            "GET" => Self::Get,
            "HEAD" => Self::Head,
            "PUT" => Self::Put,
            "POST" => Self::Post,
            "DELETE" => Self::Delete,
            _ => return None,
        })
    }

    /// The method as written in a request.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Put => "PUT",
            Self::Post => "POST",
            Self::Delete => "DELETE",
        }
    }
}

/// What a URL addresses: account, bucket or object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Level {
    /// The storage account: path `/`.
    Account,
    /// A bucket.
    Bucket,
    /// A key in a bucket.
    Object,
}

/// What an operation requires of the caller. Every operation requires something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Needs {
    /// Read on the key.
    Read,
    /// List on the prefix of the listing, or on the whole bucket.
    List,
    /// Write on the key.
    Write,
    /// Write or list on the key.
    WriteOrList,
    /// Delete on the key; for DeleteObjects, on each key.
    Delete,
    /// Write and delete, both on the key and on the key that it is renamed from.
    WriteDelete,
    /// Any live grant on the bucket.
    Any,
    /// Write on the key, and read on the copy source.
    Copy,
    /// Root only.
    Root,
    /// Root only, and the project's `root_extra` must name the operation.
    RootOptIn,
    /// Root only. If the request may affect more than its object, `root_extra` must name the
    /// operation (RestoreObject: see [`needs_opt_in`](super::S3Request::needs_opt_in)).
    RootInPlace,
    /// Never signed.
    Never,
}

/// The body of an operation, and how it must be declared (N13).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BodyRule {
    /// No body: the hash of the empty body, or `UNSIGNED-PAYLOAD`.
    None,
    /// Any body, bound by its hash.
    Hashed,
    /// A non-empty body, bound by its hash.
    Content,
    /// Object content: bound by a hash, unsigned, or streamed with a trailing checksum.
    Stream,
}

/// One row of the operation table.
#[derive(Debug)]
pub struct Row {
    /// The operation's name in the model.
    pub name: &'static str,
    /// The operation's action in the policy language.
    pub action: &'static str,
    /// The HTTP method.
    pub method: Method,
    /// What the URL addresses.
    pub level: Level,
    /// The query key that selects the operation, if it has one.
    pub marker: Option<&'static str>,
    /// What the operation requires of the caller.
    pub needs: Needs,
    /// The body of the operation.
    pub body: BodyRule,
    /// Whether the operation may have checksum headers (`httpChecksum` in the model).
    pub checksums: bool,
    /// Other query keys that the operation may have.
    pub queries: &'static [&'static str],
    /// Other `x-amz-*` headers that the operation may have.
    pub headers: &'static [&'static str],
}

/// The selecting fields of a row, in four bytes. A row is wider than a cache line, so that the
/// table is read only for rows whose selector matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Selector {
    method: Method,
    level: Level,
    /// Fingerprint of the marker; 0 if the row has none.
    pub(super) marker: u16,
}

impl Selector {
    pub(super) const fn new(method: Method, level: Level, marker: Option<&str>) -> Self {
        let marker = match marker {
            Some(name) => fingerprint(name),
            None => 0,
        };
        Self { method, level, marker }
    }
}

/// A fingerprint of a marker's name. Never 0; different names may have the same one.
pub(super) const fn fingerprint(name: &str) -> u16 {
    let (bytes, mut print, mut position) = (name.as_bytes(), 1_u16, 0);
    while position < bytes.len() {
        print = print.wrapping_mul(31).wrapping_add(bytes[position] as u16);
        position += 1;
    }
    print | 1
}

/// Generates the `Operation` enum and its table from the rows.
macro_rules! operations {
    (@marker -) => { None };
    (@marker $marker:literal) => { Some($marker) };
    (@needs read) => { Needs::Read };
    (@needs list) => { Needs::List };
    (@needs write) => { Needs::Write };
    (@needs write_or_list) => { Needs::WriteOrList };
    (@needs delete) => { Needs::Delete };
    (@needs write_delete) => { Needs::WriteDelete };
    (@needs any) => { Needs::Any };
    (@needs copy) => { Needs::Copy };
    (@needs root) => { Needs::Root };
    (@needs root_opt_in) => { Needs::RootOptIn };
    (@needs root_in_place) => { Needs::RootInPlace };
    (@needs never) => { Needs::Never };
    (@body none) => { BodyRule::None };
    (@body hashed) => { BodyRule::Hashed };
    (@body content) => { BodyRule::Content };
    (@body stream) => { BodyRule::Stream };
    (@checksums) => { false };
    (@checksums checksums) => { true };
    ($($name:ident: $method:ident $level:ident $marker:tt => $needs:ident $body:ident
        $($checksums:ident)?
        { query [$($query:literal),*] headers [$($header:literal),*] })*) => {
        use super::operation::{BodyRule, Level, Method, Needs, Row, Selector};

        /// An operation of the S3 model. A request resolves to exactly one.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[expect(missing_docs, reason = "the names are the model's, and the model documents them")]
        pub enum Operation { $($name),* }

        impl Operation {
            /// All operations, in alphabetical order.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The row of this operation.
            pub const fn row(self) -> &'static Row {
                &ROWS[self as usize]
            }

            /// The selector of this operation's row.
            pub(super) const fn selector(self) -> Selector {
                SELECTORS[self as usize]
            }
        }

        static SELECTORS: &[Selector] = &[$(
            Selector::new(Method::$method, Level::$level, operations!(@marker $marker))
        ),*];

        static ROWS: &[Row] = &[$(Row {
            name: stringify!($name),
            action: concat!("s3:", stringify!($name)),
            method: Method::$method,
            level: Level::$level,
            marker: operations!(@marker $marker),
            needs: operations!(@needs $needs),
            body: operations!(@body $body),
            checksums: operations!(@checksums $($checksums)?),
            queries: &[$($query),*],
            headers: &[$($header),*],
        }),*];
    };
}
pub(super) use operations;

impl super::Operation {
    /// The operation's name in the model, such as `PutObject`.
    pub const fn name(self) -> &'static str {
        self.row().name
    }

    /// The name with the prefix of the service, such as `s3:PutObject`.
    pub const fn action(self) -> &'static str {
        self.row().action
    }

    /// Finds an operation by its name in the model.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|operation| operation.name() == name)
    }

    /// Whether the operation lists keys, so that its `prefix` bounds the result.
    pub const fn is_listing(self) -> bool {
        matches!(
            self,
            Self::ListObjects
                | Self::ListObjectsV2
                | Self::ListObjectVersions
                | Self::ListMultipartUploads
        )
    }

    /// Whether the operation writes tags, which a project may reserve for root.
    pub const fn changes_tags(self) -> bool {
        matches!(self, Self::PutObjectTagging | Self::DeleteObjectTagging)
    }
}

impl fmt::Display for super::Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
