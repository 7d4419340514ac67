//! What the lints of templates need beside the configuration: the cue tables and the day.
//!
//! It judges nothing; `engine::compose::lint` does. `check`, `template` and `serve` call it.

use crate::config;
use engine::compose::lint::{Finding, Readers};
use engine::compose::words::day;
use engine::world::{World, lint_template};
use std::path::Path;
use text::extract::Extractor;
use text::words::Day;

/// Where templates lie in a configuration.
pub(crate) const TEMPLATES: &str = "templates/";

/// The readers, ready.
pub(crate) struct Linter {
    extractor: Extractor,
    on: Day,
}

impl Linter {
    /// Reads the tables, for today on the institution's calendar.
    ///
    /// # Errors
    /// A table that cannot be read.
    pub(crate) fn new(world: &World) -> Result<Self, Box<dyn std::error::Error>> {
        let tables = library::tables().filter(|(path, _)| path.starts_with("cues/"));
        let on = day(world.institution.zone.local(server::now()).0);
        Ok(Self { extractor: Extractor::new(tables)?, on })
    }

    /// What they are to a lint.
    pub(crate) fn readers(&self) -> Readers<'_> {
        Readers { extractor: Some(&self.extractor), on: self.on }
    }

    /// What reads facts.
    pub(crate) fn extractor(&self) -> &Extractor {
        &self.extractor
    }
}

/// Judges every template of a configuration, as [`config::files`] gives it.
///
/// # Errors
/// As [`Linter::new`] and [`config::files`].
pub(crate) fn findings(
    folder: Option<&Path>,
    overrides: &[(String, String)],
    world: &World,
) -> Result<Vec<Finding>, Box<dyn std::error::Error>> {
    let linter = Linter::new(world)?;
    let readers = linter.readers();
    let mut findings = Vec::new();
    for (path, text) in config::files(folder, overrides)? {
        if path.starts_with(TEMPLATES) {
            findings.extend(lint_template(world, &readers, &path, &text));
        }
    }
    Ok(findings)
}
