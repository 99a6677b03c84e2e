//! Changes that must not matter do not matter, and additional grants never take access away.

use crate::generate::{BUCKETS, Dice, NOW, SCOPES};
use crate::reference::{Requester, State};

const STATES: usize = 300;

/// The engine's answers to all questions.
fn answers(state: &State, askers: &[Requester]) -> Vec<bool> {
    let mut answers = Vec::new();
    for requester in askers {
        for bucket in BUCKETS {
            for scope in SCOPES {
                for need in [1, 2, 4, 8, 16] {
                    answers.push(crate::agree::engine(state, requester, bucket, scope, need, NOW));
                }
            }
        }
    }
    answers
}

fn each(seed: u64, test: impl Fn(&mut Dice, &State, &[Requester], &[bool])) {
    let mut dice = Dice::seeded(seed);
    for _ in 0..STATES {
        let state = dice.state();
        let state = dice.with_accounts(state);
        let askers = [dice.requester(), dice.requester()];
        let said = answers(&state, &askers);
        test(&mut dice, &state, &askers, &said);
    }
}

#[test]
fn the_order_of_grants_and_their_splitting_into_bits_do_not_matter() {
    each(3, |dice, state, askers, said| {
        let mut shuffled = state.clone();
        for index in (1..shuffled.grants.len()).rev() {
            shuffled.grants.swap(index, dice.roll(index + 1));
        }
        shuffled.members.reverse();
        assert_eq!(answers(&shuffled, askers), said);
        let mut split = state.clone();
        split.grants = state
            .grants
            .iter()
            .flat_map(|grant| {
                let bits = [1, 2, 4, 8, 16].into_iter().filter(|bit| grant.bits & bit != 0);
                bits.map(|bits| crate::reference::Grant { bits, ..grant.clone() })
            })
            .collect();
        assert_eq!(answers(&split, askers), said);
    });
}

#[test]
fn a_grant_more_never_takes_away_and_a_grant_less_never_gives() {
    each(4, |dice, state, askers, said| {
        let mut more = state.clone();
        more.grants.extend(dice.state().grants);
        more.members.extend(dice.state().members);
        let gained = answers(&more, askers);
        assert!(said.iter().zip(&gained).all(|(before, after)| !before || *after));
        let mut less = state.clone();
        if !less.grants.is_empty() {
            less.grants.remove(dice.roll(less.grants.len()));
        }
        let left = answers(&less, askers);
        assert!(said.iter().zip(&left).all(|(before, after)| *before || !after));
        let mut frozen = state.clone();
        for bucket in &mut frozen.buckets {
            bucket.2 &= dice.bits();
        }
        let capped = answers(&frozen, askers);
        assert!(said.iter().zip(&capped).all(|(before, after)| *before || !after));
    });
}
