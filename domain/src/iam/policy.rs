//! Parses IAM policy documents as users write them, statement by statement.
//!
//! A string, number or boolean may stand for a list of one item, and the reverse. Optional members
//! may be absent. A statement that cannot be parsed is skipped and reported by its name, unless it
//! may be a Deny: without it, the other statements would allow more than the whole policy.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>

use super::document::VERSION;
use super::json::Json;
use super::pattern::{in_policies, with_variables};
use crate::Flaw;

/// The version of a policy without a `Version`: it has no variables.
const OLD_VERSION: &str = "2008-10-17";

/// A policy document.
#[derive(Debug)]
pub(super) struct Policy {
    /// Whether the version of the policy has variables.
    pub(super) has_variables: bool,
    pub(super) statements: Vec<Statement>,
}

/// A statement that allows.
#[derive(Debug)]
pub(super) struct Statement {
    /// The statement's number, counted from one, and its `Sid`.
    pub(super) name: String,
    /// The content of the statement, or a sentence (field and reason) why it cannot be parsed.
    pub(super) allows: Result<Allows, String>,
}

/// The content of a statement with the effect Allow.
#[derive(Debug)]
pub(super) struct Allows {
    pub(super) actions: Vec<String>,
    pub(super) resources: Vec<String>,
    pub(super) conditions: Vec<Condition>,
}

/// One key of a condition. All conditions of a statement must hold.
#[derive(Debug)]
pub(super) struct Condition {
    pub(super) operator: String,
    pub(super) key: String,
    /// Strings, numbers and booleans, of which one must match.
    pub(super) values: Vec<Json>,
}

/// Why a document is not imported at all.
#[derive(Debug, thiserror::Error)]
pub enum InvalidPolicy {
    /// The document is not JSON.
    #[error("not an IAM policy document: {0}")]
    Syntax(String),
    /// The document is JSON, but not a policy.
    #[error("not an IAM policy document: {0}")]
    Form(String),
    /// A statement denies. Grants cannot deny, so that the import without it would allow more.
    #[error("{0} is a Deny, which grants cannot express: nothing of the policy is imported")]
    Denies(String),
    /// A statement has an unknown effect, which may deny.
    #[error(
        "{0}, Effect: must be Allow or Deny, not `{1}`; it may deny, so nothing of the policy is \
         imported"
    )]
    Effect(String, String),
    /// A statement names a principal, so the policy belongs to a bucket, not to a user or group.
    #[error("{0} names a Principal: it belongs to a bucket, not to a user or group")]
    Principal(String),
    /// A resulting grant breaks a rule for new grants.
    #[error("a grant of the policy is not valid: {}: {}", .0.field(), .0)]
    Grant(#[from] Flaw),
}

type Members = [(String, Json)];

impl Policy {
    /// Reads a document.
    ///
    /// # Errors
    /// [`InvalidPolicy`] if the text is not a policy, or a statement denies or may deny.
    pub(super) fn parse(text: &str) -> Result<Self, InvalidPolicy> {
        let json: Json = serde_json::from_str(text).map_err(|error| syntax(&error))?;
        let Json::Object(members) = &json else {
            return Err(form(format!("it is {}, not an object with a Statement", json.kind())));
        };
        demand_known(members, &["Version", "Id", "Statement"]).map_err(|what| {
            form(format!("{what}; a policy itself has Version, Id and Statement only"))
        })?;
        let has_variables = has_variables(member(members, "Version"))?;
        let statement =
            member(members, "Statement").ok_or_else(|| form("it has no Statement".to_owned()))?;
        let statements = (1..).zip(statement.items()).map(|(number, json)| read(number, json));
        Ok(Self { has_variables, statements: statements.collect::<Result<_, _>>()? })
    }
}

fn form(what: String) -> InvalidPolicy {
    InvalidPolicy::Form(what)
}

fn syntax(error: &serde_json::Error) -> InvalidPolicy {
    let (line, column, words) = (error.line(), error.column(), error.to_string());
    let end = format!(" at line {line} column {column}");
    let what = words.strip_suffix(&end).unwrap_or(&words);
    InvalidPolicy::Syntax(format!("line {line}, column {column}: {what}"))
}

fn has_variables(version: Option<&Json>) -> Result<bool, InvalidPolicy> {
    let Some(version) = version else { return Ok(false) };
    match version.scalar().as_deref() {
        Some(VERSION) => Ok(true),
        Some(OLD_VERSION) => Ok(false),
        other => {
            let said = other.map_or_else(|| version.kind().to_owned(), shown);
            Err(form(format!("Version: is {VERSION} or {OLD_VERSION}, not {said}")))
        }
    }
}

fn read(number: usize, json: &Json) -> Result<Statement, InvalidPolicy> {
    let Json::Object(members) = json else {
        let name = format!("statement {number}");
        if json.says("Deny") {
            return Err(InvalidPolicy::Denies(name));
        }
        return Ok(Statement {
            name,
            allows: Err(format!("it is {}, not an object", json.kind())),
        });
    };
    let sid = member(members, "Sid").and_then(Json::scalar);
    let sid = sid.map(|sid| format!(" (Sid {})", shown(&sid))).unwrap_or_default();
    let name = format!("statement {number}{sid}");
    demand_no_less(members, &name)?;
    if ["Principal", "NotPrincipal"].iter().any(|&field| member(members, field).is_some()) {
        return Err(InvalidPolicy::Principal(name));
    }
    Ok(Statement { name, allows: allows(members) })
}

/// Refuses a statement that denies or may deny, even if the name of its member is misspelt.
fn demand_no_less(members: &Members, name: &str) -> Result<(), InvalidPolicy> {
    for (field, value) in members.iter().filter(|(field, _)| field != "Sid") {
        let is_effect = field.eq_ignore_ascii_case("Effect");
        if is_effect && value.says("Deny") {
            return Err(InvalidPolicy::Denies(name.to_owned()));
        }
        for word in value.items().iter().filter_map(Json::scalar) {
            if word.trim().eq_ignore_ascii_case("Deny") {
                return Err(InvalidPolicy::Denies(name.to_owned()));
            }
            if is_effect && !word.trim().eq_ignore_ascii_case("Allow") {
                return Err(InvalidPolicy::Effect(name.to_owned(), escaped(&word)));
            }
        }
    }
    Ok(())
}

fn allows(members: &Members) -> Result<Allows, String> {
    const KNOWN: [&str; 9] = [
        "Sid",
        "Effect",
        "Principal",
        "NotPrincipal",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
    ];
    demand_known(members, &KNOWN)?;
    for field in ["NotAction", "NotResource"] {
        if member(members, field).is_some() {
            return Err(format!(
                "{field}: it allows everything that it does not name, and no grant can do so"
            ));
        }
    }
    match member(members, "Effect").map(Json::scalar) {
        Some(Some(word)) if word == "Allow" => {}
        Some(Some(word)) => {
            return Err(format!("Effect: must be Allow or Deny, not {}", shown(&word)));
        }
        Some(None) => return Err("Effect: must be Allow or Deny".to_owned()),
        None => return Err("Effect: is missing".to_owned()),
    }
    Ok(Allows {
        actions: texts(members, "Action")?,
        resources: texts(members, "Resource")?,
        conditions: conditions(members)?,
    })
}

fn texts(members: &Members, field: &str) -> Result<Vec<String>, String> {
    let value = member(members, field).ok_or_else(|| format!("{field}: is missing"))?;
    let texts = value.items().iter().map(|item| match item {
        Json::Text(text) => Ok(text.clone()),
        other => Err(format!("{field}: holds {}, where a text is expected", other.kind())),
    });
    let texts = texts.collect::<Result<Vec<_>, _>>()?;
    if texts.is_empty() { Err(format!("{field}: is empty")) } else { Ok(texts) }
}

/// Reads the conditions. Duplicate members count too, because all conditions must hold.
fn conditions(members: &Members) -> Result<Vec<Condition>, String> {
    let Some((_, value)) = members.iter().find(|(name, _)| name == "Condition") else {
        return Ok(Vec::new());
    };
    let mut conditions = Vec::new();
    for (operator, keys) in object(value, "Condition")? {
        let place = format!("Condition {}", escaped(operator));
        let keys = object(keys, &place)?;
        if keys.is_empty() {
            return Err(format!("{place}: names no key"));
        }
        for (key, values) in keys {
            let values = scalars(values, &format!("{place} {}", escaped(key)))?;
            conditions.push(Condition { operator: operator.clone(), key: key.clone(), values });
        }
    }
    Ok(conditions)
}

fn object<'a>(json: &'a Json, place: &str) -> Result<&'a Members, String> {
    match json {
        Json::Object(members) => Ok(members),
        other => Err(format!("{place}: is {}, not an object", other.kind())),
    }
}

fn scalars(json: &Json, place: &str) -> Result<Vec<Json>, String> {
    let scalars = json.items();
    let odd =
        scalars.iter().find(|item| matches!(item, Json::Null | Json::List(_) | Json::Object(_)));
    match odd {
        Some(other) => Err(format!("{place}: holds {}, where a value is expected", other.kind())),
        None if scalars.is_empty() => Err(format!("{place}: has no value")),
        None => Ok(scalars.to_vec()),
    }
}

/// Refuses members that are not among `known`, and duplicate members.
fn demand_known(members: &Members, known: &[&str]) -> Result<(), String> {
    for (index, (name, _)) in members.iter().enumerate() {
        if !known.contains(&name.as_str()) {
            let near =
                known.iter().find(|one| one.eq_ignore_ascii_case(name.trim_end_matches('s')));
            let near = near.map(|one| format!(", {one} is")).unwrap_or_default();
            return Err(format!("{}: unknown element{near}", escaped(name)));
        }
        if members[..index].iter().any(|(other, _)| other == name) {
            return Err(format!("{name}: is given twice"));
        }
    }
    Ok(())
}

/// The member `name`; `None` if it is absent or null.
fn member<'a>(members: &'a Members, name: &str) -> Option<&'a Json> {
    members
        .iter()
        .find(|(other, _)| other == name)
        .map(|(_, value)| value)
        .filter(|value| **value != Json::Null)
}

/// A text of the policy in backticks, for a sentence.
pub(super) fn shown(text: &str) -> String {
    let named = with_variables(text, in_policies);
    format!("`{}`", escaped(named.as_deref().unwrap_or(text)))
}

/// A text of the policy with invisible characters escaped, without backticks.
pub(super) fn escaped(text: &str) -> String {
    let escape = |c: char| {
        if matches!(c, '"' | '\'') { c.to_string() } else { c.escape_debug().to_string() }
    };
    text.chars().map(escape).collect()
}
