//! Which passwords are taken.

use crate::Field;
use crate::account::{NewPassword, Password};

fn judge(text: &str) -> Result<(), String> {
    let names = ["ada.lovelace", "ada@example.com", "ada", "Ada Lovelace", "Ada", "Lovelace"];
    let password = NewPassword::parse(text, &names, Field::Password);
    password.map(drop).map_err(|flaw| flaw.to_string())
}

#[test]
fn a_long_password_is_good_whatever_it_is_composed_of() {
    let longest: String = "lamp pear stone wren ".chars().cycle().take(200).collect();
    let longest = format!("{longest}{}", "a tree beside the old harbour wall 7 times over!");
    for text in [
        "a lamp and seven pears",
        "gxkvtopwhmzqbnf",
        "пятьсинихкитовплывут",
        "五つの青い鯨が海を泳いでいる夜明け前",
        "ada went to sea in a sieve",
        &longest,
    ] {
        assert_eq!(judge(text), Ok(()), "{text}");
    }
}

#[test]
fn what_is_easy_to_guess_is_refused_by_the_rule_that_it_breaks() {
    let too_long = "lamp pear stone ".repeat(17);
    for (text, rule) in [
        ("", "15 to 256 characters"),
        ("gxkvtopwhmzqbn", "15 to 256 characters"),
        (too_long.as_str(), "15 to 256 characters"),
        ("gxkvtopwhm\u{7}zqbnf", "no control characters"),
        ("aaaaaaaaaaaaaaaa", "it repeats itself"),
        ("abababababababab", "it repeats itself"),
        ("lampsealampsealampsea", "it repeats itself"),
        ("qwertyuiopasdfghjkl", "it follows the keyboard"),
        ("QWERTZUIOPasdfghjkl", "it follows the keyboard"),
        ("1qaz2wsx3edc4rfv", "it follows the keyboard"),
        ("zyxwvutsrqponmlk", "it follows the keyboard"),
        ("987654321qwerty!", "it follows the keyboard"),
        ("Ada.Lovelace.Ada1", "it is made of the account's own names"),
        ("ada@example.com12", "it is made of the account's own names"),
        ("Correct horse battery staple", "it is on the list of known passwords"),
        ("correct-horse-battery-staple-42", "it is on the list of known passwords"),
        ("Password 1979 2024", "it is on the list of known passwords"),
    ] {
        let refused = judge(text).unwrap_err();
        assert!(refused.starts_with(rule), "{text}: {refused}");
    }
}

#[test]
fn the_known_passwords_are_in_the_form_they_are_compared_in() {
    let known = super::super::known_passwords::KNOWN;
    assert!(known.is_sorted() && known.len() > 250);
    for text in known {
        let plain = text
            .chars()
            .all(|character| character.is_ascii_lowercase() || character.is_ascii_digit());
        assert!(plain && !text.ends_with(|last: char| last.is_ascii_digit()), "{text}");
    }
}

#[test]
fn a_password_is_the_same_however_it_is_typed_and_never_printed() {
    let one = Password::parse("\u{212b}ngstr\u{f6}m \u{fb01}ve").unwrap();
    let other = Password::parse("A\u{30a}ngstro\u{308}m five").unwrap();
    assert_eq!(one.as_bytes(), other.as_bytes());
    assert_eq!(format!("{one:?}"), "Password(…)");
    assert!(Password::parse(&"a".repeat(1025)).is_none(), "it costs no hash");
    // One ligature that is eighteen characters: short before, too long after.
    assert!(Password::parse(&"\u{fdfa}".repeat(100)).is_none());
}
