//! Tags of objects, DeleteObject and DeleteObjects.

use super::ask::Ask;

const TAGS: &str = "<Tagging><TagSet><Tag><Key>a</Key><Value>b c+d</Value></Tag>\
     <Tag><Key>e</Key><Value/></Tag></TagSet></Tagging>";
const TWICE: &str = "<Tagging><TagSet><Tag><Key>a</Key><Value>1</Value></Tag>\
     <Tag><Key>a</Key><Value>2</Value></Tag></TagSet></Tagging>";

fn many(name: &str, inner: &str) -> Ask {
    let xml = format!("<Delete>{inner}</Delete>");
    Ask::bucket(format!("delete/{name}"), "POST", "delete").document(&xml)
}

fn objects(keys: &[&str]) -> String {
    keys.iter().flat_map(|key| ["<Object><Key>", key, "</Key></Object>"]).collect()
}

pub(super) fn all() -> Vec<Ask> {
    let tags = |name: &str, method: &'static str, key: &str| {
        Ask::key(format!("tags/{name}"), method, &format!("{key}?tagging"))
    };
    let delete = |name: &str, key: &str| Ask::key(format!("delete/{name}"), "DELETE", key);
    let eleven: Vec<_> =
        (0..11).map(|at| format!("<Tag><Key>{at}</Key><Value>x</Value></Tag>")).collect();
    let eleven = format!("<Tagging><TagSet>{}</TagSet></Tagging>", eleven.concat());
    let too_many: String = objects(&vec!["x"; 1001]);
    vec![
        tags("none", "GET", "whole"),
        tags("put", "PUT", "whole").document(TAGS),
        tags("get", "GET", "whole"),
        Ask::key("tags/head", "HEAD", "whole"),
        tags("from-put", "GET", "put/tags"),
        tags("put-twice", "PUT", "whole").document(TWICE),
        tags("put-malformed", "PUT", "whole").document("<Tagging><TagSet>"),
        tags("put-too-many", "PUT", "whole").document(&eleven),
        tags("put-missing", "PUT", "nothing/here").document(TAGS),
        tags("get-missing", "GET", "nothing/here"),
        tags("delete", "DELETE", "whole"),
        tags("deleted", "GET", "whole"),
        tags("delete-missing", "DELETE", "nothing/here"),
        delete("one", "list/a"),
        delete("again", "list/a"),
        delete("never-there", "nothing/here"),
        delete("if-match-wrong", "list/b").with("if-match", "\"0\""),
        Ask::key("delete/head-after", "HEAD", "list/a"),
        many("several", &objects(&["list/b", "list/c d", "list/ü"])),
        many("missing", &objects(&["nothing/here"])),
        many("mixed", &objects(&["list/e-1", "nothing/here"])),
        many("quiet", &format!("<Quiet>true</Quiet>{}", objects(&["list/e-2", "nothing/here"]))),
        many("escaped", &objects(&["list/a&amp;b&lt;c"])),
        many("twice-the-same", &objects(&["list/deep/one", "list/deep/one"])),
        many("nothing", ""),
        many("too-many", &too_many),
        many("empty-key", "<Object><Key></Key></Object>"),
        many("malformed", "<Object><Key>"),
        Ask::bucket("delete/wrong-md5", "POST", "delete")
            .with("content-md5", "AAAAAAAAAAAAAAAAAAAAAA==")
            .body(format!("<Delete>{}</Delete>", objects(&["nothing/here"]))),
        Ask::bucket("delete/list-after", "GET", "list-type=2&prefix=list%2F"),
    ]
}
