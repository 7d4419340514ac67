//! A Rust file read as code: comments and literals blanked out, test parts and functions found.
//!
//! This is not a parser. It knows comments, string and character literals, brackets and the words `fn` and `mod`; that is
//! enough for the checks, costs microseconds, and needs no dependency. Code made by macros is read as it is written.

use std::ops::RangeInclusive;

/// A Rust file.
#[derive(Debug)]
pub(crate) struct Source {
    /// Path from the root.
    pub(crate) path: String,
    /// The text as it stands.
    pub(crate) raw: String,
    /// The same text with comments and the insides of literals replaced by spaces; line ends stay, quotes stay.
    pub(crate) code: String,
    /// Lines (from 1) that belong to items under `#[cfg(test)]`.
    pub(crate) test_lines: Vec<RangeInclusive<usize>>,
    /// Whether the whole file is test, bench, example or fuzz code.
    pub(crate) is_test_file: bool,
}

/// A function with a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Function {
    /// Its name, without the path.
    pub(crate) name: String,
    /// From the line with `fn` to the line with its closing brace, counted from 1.
    pub(crate) lines: RangeInclusive<usize>,
}

/// Folders whose Rust files are not part of the product. A conformance suite is tests that several engines share.
const TEST_FOLDERS: &[&str] = &["tests", "benches", "conformance", "examples", "fuzz"];

impl Source {
    /// Reads `raw` as the Rust file at `path`.
    pub(crate) fn new(path: &str, raw: &str) -> Source {
        let code = blank(raw);
        let folders = path.rsplit_once('/').map_or("", |(folders, _)| folders);
        let is_test_file = folders.split('/').any(|folder| TEST_FOLDERS.contains(&folder))
            || path.ends_with("/tests.rs")
            || code.contains("#![cfg(test)]");
        let test_lines =
            cfg_test_items(&code).map(|item| line_of(&code, item.0)..=line_of(&code, item.1)).collect();
        Source { path: path.to_owned(), raw: raw.to_owned(), code, test_lines, is_test_file }
    }

    /// Each line of the file: its number from 1, the text as it stands, and the blanked code.
    pub(crate) fn lines(&self) -> impl Iterator<Item = (usize, &str, &str)> {
        self.raw.lines().zip(self.code.lines()).enumerate().map(|(index, (raw, code))| (index + 1, raw, code))
    }

    /// Whether a line (from 1) is test code.
    pub(crate) fn is_test_line(&self, line: usize) -> bool {
        self.is_test_file || self.test_lines.iter().any(|lines| lines.contains(&line))
    }

    /// How many lines of the file are not test code.
    pub(crate) fn product_lines(&self) -> usize {
        self.lines().filter(|(line, ..)| !self.is_test_line(*line)).count()
    }

    /// Every function with a body, in the order of the text.
    pub(crate) fn functions(&self) -> Vec<Function> {
        let mut functions = Vec::new();
        for start in words(&self.code, "fn") {
            let after = self.code.get(start + 2..).unwrap_or_default();
            let name: String =
                after.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            // `fn(u8)` is a type, `fn $name` a macro's pattern.
            if name.is_empty() {
                continue;
            }
            if let Some((_, end)) = item_end(&self.code, start).filter(|(has_body, _)| *has_body) {
                functions
                    .push(Function { name, lines: line_of(&self.code, start)..=line_of(&self.code, end) });
            }
        }
        functions
    }

    /// Paths (without `.rs`) of the modules that stand in files of their own and are declared under `#[cfg(test)]`.
    pub(crate) fn declared_test_modules(&self) -> Vec<String> {
        let folder = match self.path.rsplit_once('/') {
            Some((folder, "mod.rs" | "lib.rs" | "main.rs")) => folder,
            _ => self.path.trim_end_matches(".rs"),
        };
        let module = |(start, end): (usize, usize)| {
            let item = self.code.get(start..end)?;
            let at = words(item, "mod").next()?;
            let name = item.get(at + 3..)?.trim();
            let is_name = name.chars().all(|c| c.is_alphanumeric() || c == '_');
            is_name.then(|| format!("{folder}/{name}"))
        };
        cfg_test_items(&self.code).filter_map(module).collect()
    }
}

/// The line, from 1, that holds the byte at `at`.
pub(crate) fn line_of(text: &str, at: usize) -> usize {
    text.as_bytes().iter().take(at).filter(|byte| **byte == b'\n').count() + 1
}

/// Byte positions where `word` stands as a whole word.
pub(crate) fn words<'a>(code: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    let is_part = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    code.match_indices(word).map(|(at, _)| at).filter(move |at| {
        let before = at.checked_sub(1).and_then(|before| code.as_bytes().get(before));
        let after = code.as_bytes().get(at + word.len());
        let ends_open = word.ends_with(|c: char| c.is_alphanumeric() || c == '_');
        !is_part(before) && (!ends_open || !is_part(after))
    })
}

/// First and last byte of every item under an attribute `#[cfg(test)]` or `#[cfg(all(test, …))]`.
fn cfg_test_items(code: &str) -> impl Iterator<Item = (usize, usize)> {
    code.match_indices("#[cfg(").filter_map(|(start, _)| {
        let attribute_end = start + code.get(start..)?.find(']')?;
        let condition = code.get(start..attribute_end)?;
        if words(condition, "test").next().is_none() || condition.contains("not(test)") {
            return None;
        }
        let (_, end) = item_end(code, attribute_end + 1)?;
        Some((start, end))
    })
}

/// Where the item that starts at `start` ends: at the `;` or the closing brace that is its own; and whether it has a body.
fn item_end(code: &str, start: usize) -> Option<(bool, usize)> {
    let mut round = 0_i32;
    let mut braces = 0_i32;
    for (offset, byte) in code.get(start..)?.bytes().enumerate() {
        match byte {
            b'(' | b'[' => round += 1,
            b')' | b']' => round -= 1,
            b'{' => braces += 1,
            b'}' => braces -= 1,
            _ => {}
        }
        let is_outside = round <= 0 && braces <= 0;
        if is_outside && (byte == b';' || byte == b'}') {
            return Some((byte == b'}', start + offset));
        }
    }
    None
}

/// `raw` with comments and the insides of literals replaced by spaces, byte for byte.
fn blank(raw: &str) -> String {
    let bytes = raw.as_bytes();
    let mut code = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let (kept_head, length, kept_tail) = token(bytes, at);
        for (offset, byte) in bytes.iter().skip(at).take(length).enumerate() {
            let is_kept = offset < kept_head || offset + kept_tail >= length || *byte == b'\n';
            code.push(if is_kept { *byte } else { b' ' });
        }
        at += length.max(1);
    }
    // Whole tokens are blanked, so that no character is cut; lossy only keeps the function total.
    String::from_utf8_lossy(&code).into_owned()
}

/// The token at `at`: how many bytes to keep at its head, its length, how many bytes to keep at its tail.
fn token(bytes: &[u8], at: usize) -> (usize, usize, usize) {
    let rest = bytes.get(at..).unwrap_or_default();
    let previous = at.checked_sub(1).and_then(|before| bytes.get(before));
    let is_word_inside = previous.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    match rest {
        [b'/', b'/', ..] => (0, rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len()), 0),
        [b'/', b'*', ..] => (0, block_comment_length(rest), 0),
        [b'"', ..] => (1, string_length(rest), 1),
        [b'\'', ..] => char_length(rest).map_or((1, 1, 0), |length| (1, length, 1)),
        [b'r', ..] if !is_word_inside || matches!(previous, Some(b'b' | b'c')) => {
            raw_string_length(rest).map_or((1, 1, 0), |length| (2, length, 1))
        }
        _ => (1, 1, 0),
    }
}

fn block_comment_length(rest: &[u8]) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < rest.len() {
        let step = match (rest.get(at), rest.get(at + 1)) {
            (Some(b'/'), Some(b'*')) => {
                depth += 1;
                2
            }
            (Some(b'*'), Some(b'/')) => {
                depth -= 1;
                2
            }
            _ => 1,
        };
        at += step;
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

fn string_length(rest: &[u8]) -> usize {
    let mut at = 1;
    while let Some(byte) = rest.get(at) {
        match byte {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

fn raw_string_length(rest: &[u8]) -> Option<usize> {
    let hashes = rest.iter().skip(1).take_while(|byte| **byte == b'#').count();
    if rest.get(1 + hashes) != Some(&b'"') {
        return None;
    }
    let close: Vec<u8> = std::iter::once(b'"').chain(std::iter::repeat_n(b'#', hashes)).collect();
    let body = rest.get(2 + hashes..)?;
    let end = body.windows(close.len()).position(|window| window == close);
    Some(end.map_or(rest.len(), |end| 2 + hashes + end + close.len()))
}

/// Length of a character literal; `None` for a lifetime.
fn char_length(rest: &[u8]) -> Option<usize> {
    if rest.get(1) == Some(&b'\\') {
        // The escaped character may itself be a quote.
        let close = rest.iter().skip(3).position(|byte| *byte == b'\'')?;
        return Some(3 + close + 1);
    }
    let width = match rest.get(1)? {
        0..=0x7f => 1,
        0x80..=0xdf => 2,
        0xe0..=0xef => 3,
        _ => 4,
    };
    (rest.get(1 + width) == Some(&b'\'')).then_some(width + 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(raw: &str) -> String {
        blank(raw)
    }

    #[test]
    fn comments_and_literals_are_blanked_and_lines_stay() {
        let table = [
            ("a // fn b\nc", "a        \nc"),
            ("a /* { /* } */ */ b", "a                 b"),
            (r#"x("a \" { fn", 1)"#, r#"x("         ", 1)"#),
            ("r\"{\" r#\"a\"{\"# z", "r\" \" r#     # z"),
            ("'{' '\\'' 'a b: &'a str", "' ' '  ' 'a b: &'a str"),
            ("for r in 0..r {}", "for r in 0..r {}"),
            ("b'{' '汉' 'x'", "b' ' '   ' ' '"),
        ];
        for (raw, expected) in table {
            assert_eq!(code(raw), expected, "{raw}");
        }
    }

    #[test]
    fn functions_are_found_with_their_lines() {
        let raw = "impl A {\n    fn one(&self) -> [u8; 2] {\n        let f: fn(u8) = g;\n        \"}\"\n    }\n}\ntrait B {\n    fn two();\n}\nfn three<F: Fn() -> u8>(f: F)\nwhere\n    F: Clone,\n{ }\n";
        let found: Vec<(String, usize, usize)> = Source::new("a.rs", raw)
            .functions()
            .into_iter()
            .map(|function| (function.name, *function.lines.start(), *function.lines.end()))
            .collect();
        assert_eq!(found, [("one".to_owned(), 2, 5), ("three".to_owned(), 10, 13)]);
    }

    #[test]
    fn lines_under_cfg_test_are_not_product_lines() {
        let raw =
            "//! x\nfn a() {}\n#[cfg(test)]\nmod tests {\n    fn b() {}\n}\n#[cfg(not(test))]\nfn c() {}\n";
        let source = Source::new("a.rs", raw);
        assert_eq!(source.product_lines(), 4);
        assert!(source.is_test_line(5) && !source.is_test_line(8));
    }

    #[test]
    fn modules_declared_for_tests_are_named_by_path() {
        let source = Source::new("a/src/b.rs", "#[cfg(test)]\nmod checks;\nmod real;\n");
        assert_eq!(source.declared_test_modules(), ["a/src/b/checks"]);
        let library = Source::new("a/src/lib.rs", "#[cfg(all(test, unix))]\npub(crate) mod checks;\n");
        assert_eq!(library.declared_test_modules(), ["a/src/checks"]);
    }
}
