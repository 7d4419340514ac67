//! Recognises a short reply by a list of words: opt-out words, help words, the choices of a menu.
//!
//! A word matches when the whole reply is that word, however it was typed; a word of reach [`Reach::Anywhere`]
//! matches inside a sentence too. It understands nothing: 不退订 does not match 退订 as a whole, but it does contain
//! it, so only words whose mere mention is reason enough belong in reach `Anywhere`. The converse stage calls it
//! before any model does, because an opt-out must be recognised the same way every time (invariant L5).

use crate::normalise::{fold, join};
use std::collections::BTreeMap;

/// Where a word counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reach {
    /// Only when it is the whole reply. `T` is one, or every T恤 would be an opt-out.
    Whole,
    /// Also inside a longer reply. A Latin word or number must stand free there: `stop` is not in `nonstop`.
    Anywhere,
}

/// Words with a tag each, ready to be matched against replies.
#[derive(Debug, Clone)]
pub struct Keywords<Tag> {
    words: Vec<Word<Tag>>,
    /// From the folded and joined word to its place in `words`.
    whole: BTreeMap<String, usize>,
    /// Places in `words` of those of reach `Anywhere`, longest first, so that the most specific word wins.
    anywhere: Vec<usize>,
}

#[derive(Debug, Clone)]
struct Word<Tag> {
    listed: String,
    folded: String,
    joined: String,
    tag: Tag,
}

/// What matched, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Match<'a, Tag> {
    /// The tag of the word.
    pub tag: &'a Tag,
    /// The word as the list has it: the reason that goes into the ledger.
    pub word: &'a str,
    /// `Whole` when the reply was the word, `Anywhere` when it contains it.
    pub reach: Reach,
}

/// A word list that cannot work.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WordError {
    /// Nothing is left of the word when it is folded, so it could never match.
    #[error("expected a word with at least one letter or digit, found {word:?}")]
    Empty {
        /// The word as listed.
        word: String,
    },
    /// Two words of different meaning are the same once folded.
    #[error(
        "expected words that differ after folding, found {word:?}, which reads like {earlier:?} and means something else"
    )]
    Ambiguous {
        /// The word as listed.
        word: String,
        /// The word listed before it.
        earlier: String,
    },
}

impl<Tag: PartialEq> Keywords<Tag> {
    /// Builds the list. A word may be listed twice with the same tag (退订 and 退訂 fold to one); the first stays as
    /// the reason, and it has reach `Anywhere` when one of them has.
    ///
    /// # Errors
    /// [`WordError`] for a word without letters or digits, and for two words that fold to one but have different tags.
    pub fn new<W: Into<String>>(list: impl IntoIterator<Item = (W, Tag, Reach)>) -> Result<Self, WordError> {
        let mut keywords = Self { words: Vec::new(), whole: BTreeMap::new(), anywhere: Vec::new() };
        for (listed, tag, reach) in list {
            let place = keywords.add(listed.into(), tag)?;
            if reach == Reach::Anywhere && !keywords.anywhere.contains(&place) {
                keywords.anywhere.push(place);
            }
        }
        let length = |place: &usize| keywords.words.get(*place).map_or(0, |word| word.joined.chars().count());
        keywords.anywhere.sort_by_key(|place| (std::cmp::Reverse(length(place)), *place));
        Ok(keywords)
    }

    fn add(&mut self, listed: String, tag: Tag) -> Result<usize, WordError> {
        let folded = fold(&listed);
        let joined = join(&folded);
        if joined.is_empty() {
            return Err(WordError::Empty { word: listed });
        }
        if let Some(place) = self.whole.get(&joined).copied() {
            return match self.words.get(place) {
                Some(earlier) if earlier.tag != tag => {
                    Err(WordError::Ambiguous { word: listed, earlier: earlier.listed.clone() })
                }
                _ => Ok(place),
            };
        }
        let place = self.words.len();
        self.whole.insert(joined.clone(), place);
        self.words.push(Word { listed, folded, joined, tag });
        Ok(place)
    }
}

impl<Tag> Keywords<Tag> {
    /// The word the reply is, or else the longest word of reach `Anywhere` it contains; of two equally long the one
    /// listed first. `None` for everything else, in which case nothing may be concluded from the reply.
    pub fn matches(&self, inbound: &str) -> Option<Match<'_, Tag>> {
        let folded = fold(inbound);
        let joined = join(&folded);
        if let Some(word) = self.whole.get(&joined).and_then(|place| self.words.get(*place)) {
            return Some(Match { tag: &word.tag, word: &word.listed, reach: Reach::Whole });
        }
        self.anywhere
            .iter()
            .filter_map(|place| self.words.get(*place))
            .find(|word| word.is_in(&folded, &joined))
            .map(|word| Match { tag: &word.tag, word: &word.listed, reach: Reach::Anywhere })
    }

    /// How many different words there are.
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Whether there is no word at all, so that nothing can match.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }
}

impl<Tag> Word<Tag> {
    /// Chinese is written without gaps, so a Chinese word is looked for with the gaps closed (退 订). A word with
    /// Latin letters or digits is looked for with the gaps open, where it can be seen whether it stands free.
    fn is_in(&self, folded: &str, joined: &str) -> bool {
        if self.joined.chars().any(|c| c.is_ascii_alphanumeric()) {
            stands_free(folded, &self.folded)
        } else {
            joined.contains(&self.joined)
        }
    }
}

/// Whether `word` is in `text` without a Latin letter or digit continuing it on either side.
fn stands_free(text: &str, word: &str) -> bool {
    let continues = |edge: Option<char>, next: Option<char>| {
        edge.is_some_and(|c| c.is_ascii_alphanumeric()) && next.is_some_and(|c| c.is_ascii_alphanumeric())
    };
    text.match_indices(word).any(|(start, found)| {
        let before = text.get(..start).and_then(|head| head.chars().next_back());
        let after = text.get(start + found.len()..).and_then(|tail| tail.chars().next());
        !continues(word.chars().next(), before) && !continues(word.chars().next_back(), after)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    enum Tag {
        OptOut,
        Complaint,
        Agent,
    }

    fn list() -> Keywords<Tag> {
        let whole = ["退订", "TD", "T", "R", "N", "取消订阅", "1", "12"];
        let mut list: Vec<_> = whole.map(|word| (word, Tag::OptOut, Reach::Whole)).into();
        list.push(("拒收", Tag::OptOut, Reach::Anywhere));
        list.push(("退订服务", Tag::OptOut, Reach::Anywhere));
        list.push(("投诉", Tag::Complaint, Reach::Anywhere));
        list.push(("投诉你们", Tag::Complaint, Reach::Anywhere));
        list.push(("stop", Tag::OptOut, Reach::Anywhere));
        list.push(("转人工", Tag::Agent, Reach::Anywhere));
        Keywords::new(list).unwrap()
    }

    fn check(typed: &str, expect: Option<(&str, Reach)>) {
        let list = list();
        assert_eq!(list.matches(typed).map(|m| (m.word, m.reach)), expect, "{typed:?}");
    }

    #[test]
    fn a_reply_that_is_the_word_matches_however_it_was_typed() {
        for typed in
            ["TD", "ＴＤ", " td ", "T D", "Td。", "【TD】", "“td”", "ｔ\u{3000}ｄ！", "T\u{200B}D", "t.d."]
        {
            check(typed, Some(("TD", Reach::Whole)));
        }
        for typed in ["退订", "退 订", "退訂", "退订！！", "\u{FEFF}退\u{200D}订", "退订😡", "退，订"]
        {
            check(typed, Some(("退订", Reach::Whole)));
        }
        check("Ｔ", Some(("T", Reach::Whole)));
        check("取消訂閱", Some(("取消订阅", Reach::Whole)));
        check("①", Some(("1", Reach::Whole)));
        check("S T O P", Some(("stop", Reach::Whole)));
    }

    #[test]
    fn a_reply_that_only_looks_like_the_word_does_not_match() {
        for typed in [
            "T恤",
            "N95",
            "R-11",
            "T+1",
            "R&D",
            "我要退订单",
            "不退订",
            "td了",
            "12345",
            "1 2",
            "1.2",
            "1%",
            "",
            "。",
            "T T",
            "nonstop",
            "stopwatch",
            "the bus stops",
            "🙂",
        ] {
            check(typed, None);
        }
    }

    #[test]
    fn words_that_count_anywhere_match_in_a_sentence_and_the_longest_wins() {
        check("我要退订服务", Some(("退订服务", Reach::Anywhere)));
        check("请 退 訂 服 務 谢谢", Some(("退订服务", Reach::Anywhere)));
        check("再发我就投诉！", Some(("投诉", Reach::Anywhere)));
        check("我要投訴你們", Some(("投诉你们", Reach::Anywhere)));
        check("please STOP, now", Some(("stop", Reach::Anywhere)));
        check("别发了stop", Some(("stop", Reach::Anywhere)));
        check("我要退订", None);
    }

    #[test]
    fn the_tag_comes_with_the_match() {
        assert_eq!(list().matches("我要转人工").map(|m| *m.tag), Some(Tag::Agent));
        assert_eq!(list().matches("投诉").map(|m| *m.tag), Some(Tag::Complaint));
    }

    #[test]
    fn lists_that_cannot_work_are_refused() {
        let error = Keywords::new([("。！", 1, Reach::Whole)]).unwrap_err();
        assert_eq!(error.to_string(), r#"expected a word with at least one letter or digit, found "。！""#);
        let error = Keywords::new([("TD", 1, Reach::Whole), ("ｔ ｄ", 2, Reach::Whole)]).unwrap_err();
        assert_eq!(error, WordError::Ambiguous { word: "ｔ ｄ".into(), earlier: "TD".into() });
        let list = Keywords::new([("退订", 1, Reach::Whole), ("退訂", 1, Reach::Anywhere)]).unwrap();
        assert_eq!((list.len(), list.is_empty()), (1, false));
        assert_eq!(list.matches("我要退订").map(|m| m.word), Some("退订"));
    }

    proptest! {
        #[test]
        fn decoration_never_hides_an_opt_out(
            before in "[ \t\u{3000}。，！【《(-]{0,5}", after in "[ \n。！？…】》)~😀]{0,5}", gap in "[ \u{3000}\u{200B}]{0,3}",
        ) {
            let list = list();
            let typed = format!("{before}退{gap}訂{after}");
            prop_assert_eq!(list.matches(&typed).map(|m| m.word), Some("退订"));
        }

        #[test]
        fn a_whole_word_with_anything_readable_added_is_not_that_word(more in "[a-z0-9一-龥]{1,8}") {
            let list = list();
            for typed in [format!("T{more}"), format!("{more}退订")] {
                let found = list.matches(&typed);
                let other_word = found.is_some_and(|m| m.word != "T" && m.word != "退订");
                prop_assert!(found.is_none() || other_word, "{} matched {:?}", typed, found);
            }
        }

        #[test]
        fn any_text_may_come(text in any::<String>()) {
            let _ = list().matches(&text);
        }
    }
}
