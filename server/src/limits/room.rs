//! Limits on memory for large bodies: in total, per project, and per user of a project. So no
//! caller's bodies can keep those of all others out.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::domain::{Caller, ProjectId, SubjectId};

/// There is no space left, in all or for this caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub(crate) struct Full {
    /// The error's stable code.
    pub(crate) code: &'static str,
    /// The error's sentence.
    pub(crate) detail: &'static str,
}

/// A capacity in bytes, or in places.
#[derive(Debug)]
pub(crate) struct Room {
    all: usize,
    full: Full,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    by: HashMap<Share, usize>,
}

/// Owners whose shares of the capacity are limited.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Share {
    /// A project may use half of the capacity. Operators without a project count as one project.
    Project(Option<ProjectId>),
    /// A user may use a quarter of the capacity.
    User(ProjectId, SubjectId),
}

impl Share {
    fn of(&self, all: usize) -> usize {
        match self {
            Self::Project(_) => all / 2,
            Self::User(..) => all / 4,
        }
    }
}

/// The part of a room that one caller uses. Dropping it gives the space back.
#[derive(Debug)]
pub(crate) struct RoomShare {
    room: Arc<Room>,
    shares: Vec<Share>,
    bytes: usize,
}

impl Room {
    /// A room of `all` bytes or places, and the error when it is full.
    pub(crate) fn new(all: usize, full: Full) -> Arc<Self> {
        Arc::new(Self { all, full, taken: Mutex::default() })
    }

    /// A share for `caller`, still empty.
    pub(crate) fn share(self: &Arc<Self>, caller: &Caller) -> RoomShare {
        let mut shares = vec![Share::Project(caller.project().cloned())];
        if let Some(user) = caller.user() {
            shares.push(Share::User(user.project.clone(), user.id.clone()));
        }
        RoomShare { room: Arc::clone(self), shares, bytes: 0 }
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RoomShare {
    /// Grows the share to `bytes`; a larger share stays as it is.
    ///
    /// # Errors
    /// [`Full`] if the room, or the caller's part of it, has not enough space.
    pub(crate) fn grow_to(&mut self, bytes: usize) -> Result<(), Full> {
        let more = bytes.saturating_sub(self.bytes);
        if more == 0 {
            return Ok(());
        }
        let all = self.room.all;
        let mut taken = self.room.taken();
        let is_full = |share: &Share| taken.by.get(share).unwrap_or(&0) + more > share.of(all);
        if taken.all + more > all || self.shares.iter().any(is_full) {
            return Err(self.room.full);
        }
        taken.all += more;
        for share in &self.shares {
            *taken.by.entry(share.clone()).or_default() += more;
        }
        self.bytes = bytes;
        Ok(())
    }
}

impl Drop for RoomShare {
    fn drop(&mut self) {
        if self.bytes == 0 {
            return;
        }
        let mut taken = self.room.taken();
        taken.all -= self.bytes;
        for share in &self.shares {
            if let Some(bytes) = taken.by.get_mut(share) {
                *bytes -= self.bytes;
                if *bytes == 0 {
                    taken.by.remove(share);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use chrono::DateTime;

    use super::*;
    use crate::domain::{OperatorName, User};

    fn project(number: u8) -> ProjectId {
        ProjectId::parse(&format!("0b6f4cdb-7a0f-4f0f-9f4e-2d5a3a1a00{number:02}")).unwrap()
    }

    fn operator_in(number: u8) -> Caller {
        Caller::Operator { name: OperatorName::command_line(), project: Some(project(number)) }
    }

    fn user(number: u8, id: &str) -> Caller {
        Caller::User(User {
            project: project(number),
            id: SubjectId::parse(id).unwrap(),
            groups: BTreeSet::new(),
            service_account: false,
            expires_at: DateTime::UNIX_EPOCH,
            signed_in_at: None,
            epoch: None,
            via: None,
        })
    }

    #[test]
    fn one_project_leaves_room_for_others_and_what_is_given_back_is_there_again() {
        let room = Room::new(100, Full { code: "full", detail: "full" });
        let (one, other, third) = (operator_in(1), operator_in(2), operator_in(3));
        let mut first = room.share(&one);
        first.grow_to(30).unwrap();
        first.grow_to(50).unwrap();
        first.grow_to(20).unwrap();
        assert!(room.share(&one).grow_to(1).is_err(), "half of it is one project's");
        let mut second = room.share(&other);
        second.grow_to(45).unwrap();
        assert!(room.share(&third).grow_to(6).is_err(), "there is no more than all");
        room.share(&third).grow_to(5).unwrap();
        drop(first);
        room.share(&one).grow_to(50).unwrap();
        drop(second);
        let taken = room.taken();
        assert_eq!((taken.all, taken.by.len()), (0, 0));
    }

    #[test]
    fn one_user_leaves_room_for_others_of_the_project() {
        let room = Room::new(100, Full { code: "full", detail: "full" });
        let mut ada = room.share(&user(1, "ada"));
        ada.grow_to(25).unwrap();
        assert!(ada.grow_to(26).is_err());
        let mut bob = room.share(&user(1, "bob"));
        bob.grow_to(25).unwrap();
        assert!(room.share(&user(1, "carl")).grow_to(1).is_err(), "the project has its half");
        room.share(&user(2, "ada")).grow_to(25).unwrap();
    }
}
