//! Sets of the four permissions, as bit sets.

pub use sail_cargo_protocol::Permission;

/// A set of permissions: read 1, write 2, delete 4, admin 8.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Permissions(u8);

impl Permissions {
    /// No permission.
    pub const NONE: Self = Self(0);
    /// All four.
    pub const ALL: Self = Self(15);

    const EACH: [Permission; 4] =
        [Permission::Read, Permission::Write, Permission::Delete, Permission::Admin];

    /// Reads the bits of a database row; `None` if a bit has no meaning.
    pub fn from_bits(bits: i16) -> Option<Self> {
        u8::try_from(bits).ok().filter(|bits| *bits <= Self::ALL.0).map(Self)
    }

    /// The bits for a database row.
    pub fn bits(self) -> i16 {
        i16::from(self.0)
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

    /// The permissions in `self` but not in `other`.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// The permissions in the set, one by one.
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Self::EACH.into_iter().filter(move |permission| self.contains(*permission))
    }
}

const fn bit(permission: Permission) -> u8 {
    match permission {
        Permission::Read => 1,
        Permission::Write => 2,
        Permission::Delete => 4,
        Permission::Admin => 8,
    }
}

impl FromIterator<Permission> for Permissions {
    fn from_iter<I: IntoIterator<Item = Permission>>(permissions: I) -> Self {
        Self(permissions.into_iter().fold(0, |bits, permission| bits | bit(permission)))
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
    }
}
