//! Which passwords are refused (NIST SP 800-63B-4 §3.1.1.2: length and a blocklist, no composition).

use std::collections::HashSet;

use zeroize::Zeroizing;

use super::known_passwords::KNOWN;
use crate::limits::{MAX_PASSWORD, MAX_PASSWORD_BYTES, MIN_PASSWORD};

/// The rule for the length.
pub(super) const LENGTH: &str = "15 to 256 characters, and at most 1024 bytes";
/// How many characters must be left without what is easy to guess.
const LEFT: usize = 8;
/// How few different characters are a repetition.
const FEW: usize = 5;
/// From how many characters on neighbours on a keyboard are a run.
const RUN: usize = 4;
/// From how many characters on a name counts.
const NAME: usize = 3;

/// The orders in which characters are typed without a thought; each is tried backwards as well.
const ROWS: [&str; 8] = [
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "qwertzuiopü",
    "yxcvbnm",
    "azertyuiop",
];

/// The slanted columns of a keyboard.
const COLUMNS: [&str; 3] =
    ["1qaz2wsx3edc4rfv5tgb6yhn7ujm", "1q2w3e4r5t6y7u8i9o0p", "qazwsxedcrfvtgbyhnujm"];

/// Checks a password in its normal form.
pub(super) fn demand_good(password: &str, names: &[&str]) -> Result<(), &'static str> {
    let length = password.chars().count();
    if !(MIN_PASSWORD..=MAX_PASSWORD).contains(&length) || password.len() > MAX_PASSWORD_BYTES {
        return Err(LENGTH);
    }
    if password.chars().any(char::is_control) {
        return Err("no control characters");
    }
    let folded = Zeroizing::new(password.to_lowercase());
    if repeats(&folded) {
        return Err("it repeats itself");
    }
    if without_runs(&folded) < LEFT {
        return Err("it follows the keyboard or the alphabet");
    }
    if without_names(&folded, names) < LEFT {
        return Err("it is made of the account's own names");
    }
    if is_known(&folded) {
        return Err("it is on the list of known passwords");
    }
    Ok(())
}

/// Whether it has few different characters, or is one piece over and over.
fn repeats(text: &str) -> bool {
    let characters = Zeroizing::new(text.chars().collect::<Vec<_>>());
    let different: HashSet<char> = characters.iter().copied().collect();
    let is_period = |period: usize| {
        characters.iter().zip(characters.iter().skip(period)).all(|(one, other)| one == other)
    };
    different.len() < FEW || (1..=characters.len() / 2).any(is_period)
}

/// How many characters are in no run of neighbours.
fn without_runs(text: &str) -> usize {
    let characters = Zeroizing::new(text.chars().collect::<Vec<_>>());
    let (mut left, mut at) = (0, 0);
    while at < characters.len() {
        let run = longest_run(&characters[at..]);
        if run >= RUN {
            at += run;
        } else {
            left += 1;
            at += 1;
        }
    }
    left
}

/// How many of the first characters are neighbours in one order.
fn longest_run(characters: &[char]) -> usize {
    let orders = ROWS.iter().chain(&COLUMNS);
    let runs = orders.flat_map(|order| {
        let forward: Vec<char> = order.chars().collect();
        let backward: Vec<char> = order.chars().rev().collect();
        [run_in(characters, &forward), run_in(characters, &backward)]
    });
    runs.max().unwrap_or_default()
}

fn run_in(characters: &[char], order: &[char]) -> usize {
    let starts = order.iter().enumerate().filter(|(_, one)| Some(*one) == characters.first());
    let run = |(start, _): (usize, &char)| {
        characters.iter().zip(&order[start..]).take_while(|(one, other)| one == other).count()
    };
    starts.map(run).max().unwrap_or_default()
}

/// How many characters are in none of the names.
fn without_names(text: &str, names: &[&str]) -> usize {
    let mut names: Vec<String> = names.iter().map(|name| name.to_lowercase()).collect();
    names.retain(|name| name.chars().count() >= NAME);
    names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    let mut rest = Zeroizing::new(text.to_owned());
    for name in &names {
        rest = Zeroizing::new(rest.replace(name.as_str(), " "));
    }
    rest.chars().filter(|character| character.is_alphanumeric()).count()
}

/// Whether its letters and digits are a known password, with or without digits behind it.
fn is_known(text: &str) -> bool {
    let plain: String = text.chars().filter(|character| character.is_alphanumeric()).collect();
    let plain = Zeroizing::new(plain);
    let bare = plain.trim_end_matches(|character: char| character.is_ascii_digit());
    KNOWN.iter().any(|known| *known == plain.as_str() || *known == bare)
}
