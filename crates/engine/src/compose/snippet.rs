//! Snippets: texts that several templates share, put where `{% include "name" %}` stands.
//!
//! They are put in before anything is compiled, so a template's hash, its limits and its checks cover what it includes. A
//! name that is no quoted text, one that nobody has written, and one that comes back to itself are refused with their place.
//! The loader calls it.

use std::collections::BTreeMap;

/// Snippets by name, as they are written.
pub type Snippets = BTreeMap<String, String>;

/// Why a text cannot be put together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct IncludeError {
    /// The byte of the text that was asked for, at which the tag stands.
    pub at: usize,
    /// What was expected and what came.
    pub what: String,
    /// Whether the mistake is in a snippet and not in the text itself.
    pub nested: bool,
}

/// The deepest that snippets may stand in snippets.
const DEPTH_MAX: usize = 8;
/// The longest text that is put together, in octets; templates are shorter still.
const OCTETS_MAX: usize = 16_000;

/// A text with its snippets in it.
///
/// # Errors
/// The first [`IncludeError`].
pub fn expand(source: &str, snippets: &Snippets) -> Result<String, IncludeError> {
    put_in(source, snippets, &mut Vec::new())
}

/// The names that a text includes itself, in its order.
pub fn included(source: &str) -> Vec<&str> {
    tags(source).filter_map(|tag| tag.name.ok()).collect()
}

fn put_in<'a>(
    source: &'a str,
    snippets: &'a Snippets,
    chain: &mut Vec<&'a str>,
) -> Result<String, IncludeError> {
    let mut out = String::with_capacity(source.len());
    let mut done = 0;
    let mut trims = false;
    for tag in tags(source) {
        let fail = |what: String| IncludeError { at: tag.start, what, nested: false };
        let name = tag
            .name
            .map_err(|found| fail(format!("expected include and a name in quotes, found {found:?}")))?;
        let between = source.get(done..tag.start).unwrap_or_default();
        out.push_str(if trims { between.trim_start() } else { between });
        if tag.trims_before {
            out.truncate(out.trim_end().len());
        }
        let known = || snippets.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
        let Some(snippet) = snippets.get(name) else {
            return Err(fail(format!("expected a snippet of snippets/ ({}), found {name:?}", known())));
        };
        if chain.contains(&name) || chain.len() == DEPTH_MAX {
            let way = [chain.as_slice(), &[name]].concat().join(" → ");
            return Err(fail(format!("expected snippets that come to an end, found {way}")));
        }
        chain.push(name);
        let inner =
            put_in(snippet, snippets, chain).map_err(|e| IncludeError { nested: true, ..fail(e.what) })?;
        chain.pop();
        out.push_str(&inner);
        if out.len() > OCTETS_MAX {
            return Err(fail(format!("expected at most {OCTETS_MAX} octets with its snippets, found more")));
        }
        trims = tag.trims_after;
        done = tag.end;
    }
    let rest = source.get(done..).unwrap_or_default();
    out.push_str(if trims { rest.trim_start() } else { rest });
    Ok(out)
}

/// An include tag.
struct Tag<'a> {
    start: usize,
    end: usize,
    /// The name, or what stands in its place.
    name: Result<&'a str, &'a str>,
    trims_before: bool,
    trims_after: bool,
}

/// The include tags of a text: none in comments, in raw parts or between `{{` and `}}`.
fn tags(source: &str) -> impl Iterator<Item = Tag<'_>> {
    let mut at = 0;
    let mut is_raw = false;
    std::iter::from_fn(move || {
        loop {
            let start = at + source.get(at..)?.find('{')?;
            let rest = source.get(start..)?;
            let closing = match rest.as_bytes().get(1) {
                Some(b'%') => "%}",
                Some(b'#') if !is_raw => "#}",
                Some(b'{') if !is_raw => "}}",
                _ => {
                    at = start + 1;
                    continue;
                }
            };
            let length = rest.get(2..)?.find(closing)? + 4;
            at = start + length;
            if closing != "%}" {
                continue;
            }
            let inner = rest.get(2..length - 2)?;
            let words = inner.trim_matches(['-', '+']).trim();
            match words {
                "raw" => is_raw = true,
                "endraw" => is_raw = false,
                _ => {}
            }
            let Some(name) = words.strip_prefix("include").filter(|_| !is_raw) else { continue };
            if name.starts_with(|c: char| c.is_alphanumeric() || c == '_') {
                continue;
            }
            let name = name.trim();
            let quoted = ['"', '\''].iter().find_map(|q| name.strip_prefix(*q)?.strip_suffix(*q));
            return Some(Tag {
                start,
                end: at,
                name: quoted.filter(|name| !name.contains(['"', '\''])).ok_or(name),
                trims_before: inner.starts_with('-'),
                trims_after: inner.ends_with('-'),
            });
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snippets() -> Snippets {
        [
            ("hotline", "客服95501"),
            ("care", "请勿转告他人，{% include \"hotline\" %}"),
            ("a", "{% include 'b' %}"),
            ("b", "{% include 'a' %}"),
            ("broken", "x{% include 'gone' %}"),
        ]
        .map(|(name, text)| (name.to_owned(), text.to_owned()))
        .into()
    }

    #[test]
    fn snippets_stand_where_they_are_asked_for() {
        for (source, expect) in [
            ("您好", "您好"),
            ("您好，{% include \"hotline\" %}。", "您好，客服95501。"),
            ("{% include 'care' %}！", "请勿转告他人，客服95501！"),
            ("a {%- include 'hotline' -%} b", "a客服95501b"),
            ("{# {% include 'gone' %} #}b", "{# {% include 'gone' %} #}b"),
            ("{% raw %}{% include 'gone' %}{% endraw %}", "{% raw %}{% include 'gone' %}{% endraw %}"),
            ("{{ included }}{% set included = 1 %}", "{{ included }}{% set included = 1 %}"),
        ] {
            assert_eq!(expand(source, &snippets()).as_deref(), Ok(expect), "{source}");
        }
        assert_eq!(included("{% include 'care' %}{{ x }}{%include \"b\"%}"), ["care", "b"]);
    }

    #[test]
    fn what_is_missing_or_never_ends_is_told_with_its_place() {
        for (source, at, what, nested) in [
            ("您{% include 'gone' %}", 3, "found \"gone\"", false),
            ("{% include name %}", 0, "found \"name\"", false),
            ("{% include 'a' %}", 0, "found a → b → a", true),
            ("ab{% include 'broken' %}", 2, "found \"gone\"", true),
        ] {
            let error = expand(source, &snippets()).unwrap_err();
            assert_eq!((error.at, error.nested), (at, nested), "{source}");
            assert!(error.what.ends_with(what), "{}", error.what);
        }
    }
}
