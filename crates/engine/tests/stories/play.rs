//! The library's stories, played against the library with some of its files changed.

use engine::converse::LinkKey;
use engine::decide::RuleCode;
use engine::decide::story::tell;
use engine::world::{Mistake, World, load_with, stories_from_text, story_files};
use std::sync::Arc;

/// Files with their contents.
pub(crate) type Files = Vec<(String, String)>;

/// The configuration that ships.
pub(crate) fn shipped() -> Files {
    library::files().map(|(path, text)| (path.to_owned(), text.to_owned())).collect()
}

/// The files of stories that ship.
pub(crate) fn stories() -> impl Iterator<Item = (&'static str, &'static str)> {
    library::files().filter(|(path, _)| path.starts_with("stories/"))
}

/// A world of these files and the model that ships; `_left_out` is passed over by its gate, where the build can.
pub(crate) fn world(files: &Files, _left_out: Option<RuleCode>) -> Result<Arc<World>, Vec<Mistake>> {
    let mut world = load_with(files, library::bytes("models/classify.bin"))?;
    world.links = Some(LinkKey::derived_from(&[0; 32]));
    #[cfg(feature = "mutants")]
    {
        world.left_out = _left_out;
    }
    Ok(Arc::new(world))
}

/// What a file of stories says of these files, each difference with the story's place; a mistake is one too.
pub(crate) fn differences(
    files: &Files,
    shared: &Arc<World>,
    left_out: Option<RuleCode>,
    (path, text): (&str, &str),
) -> Vec<String> {
    let told = || -> Result<Vec<String>, Vec<Mistake>> {
        let own = story_files(path, text)?;
        let world = if own.is_empty() {
            Arc::clone(shared)
        } else {
            let mut merged = files.clone();
            merged.retain(|(path, _)| !own.iter().any(|(other, _)| other == path));
            merged.extend(own);
            world(&merged, left_out)?
        };
        let stories = stories_from_text(&world, path, text)?;
        let lines = |story| {
            let engine::decide::story::Story { place, title, .. } = &story;
            tell(&world, &story)
                .into_iter()
                .map(|words| format!("{place} {title}: {words}"))
                .collect::<Vec<_>>()
        };
        Ok(stories.into_iter().flat_map(lines).collect())
    };
    told().unwrap_or_else(|mistakes| mistakes.iter().map(ToString::to_string).collect())
}
