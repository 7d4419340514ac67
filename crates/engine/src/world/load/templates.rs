//! `templates/<id>.toml`: texts with declared variables. Everything that can be known before sending is checked here:
//! every name, the snippets, the opt-out text of the class, the parts of the longest text with the signature.
//! The words themselves are not judged here: that is the lints' (`lint`). The loader calls it before the journeys that send what it read.

use super::choice::basis;
use super::classes::Classes;
use super::document::{Document, Place};
use super::reader::{Item, Table, nearest, read_file};
use super::remarks::{self, Asked};
use super::{class_item, declare, id_text, known};
use crate::compose::{
    Allowed, Snippets, Source, Template, TemplateError, TemplateParts, Variable, VariableKind, Wording,
    expand,
};
use crate::converse::SHORT_CHARACTERS;
use crate::world::{Basis, Remark, Targets, Tracking};
use model::{Channel, MessageClass, Subtype, TemplateId};
use std::collections::BTreeMap;
use std::sync::Arc;
use text::{MAX_PARTS, Position, measure, with_signature};

/// The templates by id.
#[derive(Default)]
pub(super) struct Templates<'a> {
    /// What could be compiled.
    pub(super) compiled: BTreeMap<TemplateId, Arc<Template>>,
    /// Every id that some file declares, readable or not.
    declared: BTreeMap<TemplateId, Place<'a>>,
    /// What the word lists say of their texts.
    pub(super) remarks: Vec<Remark>,
}

impl Templates<'_> {
    /// The templates of a world that exists already.
    pub(super) fn of_world(compiled: &BTreeMap<TemplateId, Arc<Template>>) -> Self {
        Self { compiled: compiled.clone(), ..Self::default() }
    }

    /// The template that a file names. One that exists but is itself wrong is not reported a second time.
    pub(super) fn find(&self, item: Item<'_>) -> Option<Arc<Template>> {
        let name = item.text()?;
        let id = TemplateId::from(name);
        let found = self.compiled.get(&id).cloned();
        if found.is_none() && !self.declared.contains_key(&id) {
            let known = self.compiled.keys().chain(self.declared.keys()).map(TemplateId::as_str);
            let hint =
                nearest(name, known).map_or(String::new(), |near| format!(", the nearest is {near:?}"));
            item.report(format!("unknown template {name:?}{hint}"));
        }
        found
    }
}

/// What a template is read against.
#[derive(Clone, Copy)]
pub(super) struct Context<'c, 'a> {
    /// The classes.
    pub(super) classes: &'c Classes<'a>,
    /// What templates may include.
    pub(super) snippets: &'c Snippets,
    /// The institution's, when it could be read.
    pub(super) signature: Option<&'c str>,
    /// The word lists.
    pub(super) asked: Asked<'c>,
    /// What texts may lead to.
    pub(super) addresses: Addresses<'c>,
}

/// The addresses that are made for a message.
#[derive(Clone, Copy)]
pub(super) struct Addresses<'c> {
    /// How long a link to a customer's own page is, where one is configured.
    pub(super) page: Option<usize>,
    /// The institution's own short address.
    pub(super) tracking: Option<&'c Tracking>,
    /// Where links lead.
    pub(super) targets: &'c Targets,
}

/// Reads the files.
pub(super) fn read<'a>(documents: &[&'a Document<'a>], context: Context<'_, 'a>) -> Templates<'a> {
    let mut templates = Templates::default();
    for document in documents {
        let compiled = read_file(document, |table| {
            let id_item = table.required("id");
            let id = id_item.and_then(id_text).map(TemplateId::from);
            let place = id_item.map_or(table.place(), Item::place);
            declare(
                &mut templates.declared,
                id.clone().unwrap_or_else(|| document.stem().into()),
                place,
                "template",
            );
            compile(read_template(id, table, context)?, context, &mut templates.remarks)
        });
        if let Some(template) = compiled {
            templates.compiled.entry(template.id.clone()).or_insert_with(|| Arc::new(template));
        }
    }
    templates
}

/// A template file as it is written, with the places of what is checked later.
pub(super) struct Written<'a> {
    /// What it says, with the snippets in its texts.
    pub(super) parts: TemplateParts,
    /// Where its texts stand; the main one first.
    pub(super) texts: Vec<Item<'a>>,
    /// Where each declaration stands.
    pub(super) declared: Vec<(Place<'a>, Arc<str>)>,
    /// Where the most parts stand.
    pub(super) parts_max: Item<'a>,
    /// Where each excuse stands.
    pub(super) allowed: Vec<Place<'a>>,
    /// What its messages are chosen by.
    pub(super) basis: Basis,
}

/// Reads one file.
pub(super) fn read_template<'a>(
    id: Option<TemplateId>,
    table: &mut Table<'a>,
    context: Context<'_, 'a>,
) -> Option<Written<'a>> {
    let class = table.required("class").and_then(class_item);
    let subtype = subtype(table, class, context.classes);
    let language = table.text("language");
    let parts_item = table.required("parts_max");
    let parts_max = parts_item.and_then(|item| item.number(1..=MAX_PARTS as i64));
    let main = table.required("text");
    let source = main.and_then(|item| with_snippets(item, context.snippets));
    let others = table.optional("texts").map_or(Some(Vec::new()), Item::list);
    let others: Option<Vec<_>> =
        others.map(|items| items.into_iter().map(|item| wording(item, context.snippets)).collect());
    let excuses = table.optional("allow").map_or(Some(Vec::new()), Item::list);
    let excuses: Option<Vec<_>> =
        excuses.map(|items| items.into_iter().map(|item| allowed(item, context.asked)).collect());
    let basis = basis(table, None, context.classes);
    let named = table.optional("variables").map_or(Some(Vec::new()), Item::named);
    let addresses = context.addresses;
    let declarations: Vec<_> =
        named?.into_iter().map(|(place, item)| (place, variable(item, addresses))).collect();
    // Names can only be checked once all of them could be read.
    let variables: Vec<Variable> = declarations.iter().map(|(_, v)| v.clone()).collect::<Option<_>>()?;
    let declared =
        declarations.iter().filter_map(|(place, v)| Some((*place, v.as_ref()?.name.clone()))).collect();
    let others: Vec<(Item<'a>, Wording)> = others?.into_iter().collect::<Option<_>>()?;
    report_twins(&others);
    let (items, texts): (Vec<_>, Vec<_>) = others.into_iter().unzip();
    let (places, allowed) = excuses?.into_iter().collect::<Option<Vec<_>>>()?.into_iter().unzip();
    let parts = TemplateParts {
        id: id?,
        class: class?,
        subtype,
        language: language?.to_owned(),
        source: source?,
        variables,
        parts_max: usize::try_from(parts_max?).ok()?,
        texts,
        allowed,
    };
    let texts = main.into_iter().chain(items).collect();
    Some(Written { parts, texts, declared, parts_max: parts_item?, allowed: places, basis })
}

/// Compiles what was read and checks what every message of it needs; all mistakes are reported.
fn compile(written: Written<'_>, context: Context<'_, '_>, remarks: &mut Vec<Remark>) -> Option<Template> {
    let Written { parts, texts, declared, parts_max, basis, .. } = written;
    let (class, subtype) = (parts.class, parts.subtype.clone());
    let sources: Vec<String> =
        std::iter::once(&parts.source).chain(parts.texts.iter().map(|t| &t.source)).cloned().collect();
    for (text, source) in texts.iter().zip(&sources) {
        check_opt_out(*text, source, class, subtype.as_ref(), context.classes);
    }
    match Template::compile(parts) {
        Ok(mut template) => {
            template.basis = basis;
            for (at, text) in texts.iter().enumerate() {
                let longest = template.worst_case(at).map_err(|error| text.report(error)).ok()?;
                // Words in a comment or in a branch not taken are in the source but not in the message.
                check_opt_out(*text, &longest, class, subtype.as_ref(), context.classes);
                if template.wordings().get(at).is_some_and(Wording::may_be_billed_by_parts) {
                    check_parts(parts_max, &longest, template.parts_max, context.signature);
                }
            }
            let policy = context.classes.policy(class, subtype.as_ref());
            let opt_out = policy.and_then(|policy| policy.opt_out_text.as_deref());
            remarks::read(context.asked, &template, opt_out, &texts, remarks);
            Some(template)
        }
        Err(errors) => {
            errors.iter().for_each(|error| report_template(error, &texts, &sources, &declared));
            None
        }
    }
}

/// One of `[[texts]]`: a text for a channel, a language, a variant, or several of them.
fn wording<'a>(item: Item<'a>, snippets: &Snippets) -> Option<(Item<'a>, Wording)> {
    let (channel, language, variant, text) = item.table(|table| {
        let channel = table.optional("channel").map(|item| {
            item.parsed(|word| {
                let known = Channel::ALL.map(Channel::name).join(", ");
                Channel::parse(word).ok_or_else(|| format!("expected one of {known}, found {word:?}"))
            })
        });
        let language = table.optional("language").map(Item::text);
        let variant = table.optional("variant").map(id_text);
        if channel.is_none() && language.is_none() && variant.is_none() {
            table.report_missing("expected a channel, a language or a variant beside the text, found none");
        }
        (channel, language, variant, table.required("text"))
    })?;
    let text = text?;
    let source = with_snippets(text, snippets)?;
    let wording = Wording {
        channel: channel.map_or(Some(None), |read| read.map(Some))?,
        language: language.map_or(Some(None), |read| read.map(Some))?.map(str::to_owned),
        variant: variant.map_or(Some(None), |read| read.map(Some))?.map(Into::into),
        source,
    };
    Some((text, wording))
}

fn report_twins(texts: &[(Item<'_>, Wording)]) {
    for (at, (item, wording)) in texts.iter().enumerate() {
        if texts.iter().take(at).any(|(_, earlier)| earlier.is_for_the_same(wording)) {
            item.report(format!("expected one text for {}, found a second", wording.name()));
        }
    }
}

/// One of `[[allow]]`: a lint that the template is excused from.
fn allowed<'a>(item: Item<'a>, asked: Asked<'_>) -> Option<(Place<'a>, Allowed)> {
    let (lint, reason) = item.table(|table| (table.required("lint"), table.text("reason")))?;
    if let Some(lint) = lint {
        remarks::check_allowed(asked, lint);
    }
    let lint = lint.and_then(Item::text);
    Some((item.place(), Allowed { lint: lint?.to_owned(), reason: reason?.to_owned() }))
}

fn with_snippets(item: Item<'_>, snippets: &Snippets) -> Option<String> {
    let source = item.text()?;
    match expand(source, snippets) {
        Ok(text) => Some(text),
        // The mistake of a snippet is told in its own file.
        Err(error) if error.nested => None,
        Err(error) => {
            item.place().inside(source, error.at).report(format!("text: {error}"));
            None
        }
    }
}

/// The optional subtype of a template, journey or broadcast.
pub(super) fn subtype(
    table: &mut Table<'_>,
    class: Option<MessageClass>,
    classes: &Classes<'_>,
) -> Option<Subtype> {
    let item = table.optional("subtype")?;
    match class {
        Some(class) => classes.subtype(&[class], item),
        None => item.text().map(Subtype::new),
    }
}

fn variable(item: Item<'_>, addresses: Addresses<'_>) -> Option<Variable> {
    if item.peek("type").is_some_and(|kind| kind.is_text() && kind.any_text() == Some(LINK)) {
        return tracked(item, addresses);
    }
    let kinds = "money, percent, int, date, time, account_tail, name, code, link or text(20)";
    let sources = "event.<field>, got.<field>, customer.<attribute>, loan.<figure>, institution.name or preferences.link";
    let (kind, from, sample) = item.table(|table| {
        let kind = table.required("type").and_then(|item| {
            item.parsed(|text| {
                VariableKind::parse(text).ok_or_else(|| format!("expected {kinds}, found {text:?}"))
            })
        });
        let from = table.required("from").and_then(|item| {
            item.parsed(|text| {
                Source::parse(text).ok_or_else(|| format!("expected {sources}, found {text:?}"))
            })
        });
        let sample = table.optional("sample").map(Item::text);
        (kind, from, sample)
    })?;
    if let (Some(Source::PreferencesLink), Some(kind)) = (&from, kind) {
        check_link(item, kind, addresses.page);
    }
    let sample = sample.map_or(Some(None), |read| read.map(Some))?;
    Some(Variable { name: item.key().into(), kind: kind?, from: from?, sample: sample.map(Into::into) })
}

/// The type of a variable that is a link to a target.
const LINK: &str = "link";

/// What a token looks like, in samples.
const TOKEN: &str = "7Kq2mXw9RtLb4Zc";
const _: () = assert!(TOKEN.len() == SHORT_CHARACTERS);

/// A link: `{ type = "link", to = "spring" }`. It is as long as the short address, or as the target's own where there is none.
fn tracked(item: Item<'_>, addresses: Addresses<'_>) -> Option<Variable> {
    let to = item.table(|table| {
        table.optional("type");
        let to = table.required("to");
        addresses.targets.named(known(to?, addresses.targets.names())?).cloned()
    })??;
    let sample = match addresses.tracking {
        Some(tracking) => tracking.address(TOKEN),
        None => to.url.to_string(),
    };
    let Ok(characters) = u16::try_from(sample.len()) else {
        item.report(format!("expected an address that fits a message, found {} characters", sample.len()));
        return None;
    };
    let (kind, from) = (VariableKind::Link(characters), Source::Target(Arc::clone(&to.id)));
    Some(Variable { name: item.key().into(), kind, from, sample: Some(sample.into()) })
}

/// A link to the customer's own page must be configured, and have room: what is cut off opens nothing.
fn check_link(item: Item<'_>, kind: VariableKind, link: Option<usize>) {
    match (link, kind) {
        (None, _) => item.report("expected preferences.url in institution.toml for a link, found none"),
        (Some(length), VariableKind::Text(max)) if usize::from(max) >= length => {}
        (Some(length), _) => {
            item.report(format!(
                "expected type = \"text({length})\", which is how long the link is, or more"
            ));
        }
    }
}

fn check_opt_out(
    text: Item<'_>,
    written: &str,
    class: MessageClass,
    subtype: Option<&Subtype>,
    classes: &Classes<'_>,
) {
    let demanded = classes.policy(class, subtype).and_then(|policy| policy.opt_out_text.as_deref());
    if let Some(words) = demanded.filter(|words| !written.contains(words)) {
        text.report(format!("expected the opt-out text of {class}, {words:?}, found none"));
    }
}

fn check_parts(item: Item<'_>, longest: &str, parts_max: usize, signature: Option<&str>) {
    let signed = with_signature(signature.unwrap_or_default(), longest, Position::Head);
    let parts = measure(&signed).parts;
    if parts > parts_max {
        item.report(format!(
            "expected at least the parts of the longest text with its signature, {parts}, found {parts_max}"
        ));
    }
}

fn report_template(
    error: &TemplateError,
    texts: &[Item<'_>],
    sources: &[String],
    declared: &[(Place<'_>, Arc<str>)],
) {
    let Some(main) = texts.first() else { return };
    match error {
        TemplateError::Unused(name) => {
            let declaration = declared.iter().find(|(_, n)| **n == **name);
            declaration.map_or(main.place(), |(place, _)| *place).report(error.to_string());
        }
        TemplateError::Undeclared { name, text: at, .. } => {
            let (text, source) = (texts.get(*at).unwrap_or(main), sources.get(*at).map_or("", |s| s));
            let place =
                source.find("{{").and_then(|open| Some(open + source.get(open..)?.find(name.as_str())?));
            place
                .map_or(text.place(), |place| text.place().inside(source, place))
                .report(format!("text: {error}"));
        }
        TemplateError::TooLong { .. } | TemplateError::Syntax(_) | TemplateError::Value { .. } => {
            main.report(error);
        }
    }
}
