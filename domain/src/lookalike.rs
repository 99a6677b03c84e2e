//! Names that people may confuse: invisible characters, other normal forms, mixed scripts.

use icu_normalizer::ComposingNormalizerBorrowed;
use icu_properties::props::{BidiControl, DefaultIgnorableCodePoint, GeneralCategory, Script};
use icu_properties::script::ScriptWithExtensions;
use icu_properties::{CodePointMapData, CodePointSetData};

use super::invalid_name::InvalidName;

/// Scripts that are commonly written together (UTS 39 §5.1: Jpan, Kore and Hanb).
const TOGETHER: [&[Script]; 3] = [
    &[Script::Han, Script::Hiragana, Script::Katakana],
    &[Script::Han, Script::Hangul],
    &[Script::Han, Script::Bopomofo],
];

/// Refuses characters that are invisible or change how others look, and texts that are not in
/// composed form (Unicode Standard Annex 15, NFC).
pub(super) fn demand_plain(name: &str) -> Result<(), InvalidName> {
    if let Some((flaw, character)) =
        name.chars().find_map(|character| flaw(character).map(|flaw| (flaw, character)))
    {
        return Err(InvalidName::of(flaw, character));
    }
    if name.is_ascii() || ComposingNormalizerBorrowed::new_nfc().is_normalized(name) {
        return Ok(());
    }
    Err(InvalidName::new("it is not in Unicode's Normalization Form C (NFC)"))
}

/// Why a character is refused; `None` if it is accepted.
fn flaw(character: char) -> Option<&'static str> {
    if character.is_ascii() {
        return character.is_ascii_control().then_some("it has the control character");
    }
    if character == char::REPLACEMENT_CHARACTER {
        return Some("it has the replacement character for unreadable text,");
    }
    if CodePointSetData::new::<BidiControl>().contains(character) {
        return Some("it has the bidirectional control");
    }
    if CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(character) {
        return Some("it has the invisible character");
    }
    match CodePointMapData::<GeneralCategory>::new().get(character) {
        GeneralCategory::Control => Some("it has the control character"),
        GeneralCategory::Format => Some("it has the format character"),
        GeneralCategory::LineSeparator | GeneralCategory::ParagraphSeparator => {
            Some("it has the line break")
        }
        _ => None,
    }
}

/// Whether a name has letters of scripts that are not commonly written together (UTS 39 §5.1), such
/// as `аda`, whose first letter is Cyrillic.
pub fn mixes_scripts(name: &str) -> bool {
    if name.is_ascii() {
        return false;
    }
    let scripts = ScriptWithExtensions::new();
    let of = |character| scripts.get_script_extensions_val(character).iter().collect();
    let everywhere =
        |all: &Vec<Script>| all.contains(&Script::Common) || all.contains(&Script::Inherited);
    let letters: Vec<Vec<Script>> = name.chars().map(of).filter(|all| !everywhere(all)).collect();
    let Some(first) = letters.first() else { return false };
    let are_in = |system: &[Script]| {
        letters.iter().all(|letter| letter.iter().any(|script| system.contains(script)))
    };
    let in_one = first.iter().any(|script| are_in(std::slice::from_ref(script)));
    !in_one && !TOGETHER.into_iter().any(are_in)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_what_it_looks_like() {
        for plain in [
            "ada",
            "auth0|5f7c8ec7c33c6c004bbafe82",
            "ada lovelace@example.com",
            "Ünal",
            "Ада",
            "田中",
            "محمد",
            "दीपा",
            "名字-7",
            "é",
        ] {
            assert_eq!(demand_plain(plain), Ok(()), "{plain}");
        }
        for (name, sentence) in [
            ("a\u{0}da", "it has the control character U+0000"),
            ("a\u{7f}da", "it has the control character U+007F"),
            ("a\u{85}da", "it has the control character U+0085"),
            ("a\u{200b}da", "it has the invisible character U+200B"),
            ("ada\u{ad}", "it has the invisible character U+00AD"),
            ("ada\u{fe0f}", "it has the invisible character U+FE0F"),
            ("ada\u{3164}", "it has the invisible character U+3164"),
            ("ada\u{e0061}", "it has the invisible character U+E0061"),
            ("\u{feff}ada", "it has the invisible character U+FEFF"),
            ("ada\u{202e}", "it has the bidirectional control U+202E"),
            ("ada\u{200f}", "it has the bidirectional control U+200F"),
            ("ada\u{61c}", "it has the bidirectional control U+061C"),
            ("ada\u{600}", "it has the format character U+0600"),
            ("ada\u{2028}", "it has the line break U+2028"),
            ("ad\u{fffd}", "it has the replacement character for unreadable text, U+FFFD"),
            ("e\u{301}", "it is not in Unicode's Normalization Form C (NFC)"),
            ("\u{212b}", "it is not in Unicode's Normalization Form C (NFC)"),
        ] {
            let refused = demand_plain(name).unwrap_err().to_string();
            assert_eq!(refused, sentence, "{name:?}");
        }
    }

    #[test]
    fn scripts_that_are_not_written_together_are_mixed() {
        for mixed in ["\u{430}da", "p\u{430}ypal", "adα", "ada\u{5d0}", "ロbob", "한д", "ひ한"]
        {
            assert!(mixes_scripts(mixed), "{mixed}");
        }
        for one in [
            "",
            "ada-7@x",
            "Ünal",
            "Ада-7",
            "田中さくらタ",
            "한국漢字",
            "注音ㄅ",
            "é",
            "7٣",
            "१२",
            "🥳ada",
            "ー",
        ] {
            assert!(!mixes_scripts(one), "{one}");
        }
    }
}
