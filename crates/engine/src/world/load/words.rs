//! `words/opt_out.toml`: the words by which customers refuse, and the template that confirms it; `words/*.words` and
//! `words/spellings.txt`: what messages must not say and must, and how people hide it.
//!
//! It understands no word itself, that is the text crate's business. The loader calls it once.

use super::class_list;
use super::document::{Document, Mistake, Mistakes};
use super::reader::{Item, Table, read_file};
use super::templates::Templates;
use crate::world::OptOut;
use model::MessageClass;
use std::sync::Arc;
use text::words::{Checker, ListError};
use text::{Keywords, Reach, WordError};

/// The one file of this kind.
pub(super) const PATH: &str = "words/opt_out.toml";

/// How customers complain.
pub(super) const COMPLAINTS: &str = "words/complaints.toml";

/// The folder of word lists.
const FOLDER: &str = "words/";
/// How a list's file ends.
const LIST: &str = ".words";
/// How people hide a word.
const SPELLINGS: &str = "words/spellings.txt";

/// Whether a file is a list of words, or the table of their spellings: these are no TOML.
pub(super) fn is_list(path: &str) -> bool {
    let name = path.strip_prefix(FOLDER).and_then(|name| name.strip_suffix(LIST));
    path == SPELLINGS || name.is_some_and(|name| !name.is_empty() && !name.contains('/'))
}

/// Reads all lists together: a rule's revisions may stand in several. Without any, nothing is looked for.
pub(super) fn read_lists(files: &[(&str, &str)], mistakes: &Mistakes) -> Option<Arc<Checker>> {
    let (spellings, lists): (Vec<_>, Vec<_>) =
        files.iter().copied().partition(|(path, _)| *path == SPELLINGS);
    if let (Some((list, _)), None) = (lists.first(), spellings.first()) {
        mistakes.missing_file(
            SPELLINGS,
            format!("expected how people hide the words of {list}, found no such file"),
        );
        return None;
    }
    let spellings = spellings.first().copied().unwrap_or((SPELLINGS, ""));
    let refused = |found: Vec<ListError>| {
        for ListError { file, line, expected, found } in found {
            let message = format!("expected {expected}, found {found:?}");
            mistakes.add(Mistake { file, line, column: 1, message });
        }
    };
    Checker::new(lists, spellings).map_err(refused).ok().map(Arc::new)
}

type Word = (String, Vec<MessageClass>, Reach);

/// Reads the file, which must be there: without it no refusal would be understood.
pub(super) fn read<'a>(
    document: Option<&'a Document<'a>>,
    templates: &Templates<'a>,
    mistakes: &Mistakes,
) -> Option<OptOut> {
    let Some(document) = document else {
        mistakes.missing_file(PATH, "expected the words by which customers refuse, found no such file");
        return None;
    };
    read_words(document, templates)
}

/// Reads how customers complain, if there is such a file: the same form, where the classes are what a complaint stops.
pub(super) fn read_complaints<'a>(
    document: Option<&'a Document<'a>>,
    templates: &Templates<'a>,
) -> Option<OptOut> {
    document.and_then(|document| read_words(document, templates))
}

fn read_words<'a>(document: &'a Document<'a>, templates: &Templates<'a>) -> Option<OptOut> {
    read_file(document, |table| {
        let confirmation = table.optional("confirmation").and_then(|item| templates.find(item));
        let items = table.required("word").and_then(Item::list)?;
        let words = keywords(items.into_iter().filter_map(|item| item.table(read_word).flatten()).collect())?;
        Some(OptOut { words, confirmation })
    })
}

fn read_word<'a>(table: &mut Table<'a>) -> Option<(Item<'a>, Word)> {
    let item = table.required("text");
    let text = item.and_then(Item::text);
    let classes = table.required("classes").and_then(class_list);
    let anywhere = table.optional("anywhere").map_or(Some(false), Item::flag);
    let reach = if anywhere? { Reach::Anywhere } else { Reach::Whole };
    Some((item?, (text?.to_owned(), classes?, reach)))
}

/// The list, when every word in it can work. One wrong word must not hide the next, so each is left out in turn.
fn keywords(mut read: Vec<(Item<'_>, Word)>) -> Option<Keywords<Vec<MessageClass>>> {
    let mut is_sound = true;
    loop {
        let error = match Keywords::new(read.iter().map(|(_, word)| word.clone())) {
            Ok(keywords) => return is_sound.then_some(keywords),
            Err(error) => error,
        };
        is_sound = false;
        let (WordError::Empty { word } | WordError::Ambiguous { word, .. }) = &error;
        // The later of two equal ones is the one that was refused.
        let wrong = read.iter().rposition(|(_, (text, ..))| text == word)?;
        read.remove(wrong).0.report(&error);
    }
}
