//! Sets of the four permissions, as bits.

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

    /// From the bits of a row; `None` for bits that mean nothing.
    pub fn from_bits(bits: i16) -> Option<Self> {
        u8::try_from(bits).ok().filter(|bits| *bits <= Self::ALL.0).map(Self)
    }

    /// As the bits of a row.
    pub fn bits(self) -> i16 {
        i16::from(self.0)
    }

    /// Whether `permission` is among them.
    pub fn contains(self, permission: Permission) -> bool {
        self.0 & bit(permission) != 0
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Those in either.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Those in both.
    #[must_use]
    pub fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Those in `self` and not in `other`.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Them, one by one.
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
