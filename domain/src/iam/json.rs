//! A JSON reader that keeps duplicate members, which most readers drop.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// A JSON value. Numbers stay text, because nothing calculates with them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Json {
    Null,
    Bool(bool),
    Number(String),
    Text(String),
    List(Vec<Json>),
    /// The members in their order, duplicates included.
    Object(Vec<(String, Json)>),
}

impl Json {
    /// The text of a string, number or boolean, alone or as the only item of a list.
    pub(super) fn scalar(&self) -> Option<String> {
        match self {
            Self::Bool(is) => Some(is.to_string()),
            Self::Number(text) | Self::Text(text) => Some(text.clone()),
            Self::List(items) => match items.as_slice() {
                [one @ (Self::Bool(_) | Self::Number(_) | Self::Text(_))] => one.scalar(),
                _ => None,
            },
            Self::Null | Self::Object(_) => None,
        }
    }

    /// The items of a list; for any other value, the value as the only item.
    pub(super) fn items(&self) -> &[Self] {
        match self {
            Self::List(items) => items,
            one => std::slice::from_ref(one),
        }
    }

    /// Whether any string inside the value is `word`, ignoring case.
    pub(super) fn says(&self, word: &str) -> bool {
        match self {
            Self::Text(text) => text.trim().eq_ignore_ascii_case(word),
            Self::List(items) => items.iter().any(|item| item.says(word)),
            Self::Object(members) => members.iter().any(|(_, value)| value.says(word)),
            Self::Null | Self::Bool(_) | Self::Number(_) => false,
        }
    }

    /// The kind of the value, with its article.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a truth value",
            Self::Number(_) => "a number",
            Self::Text(_) => "a text",
            Self::List(_) => "a list",
            Self::Object(_) => "an object",
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, is: bool) -> Result<Json, E> {
        Ok(Json::Bool(is))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Json, E> {
        Ok(Json::Number(number.to_string()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Json, E> {
        Ok(Json::Number(number.to_string()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Json, E> {
        Ok(Json::Number(number.to_string()))
    }

    fn visit_str<E>(self, text: &str) -> Result<Json, E> {
        Ok(Json::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Json, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(Json::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Json, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = object.next_entry()? {
            members.push(member);
        }
        Ok(Json::Object(members))
    }
}
