//! What the variables of templates stand for.

use super::account::Username;
use super::names::SubjectId;
use super::storage_contract::StorageContract;

/// What the variables of templates stand for, for one user.
#[derive(Debug, Clone, Copy)]
pub struct VariableValues<'a> {
    user: &'a SubjectId,
    username: Option<&'a Username>,
    /// Whether the storage takes keys in upper and in lower case for the same.
    folds_case: bool,
}

impl<'a> VariableValues<'a> {
    /// For the user `user`, whose account, if they have one, is called `username`.
    pub const fn of(user: &'a SubjectId, username: Option<&'a Username>) -> Self {
        Self { user, username, folds_case: false }
    }

    /// The same for keys in a storage.
    #[must_use]
    pub const fn stored_in(self, storage: &StorageContract) -> Self {
        Self { folds_case: storage.folds_case, ..self }
    }

    /// The value of `${user}`. Where the storage folds case, only ids in lower case have one: the keys of the
    /// others would be those of another user.
    pub(crate) fn user(self) -> Option<&'a str> {
        let id = self.user.as_str();
        (!self.folds_case || is_lower_case(id)).then_some(id)
    }

    /// The value of `${username}`, which is in lower case; users without an account have none.
    pub(crate) fn username(self) -> Option<&'a str> {
        self.username.map(Username::as_str)
    }
}

/// Whether nothing else that folds to the same text is in lower case: `ſ` is not, for it folds as `s` does.
fn is_lower_case(text: &str) -> bool {
    text.to_uppercase().to_lowercase() == text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_case_is_folded_only_ids_in_lower_case_have_a_value() {
        let folding = StorageContract { folds_case: true, ..StorageContract::strict() };
        let username = Username::parse("Ada").unwrap();
        for (id, is_lower) in [
            ("ada", true),
            ("ада", true),
            ("äda", true),
            ("ada-1:x@example.com", true),
            ("0190b3f6-7c2e-7a31-8b5e-2f6d9a4c1e10", true),
            ("Ada", false),
            ("adA", false),
            ("Ада", false),
            ("Äda", false),
            ("\u{17f}am", false),
            ("\u{212a}im", false),
            ("ı", false),
        ] {
            let user = SubjectId::parse(id).unwrap();
            let values = VariableValues::of(&user, Some(&username));
            assert_eq!(values.user(), Some(id));
            assert_eq!(values.stored_in(&StorageContract::strict()).user(), Some(id));
            let folded = values.stored_in(&folding);
            assert_eq!(folded.user(), is_lower.then_some(id), "{id}");
            assert_eq!(folded.username(), Some("ada"));
        }
    }
}
