//! The vocabulary of the operation table: what a row says, and how it is looked up.

use std::fmt;

/// The HTTP methods S3 knows (N1). Anything else is no S3 request.
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

    /// As it goes on the wire.
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

/// What a URL addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Level {
    /// The storage account: path `/`.
    Account,
    /// A bucket.
    Bucket,
    /// A key in a bucket.
    Object,
}

/// What an operation takes. There is no "nothing": every operation takes something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Needs {
    /// Read on the key, or on the listing's prefix.
    Read,
    /// Write on the key.
    Write,
    /// Delete on the key; for DeleteObjects on each key.
    Delete,
    /// Write and delete, on the key and on the key it is renamed from.
    WriteDelete,
    /// Any live grant on the bucket.
    Any,
    /// Write on the key, and read on the copy source.
    Copy,
    /// The application itself.
    Root,
    /// The application itself, and the operation named in the project's `root_extra`.
    RootOptIn,
    /// The application itself; where the request may reach beyond its object, also the operation
    /// named in `root_extra` (RestoreObject: see [`needs_opt_in`](super::S3Request::needs_opt_in)).
    RootInPlace,
    /// Never signed, for nobody.
    Never,
}

/// What body an operation carries, and how it must be declared (N13).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BodyRule {
    /// None: the hash of nothing, or `UNSIGNED-PAYLOAD`.
    None,
    /// Any, bound by its hash.
    Hashed,
    /// Some, bound by its hash; not the hash of nothing.
    Content,
    /// Object bytes: bound by a hash, unsigned, or streamed with a trailing checksum.
    Stream,
}

/// One row of the table.
#[derive(Debug)]
pub struct Row {
    /// The operation's name in the model.
    pub name: &'static str,
    /// The same as an action of the policy language.
    pub action: &'static str,
    /// Its method.
    pub method: Method,
    /// What its URL addresses.
    pub level: Level,
    /// The query key that selects it, where one does.
    pub marker: Option<&'static str>,
    /// What it takes.
    pub needs: Needs,
    /// What body it carries.
    pub body: BodyRule,
    /// Whether it may carry the checksum headers (`httpChecksum` in the model).
    pub checksums: bool,
    /// Further query keys it may carry.
    pub queries: &'static [&'static str],
    /// Further `x-amz-*` headers it may carry.
    pub headers: &'static [&'static str],
}

/// What selects a row, in four bytes: the table, of which each row is wider than a cache line, is
/// looked at only where this fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Selector {
    method: Method,
    level: Level,
    /// 0 where there is none.
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

/// Of a marker's name. Never 0; names may share one.
pub(super) const fn fingerprint(name: &str) -> u16 {
    let (bytes, mut print, mut position) = (name.as_bytes(), 1_u16, 0);
    while position < bytes.len() {
        print = print.wrapping_mul(31).wrapping_add(bytes[position] as u16);
        position += 1;
    }
    print | 1
}

/// Writes the [`Operation`] enum and its table from the rows.
macro_rules! operations {
    (@marker -) => { None };
    (@marker $marker:literal) => { Some($marker) };
    (@needs read) => { Needs::Read };
    (@needs write) => { Needs::Write };
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

        /// An operation of the S3 model. A request to be signed resolves to exactly one.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[expect(missing_docs, reason = "the names are the model's, and the model documents them")]
        pub enum Operation { $($name),* }

        impl Operation {
            /// All of them, in alphabetical order.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// What the table says of this operation.
            pub const fn row(self) -> &'static Row {
                &ROWS[self as usize]
            }

            /// What selects the row.
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

    /// The name with the service before it, such as `s3:PutObject`.
    pub const fn action(self) -> &'static str {
        self.row().action
    }

    /// Finds an operation by its name in the model.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|operation| operation.name() == name)
    }

    /// Lists keys: what it may show is bounded by its `prefix`.
    pub const fn is_listing(self) -> bool {
        matches!(
            self,
            Self::ListObjects
                | Self::ListObjectsV2
                | Self::ListObjectVersions
                | Self::ListMultipartUploads
        )
    }

    /// Writes tags, which a project may have made a matter of authority.
    pub const fn changes_tags(self) -> bool {
        matches!(self, Self::PutObjectTagging | Self::DeleteObjectTagging)
    }
}

impl fmt::Display for super::Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
