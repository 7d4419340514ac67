//! `templates/<id>.toml`: texts with declared variables. Everything that can be known before sending is checked here:
//! every name, the opt-out text of the class, the parts of the longest text with the signature.
//! The words themselves are not judged here. The loader calls it before the journeys that send what it read.

use super::classes::Classes;
use super::document::{Document, Place};
use super::reader::{Item, Table, nearest, read_file};
use super::{class_item, declare, id_text};
use crate::compose::{Source, Template, TemplateError, TemplateParts, Variable, VariableKind};
use model::{MessageClass, Subtype, TemplateId};
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
}

impl Templates<'_> {
    /// The templates of a world that exists already.
    pub(super) fn of_world(compiled: &BTreeMap<TemplateId, Arc<Template>>) -> Self {
        Self { compiled: compiled.clone(), declared: BTreeMap::new() }
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

/// Reads the files. `signature` is the institution's, when it could be read.
pub(super) fn read<'a>(
    documents: &[&'a Document<'a>],
    classes: &Classes<'a>,
    signature: Option<&str>,
) -> Templates<'a> {
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
            read_template(id, table, classes, signature)
        });
        if let Some(template) = compiled {
            templates.compiled.entry(template.id.clone()).or_insert_with(|| Arc::new(template));
        }
    }
    templates
}

fn read_template<'a>(
    id: Option<TemplateId>,
    table: &mut Table<'a>,
    classes: &Classes<'a>,
    signature: Option<&str>,
) -> Option<Template> {
    let class = table.required("class").and_then(class_item);
    let subtype = subtype(table, class, classes);
    let language = table.text("language");
    let parts_item = table.required("parts_max");
    let parts_max = parts_item.and_then(|item| item.number(1..=MAX_PARTS as i64));
    let text = table.required("text");
    let source = text.and_then(Item::text);
    let named = table.optional("variables").map_or(Some(Vec::new()), Item::named);
    let declarations: Vec<_> = named?.into_iter().map(|(place, item)| (place, variable(item))).collect();
    let (text, source, class) = (text?, source?, class?);
    check_opt_out(text, source, class, subtype.as_ref(), classes);
    // Names can only be checked once all of them could be read.
    let variables: Vec<Variable> = declarations.iter().map(|(_, v)| v.clone()).collect::<Option<_>>()?;
    let places: Vec<(Place<'_>, &str)> =
        declarations.iter().filter_map(|(place, v)| Some((*place, &*v.as_ref()?.name))).collect();
    let parts_max = usize::try_from(parts_max?).ok()?;
    let language = language?.to_owned();
    let parts =
        TemplateParts { id: id?, class, subtype, language, source: source.to_owned(), variables, parts_max };
    match Template::compile(parts) {
        Ok(template) => {
            let longest = template.worst_case().map_err(|error| text.report(error)).ok()?;
            // Words in a comment or in a branch not taken are in the source but not in the message.
            check_opt_out(text, &longest, class, template.subtype.as_ref(), classes);
            check_parts(parts_item?, &longest, template.parts_max, signature);
            Some(template)
        }
        Err(errors) => {
            errors.iter().for_each(|error| report_template(error, text, source, &places));
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

fn variable(item: Item<'_>) -> Option<Variable> {
    let kinds = "money, percent, int, date, time, account_tail, name, code or text(20)";
    let sources = "event.<field>, customer.<attribute> or institution.name";
    let (kind, from) = item.table(|table| {
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
        (kind, from)
    })?;
    Some(Variable { name: item.key().into(), kind: kind?, from: from? })
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

fn report_template(error: &TemplateError, text: Item<'_>, source: &str, places: &[(Place<'_>, &str)]) {
    match error {
        TemplateError::Unused(name) => {
            let declared = places.iter().find(|(_, n)| n == name).map_or(text.place(), |(place, _)| *place);
            declared.report(error.to_string());
        }
        TemplateError::Undeclared { name, .. } => {
            let at = source.find("{{").and_then(|open| Some(open + source.get(open..)?.find(name.as_str())?));
            at.map_or(text.place(), |at| text.place().inside(source, at)).report(format!("text: {error}"));
        }
        TemplateError::TooLong { .. } | TemplateError::Syntax(_) | TemplateError::Value { .. } => {
            text.report(error);
        }
    }
}
