//! A reference implementation of the decision rule, as simple as possible: plain types, no
//! ordering, no shortcuts. `docs/ARCHITECTURE.md` describes the rule in words.

/// Permissions as bits: read 1, write 2, delete 4, admin 8, list 16. Read contains list.
pub(crate) type Bits = u8;

/// The state of a project.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    pub(crate) active: bool,
    pub(crate) default: Bits,
    /// Name, public permissions, ceiling.
    pub(crate) buckets: Vec<(String, Bits, Bits)>,
    pub(crate) grants: Vec<Grant>,
    pub(crate) members: Vec<Member>,
    /// The users with an account, and its name.
    pub(crate) accounts: Vec<(String, String)>,
}

/// A grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Grant {
    pub(crate) bucket: String,
    pub(crate) prefix: String,
    /// `l` literal, `t` template: `${user}` stands for the requester, `${username}` for their account.
    pub(crate) read: char,
    /// `u` user, `g` group, `t` token group, `k` everybody with a token, `*` everybody.
    pub(crate) kind: char,
    pub(crate) subject: String,
    pub(crate) bits: Bits,
    pub(crate) from: Option<i64>,
    pub(crate) until: Option<i64>,
}

/// A membership in a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) group: String,
    pub(crate) user: String,
    pub(crate) until: Option<i64>,
}

/// A requester: a user, and the groups of their token.
#[derive(Debug, Clone)]
pub(crate) struct Requester {
    pub(crate) user: String,
    pub(crate) groups: Vec<String>,
}

/// What an access key is good for; what is `None` is not limited.
#[derive(Debug, Clone, Default)]
pub(crate) struct Limits {
    pub(crate) buckets: Option<Vec<String>>,
    pub(crate) prefixes: Option<Vec<String>>,
    pub(crate) bits: Option<Bits>,
}

impl Limits {
    /// Whether `need`, one bit, on everything whose key starts with `scope` is within them.
    pub(crate) fn allow(&self, bucket: &str, scope: &str, need: Bits) -> bool {
        self.buckets.as_ref().is_none_or(|all| all.iter().any(|name| name == bucket))
            && self.prefixes.as_ref().is_none_or(|all| all.iter().any(|one| scope.starts_with(one)))
            && self.bits.is_none_or(|bits| whole(bits) & need == need)
    }
}

impl State {
    /// Whether `requester` may do `need`, one bit, to everything whose key starts with `scope`.
    pub(crate) fn allows(
        &self,
        requester: &Requester,
        bucket: &str,
        scope: &str,
        need: Bits,
        now: i64,
    ) -> bool {
        if !self.active {
            return false;
        }
        for (name, public, ceiling) in &self.buckets {
            if name == bucket {
                let mut held = self.default | public;
                for grant in &self.grants {
                    if grant.bucket == bucket
                        && self
                            .own(grant, &requester.user)
                            .is_some_and(|own| scope.starts_with(&own))
                        && live(grant.from, grant.until, now)
                        && self.names(grant, requester, now)
                    {
                        held |= grant.bits;
                    }
                }
                return whole(held) & whole(*ceiling) & need == need;
            }
        }
        false
    }

    fn names(&self, grant: &Grant, requester: &Requester, now: i64) -> bool {
        match grant.kind {
            'u' => grant.subject == requester.user,
            't' => requester.groups.contains(&grant.subject),
            'g' => self.members.iter().any(|member| {
                member.group == grant.subject
                    && member.user == requester.user
                    && live(None, member.until, now)
            }),
            _ => true,
        }
    }

    /// The prefix of a grant for a user.
    fn own(&self, grant: &Grant, user: &str) -> Option<String> {
        let by_name = grant.prefix.contains("${username}");
        match grant.read {
            't' if by_name => {
                let (_, name) = self.accounts.iter().find(|(account, _)| account == user)?;
                Some(grant.prefix.replace("${username}", name))
            }
            't' if matches!(user, "." | "..") || user.contains(['/', '\\', '%']) => None,
            't' => Some(grant.prefix.replace("${user}", user)),
            _ => Some(grant.prefix.clone()),
        }
    }
}

/// The bits with what they contain.
fn whole(bits: Bits) -> Bits {
    if bits & 1 == 1 { bits | 16 } else { bits }
}

fn live(from: Option<i64>, until: Option<i64>, now: i64) -> bool {
    from.is_none_or(|from| from <= now) && until.is_none_or(|until| now < until)
}
