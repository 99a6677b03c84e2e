//! The operators of policy conditions.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>

/// A parsed operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Operator {
    /// The operator without its prefix (`ForAllValues:`) and suffix (`IfExists`).
    pub(super) base: &'static str,
    /// Whether the condition holds if the request does not have the key.
    pub(super) holds_without: bool,
}

const BASES: [&str; 27] = [
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
    "NumericEquals",
    "NumericNotEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "DateEquals",
    "DateNotEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
    "Bool",
    "BinaryEquals",
    "IpAddress",
    "NotIpAddress",
    "ArnEquals",
    "ArnNotEquals",
    "ArnLike",
    "ArnNotLike",
    "Null",
];

impl Operator {
    /// Reads an operator such as `ForAllValues:StringLikeIfExists`; `None` if it does not exist.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (of_all, rest) = match text.split_once(':') {
            None => (false, text),
            Some(("ForAllValues", rest)) => (true, rest),
            Some(("ForAnyValue", rest)) => (false, rest),
            Some(_) => return None,
        };
        let without = rest.strip_suffix("IfExists");
        let base = BASES.into_iter().find(|base| *base == without.unwrap_or(rest))?;
        let is_plain = rest == text && without.is_none();
        let holds_without = of_all || without.is_some();
        (base != "Null" || is_plain).then_some(Self { base, holds_without })
    }
}
