//! The groups that a token names.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{Reading, Remark, SignedClaims, SubjectId, TokenError, Unreadable};

/// The groups of a token in a sentence.
pub(super) fn told(groups: &BTreeSet<SubjectId>) -> String {
    if groups.is_empty() {
        return "it names no groups".to_owned();
    }
    let names: Vec<_> = groups.iter().map(|group| format!("`{group}`")).collect();
    format!("its groups are {}", names.join(", "))
}

impl Reading<'_> {
    /// The groups. Entries that are not valid names are left out, with a remark.
    ///
    /// # Errors
    /// [`TokenError::NoGroups`] if the issuer must name groups and none can be read, not even an empty list;
    /// [`TokenError::ForeignName`] if one reads as another issuer's.
    pub(super) fn groups(&mut self) -> Result<BTreeSet<SubjectId>, TokenError> {
        let claim = self.issuer.claims().groups.clone();
        let named = match self.claims.find(&claim) {
            Ok(None) => {
                let elsewhere = are_elsewhere(self.claims, &claim);
                return self.none(elsewhere.then_some(Remark::GroupsElsewhere));
            }
            Ok(Some(value)) => self.entries(&value),
            Err(Unreadable) => None,
        };
        let Some(named) = named else { return self.none(Some(Remark::Ignored(claim))) };
        let mut groups = BTreeSet::new();
        for name in named {
            match name.map(|name| self.name(&name)).transpose()? {
                Some(Ok(group)) => drop(groups.insert(group)),
                Some(Err(_)) | None => {
                    self.remarks.insert(Remark::GroupsLeftOut(claim.clone()));
                }
            }
        }
        Ok(groups)
    }

    /// The entries of the claim; `None` within for one that is no text. `None` if the claim has none of the
    /// known shapes: a list of names or of objects with a `name`, a text, or an object of objects by name.
    fn entries(&self, value: &Value) -> Option<Vec<Option<String>>> {
        let text = |name: &Value| name.as_str().map(ToOwned::to_owned);
        match value {
            Value::Array(named) => {
                Some(named.iter().map(|one| text(one.get("name").unwrap_or(one))).collect())
            }
            Value::String(one) => {
                let named = self.issuer.groups().split(one).into_iter();
                Some(named.map(|name| Some(name.to_owned())).collect())
            }
            Value::Object(by_name) if is_by_name(by_name) => {
                Some(by_name.keys().cloned().map(Some).collect())
            }
            _ => None,
        }
    }

    /// No groups, which an issuer may forbid.
    fn none(&mut self, remark: Option<Remark>) -> Result<BTreeSet<SubjectId>, TokenError> {
        if self.issuer.groups().required {
            return Err(TokenError::NoGroups);
        }
        self.remarks.extend(remark);
        Ok(BTreeSet::new())
    }
}

/// Whether the names of an object are groups, as Zitadel writes roles: `{"admin":{"ORG":"DOMAIN"}}`. An object
/// of lists is a claim that holds others.
fn is_by_name(object: &Map<String, Value>) -> bool {
    !object.is_empty() && object.values().all(Value::is_object)
}

/// Whether the token says that its user has more groups than Microsoft Entra ID puts into a token
/// ("groups overage claim").
fn are_elsewhere(claims: &SignedClaims, groups_claim: &str) -> bool {
    let has_groups = matches!(claims.get("hasgroups"), Ok(Some(Value::Bool(true))));
    has_groups
        || claims.get("_claim_names").is_ok_and(|names| {
            names.is_some_and(|names| {
                names.get("groups").is_some() || names.get(groups_claim).is_some()
            })
        })
}
