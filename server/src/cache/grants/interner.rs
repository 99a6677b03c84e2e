//! Values that many grants share, each kept once under a small number.

use std::collections::HashMap;
use std::hash::Hash;

/// The number of an interned value.
pub(super) type Number = u32;

/// Interned values, with how often each is used. The number of a value that is not used any more is
/// given to another.
#[derive(Debug)]
pub(super) struct Interner<T> {
    slots: Vec<Slot<T>>,
    vacant: Vec<Number>,
    numbers: HashMap<T, Number>,
}

#[derive(Debug)]
struct Slot<T> {
    value: T,
    uses: u32,
}

impl<T> Default for Interner<T> {
    fn default() -> Self {
        Self { slots: Vec::new(), vacant: Vec::new(), numbers: HashMap::new() }
    }
}

impl<T: Clone + Eq + Hash> Interner<T> {
    /// The number of `value`, used once more.
    pub(super) fn acquire(&mut self, value: &T) -> Number {
        if let Some(&number) = self.numbers.get(value) {
            self.slot_mut(number).uses += 1;
            return number;
        }
        let slot = Slot { value: value.clone(), uses: 1 };
        let number = match self.vacant.pop() {
            Some(number) => {
                *self.slot_mut(number) = slot;
                number
            }
            None => self.push(slot),
        };
        self.numbers.insert(value.clone(), number);
        number
    }

    /// Gives up one use of `number`.
    pub(super) fn release(&mut self, number: Number) {
        let slot = self.slot_mut(number);
        slot.uses -= 1;
        if slot.uses == 0 {
            let value = slot.value.clone();
            self.numbers.remove(&value);
            self.vacant.push(number);
        }
    }

    /// The number of `value`, if it is used.
    pub(super) fn find(&self, value: &T) -> Option<Number> {
        self.numbers.get(value).copied()
    }

    /// The value with this number, which must be in use.
    pub(super) fn value(&self, number: Number) -> &T {
        &self.slots[number as usize].value
    }

    /// Gives back the memory that growing left over.
    pub(super) fn shrink(&mut self) {
        self.slots.shrink_to_fit();
        self.vacant.shrink_to_fit();
        self.numbers.shrink_to_fit();
    }

    fn slot_mut(&mut self, number: Number) -> &mut Slot<T> {
        &mut self.slots[number as usize]
    }

    #[expect(clippy::expect_used, reason = "so many values fill 64 GiB and more")]
    fn push(&mut self, slot: Slot<T>) -> Number {
        let number = Number::try_from(self.slots.len()).expect("fewer than 2^32 values");
        self.slots.push(slot);
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_given_out_again_when_its_last_use_ends() {
        let mut words = Interner::default();
        let [a, b] = ["a", "b"].map(|word| words.acquire(&word));
        assert_eq!(words.acquire(&"a"), a);
        words.release(a);
        assert_eq!((words.find(&"a"), *words.value(a)), (Some(a), "a"), "it has another use");
        words.release(a);
        assert_eq!(words.find(&"a"), None);
        assert_eq!(words.acquire(&"c"), a);
        assert_eq!((*words.value(a), *words.value(b)), ("c", "b"));
    }
}
