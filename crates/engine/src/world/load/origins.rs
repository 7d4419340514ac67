//! Which file stands behind which journey and which template, with what every file holds: what an approval is compared with.

use super::document::Document;
use crate::world::Origins;
use model::TemplateId;
use proof::Hash;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use toml::de::DeValue;

/// Finds the files behind what is sent.
pub(super) fn of(
    files: &[(&str, &str)],
    journeys: &[&Document<'_>],
    templates: &[&Document<'_>],
    snippets: &[&Document<'_>],
) -> Origins {
    let mut origins = Origins::default();
    for (path, text) in files {
        origins.files.insert(Arc::from(*path), Hash::of(text.as_bytes()));
    }
    for document in journeys {
        if let (Some(id), Some(version)) = (word(document, "id"), word(document, "version")) {
            origins.journeys.insert(format!("{id}@{version}").into(), document.path.into());
        }
    }
    let text_of = |path: &str| files.iter().find(|(other, _)| *other == path).map_or("", |(_, text)| text);
    let shared: BTreeMap<String, (&str, &str)> = snippets
        .iter()
        .filter_map(|document| Some((word(document, "id")?, (document.path, text_of(document.path)))))
        .collect();
    for document in templates {
        let Some(id) = word(document, "id") else { continue };
        let mut behind = BTreeSet::from([document.path]);
        include(text_of(document.path), &shared, &mut behind);
        origins.templates.insert(TemplateId::new(id), behind.into_iter().map(Arc::from).collect());
    }
    origins
}

/// Adds the snippets that a file includes. It goes by names that stand in the file: one too many does no harm, for what
/// ships together is approved together.
fn include<'a>(text: &str, snippets: &BTreeMap<String, (&'a str, &'a str)>, behind: &mut BTreeSet<&'a str>) {
    if !text.contains("include") {
        return;
    }
    for (id, (path, inner)) in snippets {
        if text.contains(id.as_str()) && behind.insert(path) {
            include(inner, snippets, behind);
        }
    }
}

fn word(document: &Document<'_>, key: &str) -> Option<String> {
    let (_, value) = document.root().iter().find(|(name, _)| name.get_ref() == key)?;
    match value.get_ref() {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => Some(number.as_str().to_owned()),
        _ => None,
    }
}
