//! Configurations from the cookbook: the tests run what operators copy.

const PAGE: &str = include_str!("../../../docs/cookbook.md");

/// The block in this language, with the addresses and files of this machine.
pub(super) fn block(language: &str, ours: &[(&str, &str)]) -> String {
    let (_, rest) = PAGE.split_once(&format!("```{language}\n")).unwrap();
    let (block, _) = rest.split_once("```").unwrap();
    ours.iter().fold(block.to_owned(), |block, (theirs, ours)| {
        assert_eq!(block.matches(theirs).count(), 1, "{theirs}");
        block.replace(theirs, ours)
    })
}
