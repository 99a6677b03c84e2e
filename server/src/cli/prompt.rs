//! Questions to the user, and secrets on standard input.

use std::io::{self, IsTerminal as _, Read as _, Write as _};

use sail_cargo_protocol::SecretText;
use zeroize::Zeroizing;

use super::failure::Failure;

/// The longest text that is read from standard input, in bytes: tokens are a few thousand at most.
const LONGEST: u64 = 1 << 16;

/// Asks for a word in plain sight.
///
/// # Errors
/// A message if there is nobody to ask; `instead` says what to do then.
pub(super) fn line(question: &str, instead: &str) -> Result<String, Failure> {
    let stdin = io::stdin();
    if !stdin.is_terminal() {
        return Err(format!("there is no terminal to ask at: {instead}").into());
    }
    let mut stderr = io::stderr().lock();
    write!(stderr, "{question}: ").and_then(|()| stderr.flush())?;
    let mut answer = String::new();
    stdin.read_line(&mut answer)?;
    match answer.trim() {
        "" => Err("nothing was typed".into()),
        word => Ok(word.to_owned()),
    }
}

/// Asks for a secret, which is not shown while it is typed.
///
/// # Errors
/// A message if there is nobody to ask; `instead` says what to do then.
pub(super) fn secret(question: &str, instead: &str) -> Result<SecretText, Failure> {
    let typed = rpassword::prompt_password(format!("{question}: "));
    let typed =
        typed.map_err(|error| format!("there is no terminal to ask at ({error}): {instead}"))?;
    if typed.is_empty() { Err("nothing was typed".into()) } else { Ok(SecretText::new(typed)) }
}

/// Asks for a new password, twice.
///
/// # Errors
/// As [`secret`]; and if the two differ.
pub(super) fn new_password(instead: &str) -> Result<SecretText, Failure> {
    let first = secret("New password (at least 15 characters)", instead)?;
    if secret("The same again", instead)? != first {
        return Err("the two passwords differ".into());
    }
    Ok(first)
}

/// The whole standard input: a token, or passwords line by line.
///
/// # Errors
/// A message if it cannot be read, is no text, or is too long.
pub(super) fn input() -> Result<Zeroizing<String>, Failure> {
    let mut text = Zeroizing::new(String::new());
    io::stdin().lock().take(LONGEST + 1).read_to_string(&mut text)?;
    if text.len() as u64 > LONGEST { Err("standard input: too long".into()) } else { Ok(text) }
}

/// The passwords on standard input, one per line. Spaces belong to a password.
///
/// # Errors
/// As [`input`]; and if a line is empty, or there is none.
pub(super) fn passwords() -> Result<Vec<SecretText>, Failure> {
    Ok(lines(&input()?)?)
}

fn lines(text: &str) -> Result<Vec<SecretText>, &'static str> {
    let lines: Vec<&str> = text.lines().collect();
    if lines.is_empty() || lines.contains(&"") {
        return Err("standard input: a password is one line, and not empty");
    }
    Ok(lines.into_iter().map(|line| SecretText::new(line.to_owned())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_a_line_with_its_spaces() {
        let read = |text| {
            lines(text).map(|all| all.iter().map(|one| one.expose().to_owned()).collect::<Vec<_>>())
        };
        assert_eq!(read(" a b \r\n").unwrap(), [" a b "]);
        assert_eq!(read("old\nnew").unwrap(), ["old", "new"]);
        for text in ["", "\n", "old\n\n", "\nnew"] {
            assert!(read(text).is_err(), "{text:?}");
        }
    }
}
