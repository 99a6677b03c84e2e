//! Room for what is large: so many bytes at a time in all, so many of one project, and of one user
//! in it, so that nobody's bodies stand in another's way.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::error::ApiError;
use crate::domain::{Caller, ProjectId, SubjectId};

/// So many bytes may be kept at a time; or so many of whatever is counted.
#[derive(Debug)]
pub(super) struct Room {
    all: usize,
    /// The code and the sentence for whom there is none left.
    full: (&'static str, &'static str),
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    by: HashMap<Share, usize>,
}

/// Of whom there is so much.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Share {
    /// Half of the room is one project's at most; operators who name no project are one.
    Project(Option<ProjectId>),
    /// Half of that is one user's.
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

/// What a caller has of a room. It is given back when this goes.
#[derive(Debug)]
pub(super) struct RoomShare {
    room: Arc<Room>,
    shares: Vec<Share>,
    bytes: usize,
}

impl Room {
    /// `all` bytes.
    pub(super) fn new(all: usize, full: (&'static str, &'static str)) -> Arc<Self> {
        Arc::new(Self { all, full, taken: Mutex::default() })
    }

    /// A place in it, of no size yet.
    pub(super) fn share(self: &Arc<Self>, caller: &Caller) -> RoomShare {
        let mut shares = vec![Share::Project(caller.project().cloned())];
        if let Caller::User(user) = caller {
            shares.push(Share::User(user.project.clone(), user.id.clone()));
        }
        RoomShare { room: Arc::clone(self), shares, bytes: 0 }
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RoomShare {
    /// Makes it so large, unless it is already.
    ///
    /// # Errors
    /// There is not as much left, in all or for this caller.
    pub(super) fn grow_to(&mut self, bytes: usize) -> Result<(), ApiError> {
        let more = bytes.saturating_sub(self.bytes);
        if more == 0 {
            return Ok(());
        }
        let all = self.room.all;
        let mut taken = self.room.taken();
        let is_full = |share: &Share| taken.by.get(share).unwrap_or(&0) + more > share.of(all);
        if taken.all + more > all || self.shares.iter().any(is_full) {
            let (code, detail) = self.room.full;
            return Err(ApiError::Unavailable { code, detail });
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
            via: None,
        })
    }

    #[test]
    fn one_project_leaves_room_for_others_and_what_is_given_back_is_there_again() {
        let room = Room::new(100, ("full", "full"));
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
        let room = Room::new(100, ("full", "full"));
        let mut ada = room.share(&user(1, "ada"));
        ada.grow_to(25).unwrap();
        assert!(ada.grow_to(26).is_err());
        let mut bob = room.share(&user(1, "bob"));
        bob.grow_to(25).unwrap();
        assert!(room.share(&user(1, "carl")).grow_to(1).is_err(), "the project has its half");
        room.share(&user(2, "ada")).grow_to(25).unwrap();
    }
}
