//! Room for what is large: so many bytes at a time in all, and so many of one project, so that no
//! project's bodies stand in another's way.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::error::ApiError;
use crate::domain::ProjectId;

/// So many bytes may be kept at a time.
#[derive(Debug)]
pub(super) struct Room {
    all: usize,
    of_one: usize,
    /// The code and the sentence for whom there is none left.
    full: (&'static str, &'static str),
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    /// Operators who name no project are one.
    by_project: HashMap<Option<ProjectId>, usize>,
}

/// What a project has of a room. It is given back when this goes.
#[derive(Debug)]
pub(super) struct Place {
    room: Arc<Room>,
    project: Option<ProjectId>,
    bytes: usize,
}

impl Room {
    /// `all` bytes, and half of them at most for one project.
    pub(super) fn new(all: usize, full: (&'static str, &'static str)) -> Arc<Self> {
        Arc::new(Self { all, of_one: all / 2, full, taken: Mutex::default() })
    }

    /// A place in it, of no size yet.
    pub(super) fn place(self: &Arc<Self>, project: Option<&ProjectId>) -> Place {
        Place { room: Arc::clone(self), project: project.cloned(), bytes: 0 }
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// Makes it so large, unless it is already.
    ///
    /// # Errors
    /// There is not as much left, in all or for this project.
    pub(super) fn grow_to(&mut self, bytes: usize) -> Result<(), ApiError> {
        let more = bytes.saturating_sub(self.bytes);
        if more == 0 {
            return Ok(());
        }
        let mut taken = self.room.taken();
        let of_one = taken.by_project.get(&self.project).copied().unwrap_or_default();
        if taken.all + more > self.room.all || of_one + more > self.room.of_one {
            let (code, detail) = self.room.full;
            return Err(ApiError::Unavailable { code, detail });
        }
        taken.all += more;
        taken.by_project.insert(self.project.clone(), of_one + more);
        self.bytes = bytes;
        Ok(())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.bytes == 0 {
            return;
        }
        let mut taken = self.room.taken();
        taken.all -= self.bytes;
        let left = taken.by_project.get(&self.project).map_or(0, |of_one| of_one - self.bytes);
        if left == 0 {
            taken.by_project.remove(&self.project);
        } else {
            taken.by_project.insert(self.project.clone(), left);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project(number: u8) -> ProjectId {
        ProjectId::parse(&format!("0b6f4cdb-7a0f-4f0f-9f4e-2d5a3a1a00{number:02}")).unwrap()
    }

    #[test]
    fn one_project_leaves_room_for_others_and_what_is_given_back_is_there_again() {
        let room = Room::new(100, ("full", "full"));
        let (one, other, third) = (project(1), project(2), project(3));
        let mut first = room.place(Some(&one));
        first.grow_to(30).unwrap();
        first.grow_to(50).unwrap();
        first.grow_to(20).unwrap();
        assert!(room.place(Some(&one)).grow_to(1).is_err(), "half of it is one project's");
        let mut second = room.place(Some(&other));
        second.grow_to(45).unwrap();
        assert!(room.place(Some(&third)).grow_to(6).is_err(), "there is no more than all");
        room.place(Some(&third)).grow_to(5).unwrap();
        drop(first);
        room.place(Some(&one)).grow_to(50).unwrap();
        drop(second);
        let taken = room.taken();
        assert_eq!((taken.all, taken.by_project.len()), (0, 0));
    }
}
