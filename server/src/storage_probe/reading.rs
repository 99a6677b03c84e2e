//! Keys and names that storages read in different ways: whether this one reads them as S3 does, in each
//! operation that names a key, and whether nothing else appears or changes.

use std::collections::BTreeSet;

use super::body::{PARTS, with_md5};
use super::environment::ProbeEnvironment;
use super::error::ProbeError;
use super::findings::{Outcome, Tried};
use crate::domain::s3::{Ambiguity, percent};
use crate::storage_client::{PayloadMode, StorageResponse, UnsignedRequest};

/// The content of objects that must stay as they are.
const KEPT: &str = "kept";

/// Keys with an escape as text, in upper and lower case, and the keys that they could be taken for.
#[derive(Debug)]
struct Spelling {
    folder: &'static str,
    keys: [&'static str; 2],
    others: &'static [&'static str],
}

impl Spelling {
    const fn of(ambiguity: Ambiguity) -> Self {
        match ambiguity {
            Ambiguity::Slash => {
                Self { folder: "g004/", keys: ["g004/a%2Fb", "g004/a%2fb"], others: &["g004/a/b"] }
            }
            Ambiguity::Dot => Self {
                folder: "g005/",
                keys: ["g005/a/%2E%2E/b", "g005/a/%2e/c"],
                others: &["g005/b", "g005/a/c"],
            },
            Ambiguity::Backslash => {
                Self { folder: "g006/", keys: ["g006/a%5Cb", "g006/a%5cb"], others: &["g006/a/b"] }
            }
            // Names of metadata are no keys: they are tried by themselves.
            Ambiguity::Nul | Ambiguity::Underscore => {
                Self { folder: "g007/", keys: ["g007/a%00b", "g007/a%00"], others: &["g007/a"] }
            }
        }
    }

    /// What must stay as it is: names, and their content.
    fn kept(&self) -> Vec<(&str, &str)> {
        self.others.iter().map(|other| (*other, KEPT)).collect()
    }

    /// The name of the copy.
    fn copy(&self) -> String {
        format!("{}copy", self.folder)
    }
}

impl ProbeEnvironment {
    /// Stores, reads, lists, copies and deletes objects with such keys.
    ///
    /// # Errors
    /// [`ProbeError`] if the storage does not answer.
    pub(super) async fn read_keys(&self, ambiguity: Ambiguity) -> Tried {
        let spelling = Spelling::of(ambiguity);
        if let Some(outcome) = self.store_all(&spelling).await? {
            return Ok(outcome);
        }
        if let Some(outcome) = self.copy_and_join(&spelling).await? {
            return Ok(outcome);
        }
        self.delete_both(&spelling).await
    }

    /// Stores all objects. The outcome, if there is one already.
    async fn store_all(&self, spelling: &Spelling) -> Result<Option<Outcome>, ProbeError> {
        let Spelling { folder, keys, others } = spelling;
        for other in *others {
            let answer = self.store(other, KEPT).await?;
            if !answer.is_ok() {
                let why = format!("no object for the test: {answer}");
                return Ok(Some(Outcome::Untestable(why)));
            }
        }
        for key in keys {
            let answer = self.store(key, key).await?;
            if !answer.is_ok() {
                let changed = !self.holds(folder, &spelling.kept()).await?;
                return Ok(Some(Outcome::seen(changed && !answer.is_refusal(), &answer)));
            }
        }
        let all = [spelling.kept(), keys.map(|key| (key, key)).into()].concat();
        let is_read = self.holds(folder, &all).await? && self.lists(keys[0], &keys[..1]).await?;
        Ok((!is_read).then_some(Outcome::Acted))
    }

    /// Copies the first object, and replaces it by an upload in parts.
    async fn copy_and_join(&self, spelling: &Spelling) -> Result<Option<Outcome>, ProbeError> {
        let Spelling { folder, keys: [first, second], .. } = spelling;
        let copied = self.copy(first, &spelling.copy()).await?;
        if !copied.is_ok() {
            return Ok(Some(Outcome::seen(false, &copied)));
        }
        let copy = spelling.copy();
        let mut all = [spelling.kept(), vec![(&copy, first), (second, second)]].concat();
        let content = |joined| if joined { PARTS[0] } else { first };
        all.push((first, first));
        let is_copied = self.holds(folder, &all).await?;
        all.pop();
        all.push((first, content(self.join_parts(first).await?)));
        let is_read = is_copied && self.holds(folder, &all).await?;
        Ok((!is_read).then_some(Outcome::Acted))
    }

    /// Deletes the first object by a list of keys, and the second by its own.
    async fn delete_both(&self, spelling: &Spelling) -> Tried {
        let Spelling { folder, keys: [first, second], .. } = spelling;
        let (list, copy) = (self.delete_list(first)?, spelling.copy());
        let deleted = self.send_tampered(&with_md5(list.clone(), list.body)).await?;
        let mut rest = [spelling.kept(), vec![(&copy, first), (second, second)]].concat();
        if !deleted.is_ok() || !self.holds(folder, &rest).await? {
            return Ok(Outcome::seen(deleted.is_ok(), &deleted));
        }
        rest.pop();
        let delete = self.sign(self.unsigned("DELETE", &spelled(second)))?;
        let deleted = self.write(&spelled(second), &delete).await?;
        Ok(Outcome::seen(!self.holds(folder, &rest).await?, &deleted))
    }

    async fn store(&self, name: &str, content: &str) -> Result<StorageResponse, ProbeError> {
        let name = spelled(name);
        self.write(&name, &self.put(&name, PayloadMode::Hashed, &[], content)?).await
    }

    async fn copy(&self, from: &str, to: &str) -> Result<StorageResponse, ProbeError> {
        let source = format!("{}/{}", self.workspace.bucket, spelled(&self.key(from)));
        let put = self.put(to, PayloadMode::Nothing, &[("x-amz-copy-source", &source)], "")?;
        self.write(to, &put).await
    }

    /// Replaces an object by an upload in parts. False where the storage joins none.
    async fn join_parts(&self, name: &str) -> Result<bool, ProbeError> {
        let name = spelled(name);
        let Ok(parts) = self.upload_parts(&name).await? else { return Ok(false) };
        let answer = self.write(&name, &self.completion(&name, &parts, 0)?).await?;
        Ok(answer.is_ok())
    }

    /// Whether the folder has these objects with their content, and no others.
    async fn holds(&self, folder: &str, expected: &[(&str, &str)]) -> Result<bool, ProbeError> {
        for (name, content) in expected {
            let object = self.get(&spelled(name)).await?;
            if !object.is_ok() || object.body() != content.as_bytes() {
                return Ok(false);
            }
        }
        let names: Vec<_> = expected.iter().map(|(name, _)| *name).collect();
        self.lists(folder, &names).await
    }

    /// Whether listings below `prefix`, encoded and plain, name these objects and no others.
    async fn lists(&self, prefix: &str, names: &[&str]) -> Result<bool, ProbeError> {
        let expected: BTreeSet<_> = names.iter().map(|name| self.key(name)).collect();
        for encoding in ["", "&encoding-type=url"] {
            let prefix = self.key(prefix);
            let query = format!("?list-type=2&prefix={}{encoding}", percent::encode(&prefix));
            let list = UnsignedRequest { url: self.bucket_url(&query), ..self.unsigned("GET", "") };
            let answer = self.send_tampered(&self.sign(list)?).await?;
            if !answer.is_ok() || listed(&answer).as_ref() != Some(&expected) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Stores an object, and reads its key in upper case.
    ///
    /// # Errors
    /// [`ProbeError`] if the storage does not answer.
    pub(super) async fn read_in_other_case(&self) -> Tried {
        let stored = self.store("g009/a", KEPT).await?;
        let (own, other) = (self.get("g009/a").await?, self.get("g009/A").await?);
        if !stored.is_ok() || !own.is_ok() {
            return Ok(Outcome::Untestable(format!("no object for the test: {stored}")));
        }
        if !other.is_ok() && !other.is_missing() {
            return Ok(Outcome::Untestable(format!("the answer proves nothing: {other}")));
        }
        Ok(Outcome::seen(other.is_ok(), &stored))
    }

    /// Stores metadata with `_` in its name beside one with `-` in its place, and alone.
    ///
    /// # Errors
    /// [`ProbeError`] if the storage does not answer.
    pub(super) async fn named_metadata(&self) -> Tried {
        let (odd, plain) = ("x-amz-meta-sail_cargo_probe", "x-amz-meta-sail-cargo-probe");
        for (name, headers) in
            [("g008-both", &[(odd, "under"), (plain, "between")][..]), ("g008", &[(odd, "under")])]
        {
            let put = self.put(name, PayloadMode::Hashed, headers, KEPT)?;
            let answer = self.write(name, &put).await?;
            if !answer.is_ok() {
                return Ok(Outcome::seen(false, &answer));
            }
            let object = self.get(name).await?;
            let wanted = |name: &str| headers.iter().find(|(have, _)| *have == name);
            let is_same = |name: &str| {
                object.header(name).as_deref() == wanted(name).map(|(_, value)| *value)
            };
            if !object.is_ok() || ![odd, plain].into_iter().all(is_same) {
                return Ok(Outcome::Acted);
            }
        }
        Ok(Outcome::Accepted)
    }
}

/// The name of an object as it stands in a URL.
fn spelled(name: &str) -> String {
    percent::encode(name).replace("%2F", "/")
}

/// The keys in a listing, as clients read them.
fn listed(answer: &StorageResponse) -> Option<BTreeSet<String>> {
    let is_encoded = answer.has_element("EncodingType", "url");
    let read = |key: String| {
        if is_encoded {
            percent::unescape(&key.replace('+', " ")).ok().map(Into::into)
        } else {
            Some(key)
        }
    };
    answer.elements("Key").into_iter().map(read).collect()
}
