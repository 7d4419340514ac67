//! Rich content: a text, cards, suggested replies and actions. It is checked against the limits that are told before
//! anything is sent, all mistakes at once.
//!
//! Where it comes from: a route files it (`rich.<code>`, with the filed text's variables in it), so that the message itself
//! stays a plain text which another channel can carry when a phone is not capable. A text that is itself such a document
//! is read too: for templates that go by no other channel.

use super::filed::{Shelf, split_signature};
use super::settings::Settings;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What rich content may be, by the documents of the platform (Google RCS for Business, phones.agentMessages).
pub mod limits {
    /// Characters of a text.
    pub const TEXT: usize = 3_072;
    /// Characters of a card's title.
    pub const TITLE: usize = 200;
    /// Characters of a card's description.
    pub const DESCRIPTION: usize = 2_000;
    /// Suggestions below a message, and on one card.
    pub const SUGGESTIONS: usize = 11;
    /// Suggestions on one card.
    pub const CARD_SUGGESTIONS: usize = 4;
    /// Characters of a suggestion.
    pub const SUGGESTION: usize = 25;
    /// Characters of what comes back when a suggestion is tapped.
    pub const POSTBACK: usize = 2_048;
    /// Cards of a carousel; one alone is no carousel.
    pub const CARDS: usize = 10;
}

/// A rich message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rich {
    /// The text; empty beside cards.
    pub text: String,
    /// The cards: one alone, or a carousel.
    pub cards: Vec<Card>,
    /// Suggestions below the message.
    pub suggestions: Vec<Suggestion>,
}

/// A card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// Its title.
    pub title: String,
    /// What it says.
    pub description: String,
    /// The address of its picture or film.
    pub media: Option<String>,
    /// Suggestions on it.
    pub suggestions: Vec<Suggestion>,
}

/// Something to tap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// What it says.
    pub text: String,
    /// What comes back when it is tapped.
    pub postback: String,
    /// What it does besides.
    pub action: Action,
}

/// What a suggestion does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// It answers.
    Reply,
    /// It opens an address.
    Open(String),
    /// It dials a number.
    Dial(String),
}

impl Rich {
    /// A plain text.
    pub fn plain(text: &str) -> Self {
        Self { text: text.to_owned(), ..Self::default() }
    }

    /// What a message's text means: a rich document if it is one, else the text itself.
    ///
    /// # Errors
    /// Every mistake in a document.
    pub fn of(text: &str) -> Result<Self, Vec<String>> {
        let (signature, body) = split_signature(text);
        match serde_json::from_str::<Value>(body) {
            Ok(Value::Object(document)) => {
                let mut rich = Self::read(&document)?;
                if let Some(signature) = signature.filter(|_| !rich.text.is_empty()) {
                    rich.text = format!("【{signature}】{}", rich.text);
                }
                Ok(rich)
            }
            _ => {
                let mut reader = Reader::default();
                reader.length("text", text, 1, limits::TEXT);
                reader.end(Self::plain(text))
            }
        }
    }

    /// Reads a document.
    ///
    /// # Errors
    /// Every mistake.
    pub fn read(document: &Map<String, Value>) -> Result<Self, Vec<String>> {
        let mut reader = Reader::default();
        reader.only(document, "document", &["text", "cards", "suggestions"]);
        let text = reader.text(document, "text", 0, limits::TEXT);
        let cards = reader.list(document, "cards", limits::CARDS);
        let cards: Vec<Card> = cards.into_iter().filter_map(|card| reader.card(card)).collect();
        let suggestions = reader.suggestions(document, limits::SUGGESTIONS);
        if text.is_empty() == cards.is_empty() {
            reader.0.push("document: expected a text or cards, and not both".to_owned());
        }
        reader.end(Self { text, cards, suggestions })
    }

    /// As JSON, in our own form.
    pub fn plain_text(&self) -> String {
        match self.cards.first() {
            Some(card) => format!("{} {}", card.title, card.description).trim().to_owned(),
            None => self.text.clone(),
        }
    }
}

#[derive(Default)]
struct Reader(Vec<String>);

impl Reader {
    fn end<T>(self, value: T) -> Result<T, Vec<String>> {
        if self.0.is_empty() { Ok(value) } else { Err(self.0) }
    }

    fn only(&mut self, object: &Map<String, Value>, what: &str, keys: &[&str]) {
        let unknown = object.keys().filter(|key| !keys.contains(&key.as_str()));
        self.0.extend(unknown.map(|key| format!("{what}: expected only {}, found {key:?}", keys.join(", "))));
    }

    fn length(&mut self, what: &str, text: &str, min: usize, max: usize) {
        let found = text.chars().count();
        if found < min || found > max {
            self.0.push(format!("{what}: expected {min} to {max} characters, found {found}"));
        }
    }

    fn text(&mut self, object: &Map<String, Value>, key: &str, min: usize, max: usize) -> String {
        let text = match object.get(key) {
            None => "",
            Some(Value::String(text)) => text,
            Some(_) => {
                self.0.push(format!("{key}: expected a text"));
                return String::new();
            }
        };
        self.length(key, text, min, max);
        text.to_owned()
    }

    fn list<'a>(
        &mut self,
        object: &'a Map<String, Value>,
        key: &str,
        max: usize,
    ) -> Vec<&'a Map<String, Value>> {
        let list = match object.get(key) {
            None => return Vec::new(),
            Some(Value::Array(list)) => list,
            Some(_) => {
                self.0.push(format!("{key}: expected a list"));
                return Vec::new();
            }
        };
        if list.len() > max {
            self.0.push(format!("{key}: expected at most {max}, found {}", list.len()));
        }
        let objects: Vec<&Map<String, Value>> = list.iter().filter_map(Value::as_object).collect();
        if objects.len() < list.len() {
            self.0.push(format!("{key}: expected objects in the list"));
        }
        objects
    }

    fn card(&mut self, card: &Map<String, Value>) -> Option<Card> {
        self.only(card, "card", &["title", "description", "media", "suggestions"]);
        let title = self.text(card, "title", 0, limits::TITLE);
        let description = self.text(card, "description", 0, limits::DESCRIPTION);
        let media = Some(self.text(card, "media", 0, limits::POSTBACK)).filter(|media| !media.is_empty());
        if media.as_ref().is_some_and(|media| !media.starts_with("https://")) {
            self.0.push("media: expected an https address".to_owned());
        }
        let suggestions = self.suggestions(card, limits::CARD_SUGGESTIONS);
        if title.is_empty() && description.is_empty() && media.is_none() {
            self.0.push("card: expected a title, a description or media".to_owned());
            return None;
        }
        Some(Card { title, description, media, suggestions })
    }

    fn suggestions(&mut self, object: &Map<String, Value>, max: usize) -> Vec<Suggestion> {
        let list = self.list(object, "suggestions", max);
        list.into_iter().map(|suggestion| self.suggestion(suggestion)).collect()
    }

    fn suggestion(&mut self, suggestion: &Map<String, Value>) -> Suggestion {
        self.only(suggestion, "suggestion", &["text", "postback", "open", "dial"]);
        let text = self.text(suggestion, "text", 1, limits::SUGGESTION);
        let postback = self.text(suggestion, "postback", 0, limits::POSTBACK);
        let open = self.text(suggestion, "open", 0, limits::POSTBACK);
        let dial = self.text(suggestion, "dial", 0, 32);
        let action = match (open.is_empty(), dial.is_empty()) {
            (true, true) => Action::Reply,
            (false, true) => Action::Open(open),
            (true, false) => Action::Dial(dial),
            (false, false) => {
                self.0.push("suggestion: expected open or dial, not both".to_owned());
                Action::Reply
            }
        };
        let postback = if postback.is_empty() { text.clone() } else { postback };
        Suggestion { text, postback, action }
    }
}

/// Rich content that a route files for texts.
#[derive(Debug, Clone, Default)]
pub struct RichShelf {
    texts: Shelf,
    documents: BTreeMap<String, Value>,
}

impl RichShelf {
    /// Reads `template.<code>` and `rich.<code>`.
    pub fn read(settings: &mut Settings<'_>) -> Self {
        let texts = Shelf::read(settings, "${");
        let mut documents = BTreeMap::new();
        for (code, text) in settings.beginning("rich.") {
            let key = format!("rich.{code}");
            if !texts.has(&code) {
                settings.mistake(&key, &format!("template.{code} with the text it stands for"));
            }
            match serde_json::from_str::<Value>(&text) {
                Ok(Value::Object(document)) => {
                    // Values are put in later; what is too long or unknown by itself is told now.
                    if let Err(mistakes) = Rich::read(&document) {
                        mistakes.iter().for_each(|mistake| {
                            settings.mistake(&key, &format!("a valid document ({mistake})"))
                        });
                    }
                    documents.insert(code, Value::Object(document));
                }
                _ => settings.mistake(&key, "a JSON object"),
            }
        }
        Self { texts, documents }
    }

    /// What a message's text becomes.
    ///
    /// # Errors
    /// Every mistake in the document with the values put in.
    pub fn of(&self, text: &str) -> Result<Rich, Vec<String>> {
        let (_, body) = split_signature(text);
        let found = self.texts.find(body).or_else(|| self.texts.find(text));
        let Some((code, values)) = found else { return Rich::of(text) };
        let Some(document) = self.documents.get(code) else { return Rich::of(text) };
        match fill(document, &values) {
            Value::Object(document) => Rich::read(&document),
            _ => Rich::of(text),
        }
    }
}

/// A document with the values put into its texts, as texts: a value cannot become anything else.
fn fill(document: &Value, values: &[(String, String)]) -> Value {
    match document {
        Value::String(text) => {
            let put =
                |text: String, (name, value): &(String, String)| text.replace(&format!("${{{name}}}"), value);
            Value::String(values.iter().fold(text.clone(), put))
        }
        Value::Array(list) => list.iter().map(|item| fill(item, values)).collect(),
        Value::Object(object) => {
            Value::Object(object.iter().map(|(key, value)| (key.clone(), fill(value, values))).collect())
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_itself_and_a_document_is_read() {
        assert_eq!(Rich::of("您好").unwrap(), Rich::plain("您好"));
        let rich = Rich::of(
            r#"【银行】{"text":"账单已出","suggestions":[{"text":"查看","open":"https://b.example/1"}]}"#,
        );
        let rich = rich.unwrap();
        assert_eq!(rich.text, "【银行】账单已出");
        assert_eq!(rich.suggestions[0].action, Action::Open("https://b.example/1".to_owned()));
        assert_eq!(rich.suggestions[0].postback, "查看");
    }

    #[test]
    fn every_mistake_is_told_at_once() {
        let document = format!(
            r#"{{"text":"x","cards":[{{"media":"http://a","colour":1}},{{}}],"suggestions":[{{"text":"{}","open":"a","dial":"b"}}]}}"#,
            "长".repeat(26)
        );
        let mistakes = Rich::of(&document).unwrap_err();
        assert_eq!(mistakes.len(), 6, "{mistakes:?}");
    }
}
