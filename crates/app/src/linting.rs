//! What the lints of templates need beside the configuration: the cue tables and the day.
//!
//! It judges nothing; `engine::compose::lint` does. `check`, `template` and `serve` call it.

use crate::config;
use engine::compose::lint::{Finding, Readers};
use engine::compose::words::day;
use engine::world::{World, lint_template, load_with};
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

/// The configuration around templates that may be broken themselves: where they keep it from loading, the shipped ones stand in
/// for them, and nothing that names theirs is read.
///
/// # Errors
/// As [`config::world`], for mistakes that are not the templates'.
pub(crate) fn world_around(folder: Option<&Path>) -> Result<World, config::Error> {
    /// What names templates; the shipped journeys name the shipped ones.
    const NAMES_TEMPLATES: [&str; 3] = [TEMPLATES, "journeys/", "accounts/"];
    let whole = match config::world(folder, &[]) {
        Err(config::Error::Mistakes(whole)) if whole.iter().any(|m| m.file.starts_with(TEMPLATES)) => whole,
        other => return other,
    };
    let names = |path: &str| NAMES_TEMPLATES.iter().any(|start| path.starts_with(start));
    let mut files = config::files(folder, &[])?;
    files.retain(|(path, _)| !names(path));
    let shipped = library::files().filter(|(path, _)| names(path));
    files.extend(shipped.map(|(path, text)| (path.to_owned(), text.to_owned())));
    load_with(&files, Some(&config::model(folder)?)).map_err(|_| config::Error::Mistakes(whole))
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
    let files = config::files(folder, overrides)?;
    of_files(files.iter().map(|(path, text)| (path.as_str(), text.as_str())), world)
}

/// Judges the templates among these files.
///
/// # Errors
/// As [`Linter::new`].
pub(crate) fn of_files<'a>(
    files: impl Iterator<Item = (&'a str, &'a str)>,
    world: &World,
) -> Result<Vec<Finding>, Box<dyn std::error::Error>> {
    let linter = Linter::new(world)?;
    let readers = linter.readers();
    let templates = files.filter(|(path, _)| path.starts_with(TEMPLATES));
    Ok(templates.flat_map(|(path, text)| lint_template(world, &readers, path, text)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_template_is_judged_all_the_same() {
        let folder = std::env::temp_dir().join(format!("hongyan-linting-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("templates")).unwrap();
        let broken =
            library::file("templates/verification-code.toml").unwrap().replace("{{ code }}", "{{ cod }}");
        std::fs::write(folder.join("templates/verification-code.toml"), &broken).unwrap();
        assert!(config::world(Some(&folder), &[]).is_err(), "it cannot be used");
        let world = world_around(Some(&folder)).unwrap();
        std::fs::write(folder.join("institution.toml"), "name = 1\n").unwrap();
        assert!(world_around(Some(&folder)).is_err(), "other mistakes are no template's");
        std::fs::remove_dir_all(&folder).unwrap();
        let linter = Linter::new(&world).unwrap();
        let found = lint_template(&world, &linter.readers(), "templates/verification-code.toml", &broken);
        let fixes: Vec<_> =
            found.iter().filter_map(|f| f.fix.as_ref()).map(|fix| fix.text.as_str()).collect();
        assert_eq!(fixes, ["code", ""], "{found:?}");
    }
}
