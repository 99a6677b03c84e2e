//! A bucket that keeps versions.

use super::ask::{Ask, Place};

const ON: &str = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";

fn listing(name: &str, query: &str) -> Ask {
    let query = format!("versions&prefix=v%2F{query}");
    Ask::bucket(format!("versions/list-{name}"), "GET", &query)
}

pub(super) fn all() -> Vec<Ask> {
    let put =
        |name: &str, body: &str| Ask::key(format!("versions/{name}"), "PUT", "v/x").body(body);
    let id = Place::Header("x-amz-version-id");
    let of = |name: &str, method: &'static str, version: &str| {
        Ask::key(format!("versions/{name}"), method, &format!("v/x?versionId={version}"))
    };
    vec![
        put("before", "0"),
        Ask::bucket("versions/turn-on", "PUT", "versioning").document(ON),
        Ask::bucket("versions/is-on", "GET", "versioning"),
        put("put-one", "1").keep("version-one", id),
        put("put-two", "22").keep("version-two", id),
        Ask::key("versions/get-newest", "GET", "v/x"),
        of("get-one", "GET", "{version-one}"),
        of("head-one", "HEAD", "{version-one}"),
        of("get-null", "GET", "null"),
        Ask::key("versions/tags-one", "GET", "v/x?tagging&versionId={version-one}"),
        Ask::key("versions/copy", "PUT", "v/copy")
            .with("x-amz-copy-source", "/{bucket}/v/x?versionId={version-one}"),
        Ask::key("versions/copy-get", "GET", "v/copy"),
        listing("all", ""),
        listing("max", "&max-keys=2"),
        listing("delimiter", "&delimiter=%2F"),
        listing("encoded", "&encoding-type=url"),
        listing("marker", "&key-marker=v%2Fcopy"),
        listing("version-marker", "&key-marker=v%2Fx&version-id-marker={version-two}"),
        Ask::key("versions/delete", "DELETE", "v/x").keep("version-marker", id),
        Ask::key("versions/get-deleted", "GET", "v/x"),
        of("get-marker", "GET", "{version-marker}"),
        listing("with-marker", ""),
        of("delete-marker", "DELETE", "{version-marker}"),
        of("delete-two", "DELETE", "{version-two}"),
        Ask::key("versions/get-one-again", "GET", "v/x"),
        Ask::bucket("versions/delete-many", "POST", "delete").document(
            "<Delete><Object><Key>v/x</Key><VersionId>null</VersionId></Object>\
             <Object><Key>v/copy</Key></Object></Delete>",
        ),
        listing("at-last", ""),
    ]
}
