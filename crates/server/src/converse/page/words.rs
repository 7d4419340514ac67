//! The page's words, in Chinese and English: `words.json`. Nothing here speaks of a person.

use std::collections::HashMap;
use std::sync::LazyLock;

/// Every word with its two texts.
type Table = HashMap<String, [String; 2]>;

static WORDS: LazyLock<Table> =
    LazyLock::new(|| serde_json::from_str(include_str!("words.json")).unwrap_or_default());

/// A language of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    Chinese = 0,
    English = 1,
}

impl Language {
    /// The one that is asked for, or else the customer's: Chinese for whoever has a Chinese one.
    pub(super) fn of(asked: Option<&str>, own: &str) -> Self {
        match asked.unwrap_or(own) {
            text if text.starts_with("zh") => Self::Chinese,
            _ => Self::English,
        }
    }

    /// As it stands in addresses.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Chinese => "zh",
            Self::English => "en",
        }
    }

    /// A word; its name where there is none, so that a slip is seen and nothing breaks.
    pub(super) fn say(self, word: &str) -> String {
        WORDS.get(word).map_or_else(|| word.to_owned(), |texts| texts[self as usize].clone())
    }

    /// A word, if there is one.
    pub(super) fn known(self, word: &str) -> Option<String> {
        WORDS.get(word).map(|texts| texts[self as usize].clone())
    }

    /// A sentence with values in its places.
    pub(super) fn tell(self, word: &str, values: &[&str]) -> String {
        let sentence = self.say(word);
        let mut told = String::with_capacity(sentence.len());
        let mut values = values.iter();
        for (number, piece) in sentence.split("{}").enumerate() {
            if number > 0 {
                told.push_str(values.next().copied().unwrap_or_default());
            }
            told.push_str(piece);
        }
        told
    }

    /// All words, for the templates.
    pub(super) fn all(self) -> HashMap<&'static str, &'static str> {
        WORDS.iter().map(|(word, texts)| (word.as_str(), texts[self as usize].as_str())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::decide::rules;

    #[test]
    fn every_word_is_there_in_both_languages_with_the_same_places() {
        let table: Table = serde_json::from_str(include_str!("words.json")).unwrap();
        for (word, [zh, en]) in &table {
            assert!(!zh.is_empty() && !en.is_empty(), "{word}");
            assert_eq!(zh.matches("{}").count(), en.matches("{}").count(), "{word}");
        }
    }

    #[test]
    fn every_rule_class_and_channel_is_said_in_the_customers_words() {
        for language in [Language::Chinese, Language::English] {
            let known = |word: String| assert!(language.known(&word).is_some(), "{word} has no words");
            rules::ORDER.iter().for_each(|rule| known(format!("rule_{}", rule.id)));
            [rules::ERASED, rules::CANCELLED].iter().for_each(|code| known(format!("rule_{}", code.id())));
            model::MessageClass::ALL.iter().for_each(|class| known(format!("class_{class}")));
            model::Channel::ALL.iter().for_each(|channel| known(format!("channel_{channel}")));
        }
    }

    #[test]
    fn a_sentence_has_its_values_in_their_places() {
        assert_eq!(Language::English.tell("saved_at", &["noon", "7"]), "Recorded at noon, as entry 7.");
        assert_eq!(Language::of(None, "zh-CN"), Language::Chinese);
        assert_eq!(Language::of(Some("en"), "zh-CN"), Language::English);
        assert_eq!(Language::of(None, "cs-CZ"), Language::English);
    }
}
