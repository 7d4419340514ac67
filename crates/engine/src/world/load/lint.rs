//! A template file, judged by the lints beside a world that exists: read as the loader reads it, filled in, and every finding pinned to its
//! place. It changes nothing. The command line calls it, before a configuration is used.

use super::classes::Classes;
use super::document::{Document, Mistakes};
use super::id_text;
use super::reader::{Item, read_file};
use super::remarks::Asked;
use super::templates::{Addresses, Context, Written, read_template};
use crate::compose::Template;
use crate::compose::lint::{FILE, Finding, Readers, Severity, Sheet, Text, look};
use crate::world::World;
use model::TemplateId;

/// Judges one template file. `file` is its path in the configuration, `text` what it says; the world may know the
/// template or not.
///
/// What the loader would report comes first, as the lint `file`; what it would report as well as a lint comes once. Sorted by place.
pub fn lint_template(world: &World, readers: &Readers<'_>, file: &str, text: &str) -> Vec<Finding> {
    let mistakes = Mistakes::default();
    let document = Document::parse(file, text, &mistakes);
    let uses = world.institution.preferences.uses.keys().cloned().collect();
    let classes = Classes::of_world(&world.classes, uses);
    let signature = Some(world.institution.signature.as_str());
    // What the lists say is told by lints, and not as remarks.
    let asked = Asked { words: Some(&world.words), ..Asked::default() };
    let context = Context {
        classes: &classes,
        snippets: &world.snippets,
        signature,
        asked,
        addresses: Addresses {
            page: world.institution.preferences.link_characters(),
            tracking: world.tracking.as_ref(),
            targets: &world.targets,
        },
    };
    let written = read_file(&document, |table| {
        let id = table.required("id").and_then(id_text).map(TemplateId::from);
        read_template(id, table, context)
    });
    let mut findings = Vec::new();
    if let Some(written) = written {
        for (lint, found, excused) in look(&sheet(world, readers, text, written)) {
            let (line, column) = document.line_and_column(found.place.start);
            findings.push(Finding {
                lint: lint.id,
                severity: found.severity.unwrap_or(lint.severity),
                file: file.to_owned(),
                line,
                column,
                place: found.place,
                message: found.message,
                fix: found.fix,
                excused,
            });
        }
    }
    drop(document);
    findings.extend(mistakes.into_sorted().into_iter().map(|mistake| Finding {
        lint: FILE,
        severity: Severity::Error,
        file: mistake.file,
        line: mistake.line,
        column: mistake.column,
        place: 0..0,
        message: mistake.message,
        fix: None,
        excused: None,
    }));
    findings
        .sort_by(|a, b| (a.line, a.column, a.lint, &a.message).cmp(&(b.line, b.column, b.lint, &b.message)));
    findings
}

fn sheet<'a>(world: &'a World, readers: &'a Readers<'a>, file: &'a str, written: Written<'_>) -> Sheet<'a> {
    let Written { parts, texts, declared, parts_max, allowed, .. } = written;
    let places: Vec<_> = texts.iter().copied().map(Item::span).collect();
    let excuses = allowed.into_iter().map(|place| place.offset()..place.offset()).zip(parts.allowed.clone());
    let (class, subtype, language) = (parts.class, parts.subtype.clone(), parts.language.clone());
    let template = Template::compile(parts);
    let mut filled = Vec::new();
    let mut unfilled = Vec::new();
    if let Ok(template) = &template {
        for (at, (wording, place)) in template.wordings().iter().zip(&places).enumerate() {
            let wording = wording.clone();
            let place = place.clone();
            match template
                .sample_for(at, &world.institution.name)
                .and_then(|sample| Ok((sample, template.worst_case(at)?)))
            {
                Ok((sample, longest)) => filled.push(Text { wording, place, sample, longest }),
                Err(error) => unfilled.push((place, error)),
            }
        }
    }
    Sheet {
        world,
        readers,
        file,
        class,
        subtype,
        language,
        template,
        places,
        texts: filled,
        unfilled,
        declared: declared
            .into_iter()
            .map(|(place, name)| (place.offset()..place.offset() + name.len(), name))
            .collect(),
        parts_max: parts_max.span(),
        allowed: excuses.collect(),
    }
}
