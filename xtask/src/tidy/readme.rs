//! The README says the same in English and in Chinese: as many headings, and the same code blocks.

use super::{Checkout, Problem};

const ENGLISH: &str = "README.md";
const CHINESE: &str = "README.zh-CN.md";

/// Compares the two files. A code block's comments (from `#` on) may differ: they are prose.
pub(crate) fn check(checkout: &Checkout) -> Vec<Problem> {
    let missing: Vec<Problem> = [ENGLISH, CHINESE]
        .into_iter()
        .filter(|path| checkout.file(path).is_none())
        .map(|path| Problem::new(path, 0, "expected this file: the README stands in both languages"))
        .collect();
    let (Some(english), Some(chinese)) = (checkout.file(ENGLISH), checkout.file(CHINESE)) else {
        return missing;
    };
    let (english, chinese) = (Outline::read(&english.text), Outline::read(&chinese.text));
    let mut problems = Vec::new();
    if english.headings != chinese.headings {
        let message = format!(
            "expected {} headings as in {ENGLISH}, found {}: say the same in both",
            english.headings, chinese.headings
        );
        problems.push(Problem::new(CHINESE, 0, message));
    }
    if english.blocks.len() != chinese.blocks.len() {
        let message = format!(
            "expected {} code blocks as in {ENGLISH}, found {}",
            english.blocks.len(),
            chinese.blocks.len()
        );
        problems.push(Problem::new(CHINESE, 0, message));
    }
    for ((line, ours), (_, theirs)) in chinese.blocks.iter().zip(&english.blocks) {
        if ours != theirs {
            problems.push(Problem::new(
                CHINESE,
                *line,
                format!("this code block is another one in {ENGLISH}"),
            ));
        }
    }
    problems
}

#[derive(Debug, Default)]
struct Outline {
    headings: usize,
    /// Line of the fence and the text without comments.
    blocks: Vec<(usize, String)>,
}

impl Outline {
    fn read(text: &str) -> Outline {
        let mut outline = Outline::default();
        let mut block: Option<(usize, String)> = None;
        for (index, line) in text.lines().enumerate() {
            let is_fence = line.trim_start().starts_with("```");
            match &mut block {
                Some(_) if is_fence => outline.blocks.extend(block.take()),
                Some((_, body)) => {
                    body.push_str(without_remark(line));
                    body.push('\n');
                }
                None if is_fence => block = Some((index + 1, String::new())),
                None if line.starts_with('#') => outline.headings += 1,
                None => {}
            }
        }
        outline
    }
}

fn without_remark(line: &str) -> &str {
    let code = if line.starts_with('#') { "" } else { line.split(" # ").next().unwrap_or(line) };
    code.trim_end()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(english: &str, chinese: &str) -> usize {
        check(&Checkout::of(&[(ENGLISH, english), (CHINESE, chinese)])).len()
    }

    #[test]
    fn the_same_outline_passes_and_remarks_may_be_translated() {
        assert_eq!(
            count("# A\n```sh\nmake run  # start\n# or\n```\n", "# 甲\n```sh\nmake run # 启动\n# 或\n```\n"),
            0
        );
    }

    #[test]
    fn another_outline_is_named() {
        assert_eq!(count("# A\n## B\n", "# 甲\n"), 1);
        assert_eq!(count("```\na\n```\n", "```\nb\n```\n"), 1);
        assert_eq!(count("```\na\n```\n", ""), 1);
        assert_eq!(check(&Checkout::of(&[(ENGLISH, "")])).len(), 1);
    }
}
