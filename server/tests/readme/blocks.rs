//! Fenced code blocks of the README and of other pages.

use std::path::{Path, PathBuf};

/// A block: the language of its fence, and the text.
#[derive(Debug)]
pub(crate) struct Block {
    pub(crate) language: String,
    pub(crate) text: String,
}

/// The root of the repository.
pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The README's blocks in this language, in order.
pub(crate) fn blocks(language: &str) -> Vec<Block> {
    let mut all = fenced("README.md");
    let known = ["sh", "text", "toml", "rust,no_run"];
    for block in &all {
        assert!(known.contains(&block.language.as_str()), "nobody tries out {block:?}");
    }
    all.retain(|block| block.language == language);
    all
}

/// The only example of a source file that is compiled and not run with the documentation, as it is compiled: with
/// the lines that are hidden from readers.
pub(crate) fn example_of(source: &str) -> String {
    let source = std::fs::read_to_string(repository().join(source)).unwrap();
    let comments = source.lines().filter_map(|line| {
        let line = line.trim_start();
        line.strip_prefix("//!").or_else(|| line.strip_prefix("///"))
    });
    let lines: Vec<_> = comments.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
    let mut examples = lines.split(|line| *line == "```no_run").skip(1);
    let (example, None) = (examples.next().unwrap(), examples.next()) else {
        panic!("several examples");
    };
    let shown = example.iter().take_while(|line| **line != "```");
    let lines = shown.map(|line| format!("{}\n", line.strip_prefix("# ").unwrap_or(line)));
    lines.collect::<Vec<_>>().concat()
}

/// The README's only block in this language that contains `mark`.
pub(crate) fn block(language: &str, mark: &str) -> String {
    only(blocks(language), mark)
}

/// The only block of another page in this language that contains `mark`.
pub(crate) fn block_of(page: &str, language: &str, mark: &str) -> String {
    let mut all = fenced(page);
    all.retain(|block| block.language == language);
    only(all, mark)
}

fn only(mut blocks: Vec<Block>, mark: &str) -> String {
    blocks.retain(|block| block.text.contains(mark));
    assert_eq!(blocks.len(), 1, "{mark}");
    blocks.remove(0).text
}

/// The blocks of another page, in order.
pub(crate) fn blocks_of(page: &str) -> Vec<Block> {
    fenced(page)
}

/// All blocks of a page.
fn fenced(page: &str) -> Vec<Block> {
    let page = std::fs::read_to_string(repository().join(page)).unwrap();
    let mut all = Vec::new();
    let mut parts = page.split("\n```");
    // Fences open and close in turn.
    parts.next();
    while let (Some(inside), Some(_)) = (parts.next(), parts.next()) {
        let (fence, text) = inside.split_once('\n').unwrap();
        all.push(Block { language: fence.to_owned(), text: format!("{text}\n") });
    }
    all
}
