//! Sets of permissions, as bit sets.

pub use sail_cargo_protocol::Permission;

/// A set of permissions: read 1, write 2, delete 4, admin 8, list 16.
///
/// `read` contains `list`: a set with the one has the other, whatever it was made from. Rows, answers and
/// sentences leave `list` out where there is `read`, as they did before there was `list`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Permissions(u8);

impl Permissions {
    /// No permission.
    pub const NONE: Self = Self(0);
    /// All of them.
    pub const ALL: Self = Self(31);

    const EACH: [Permission; 5] = [
        Permission::Read,
        Permission::Write,
        Permission::Delete,
        Permission::Admin,
        Permission::List,
    ];

    /// Reads the bits of a database row; `None` if a bit has no meaning.
    pub fn from_bits(bits: i16) -> Option<Self> {
        let bits = u8::try_from(bits).ok().filter(|bits| *bits <= Self::ALL.0)?;
        Some(Self::closed(bits))
    }

    /// The bits for a database row, without what others contain.
    pub fn bits(self) -> i16 {
        self.iter().map(|permission| i16::from(bit(permission))).sum()
    }

    /// The bits with what they contain.
    const fn closed(bits: u8) -> Self {
        Self(if bits & READ != 0 { bits | LIST } else { bits })
    }

    /// Whether the set contains `permission`.
    pub fn contains(self, permission: Permission) -> bool {
        self.0 & bit(permission) != 0
    }

    /// Whether the set is empty.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The permissions in either set.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The permissions in both sets.
    #[must_use]
    pub fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The permissions in `self` but not in `other`: `read` without `list` is `read`.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self::closed(self.0 & !other.0)
    }

    /// The permissions in the set, one by one, without those that another contains.
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        let said = if self.0 & READ != 0 { self.0 & !LIST } else { self.0 };
        Self::EACH.into_iter().filter(move |permission| said & bit(*permission) != 0)
    }
}

const READ: u8 = bit(Permission::Read);
const LIST: u8 = bit(Permission::List);

const fn bit(permission: Permission) -> u8 {
    match permission {
        Permission::Read => 1,
        Permission::Write => 2,
        Permission::Delete => 4,
        Permission::Admin => 8,
        Permission::List => 16,
    }
}

impl FromIterator<Permission> for Permissions {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        Self::closed(permissions.into_iter().fold(0, |bits, permission| bits | bit(permission)))
    }
}

impl From<&sail_cargo_protocol::Permissions> for Permissions {
    fn from(wire: &sail_cargo_protocol::Permissions) -> Self {
        wire.iter().copied().collect()
    }
}

impl From<Permissions> for sail_cargo_protocol::Permissions {
    fn from(permissions: Permissions) -> Self {
        permissions.iter().collect()
    }
}

/// The word for a permission in sentences.
pub const fn word(permission: Permission) -> &'static str {
    match permission {
        Permission::Read => "read",
        Permission::Write => "write",
        Permission::Delete => "delete",
        Permission::Admin => "admin",
        Permission::List => "list",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> impl Iterator<Item = Permissions> {
        (0..32).map(|bits| Permissions::from_bits(bits).unwrap())
    }

    #[test]
    fn read_contains_list_however_a_set_is_made() {
        assert_eq!(Permissions::from_bits(32), None);
        let (read, list) =
            (Permissions::from_bits(1).unwrap(), Permissions::from_bits(16).unwrap());
        assert!(read.contains(Permission::List) && !list.contains(Permission::Read));
        assert_eq!(read.intersection(list), list);
        assert_eq!(list.without(read), Permissions::NONE);
        assert_eq!(read.without(list).iter().collect::<Vec<_>>(), [Permission::Read]);
        assert_eq!(Permissions::from_bits(15), Some(Permissions::ALL));
        for (one, other) in all().flat_map(|one| all().map(move |other| (one, other))) {
            for set in [one.union(other), one.intersection(other), one.without(other)] {
                assert!(!set.contains(Permission::Read) || set.contains(Permission::List));
                assert_eq!(Permissions::from_bits(set.bits()), Some(set));
                assert_eq!(set.iter().collect::<Permissions>(), set);
            }
        }
    }

    #[test]
    fn rows_and_answers_of_before_read_and_write_as_they_did() {
        for bits in 0..16 {
            let set = Permissions::from_bits(bits).unwrap();
            assert_eq!(set.bits(), bits);
            assert!(!sail_cargo_protocol::Permissions::from(set).contains(&Permission::List));
        }
    }
}
