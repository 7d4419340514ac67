//! # length (error)
//!
//! The longest text that the declared types allow, with its signature, has no more parts than `parts_max`: parts are money, and a
//! text that grows with its values would be stopped at the moment of sending. The finding says what each message costs at worst on the
//! routes that may carry it. Texts of channels that do not bill parts are not asked.
//!
//! Fix: where the typical text is short enough, none; the number of parts is a person's decision.

use super::{Found, Lint, Severity, Sheet};
use crate::world::{Charset, Route};
use model::Cost;
use text::{Measure, Position, measure, measure_as_ucs2, with_signature};

/// This lint.
pub const LINT: Lint = Lint { id: "length", severity: Severity::Error, excusable: false, look };

fn look(sheet: &Sheet<'_>) -> Vec<Found> {
    let parts_max = sheet.template.as_ref().map_or(text::MAX_PARTS, |template| template.parts_max);
    let billed = sheet.texts.iter().filter(|text| text.wording.may_be_billed_by_parts());
    let mut found = Vec::new();
    for text in billed {
        let signed = with_signature(&sheet.world.institution.signature, &text.longest, Position::Head);
        let routes: Vec<&Route> = sheet.routes(text).collect();
        let worst = routes.iter().map(|route| counted(&signed, route)).max_by_key(|measure| measure.parts);
        let worst = worst.unwrap_or_else(|| measure(&signed));
        if worst.parts <= parts_max {
            continue;
        }
        let message = format!(
            "expected at most {parts_max} parts, found {} for the longest text of {} characters with its signature{}",
            worst.parts,
            signed.chars().count(),
            money(&routes, &signed)
        );
        found.push(Found::new(sheet.parts_max.clone(), message));
    }
    found
}

/// What a text counts as on a route.
pub(super) fn counted(signed: &str, route: &Route) -> Measure {
    match route.charset {
        Charset::Shortest => measure(signed),
        Charset::Ucs2 => measure_as_ucs2(signed),
    }
}

/// What a message costs on these routes, from the cheapest to the dearest.
fn money(routes: &[&Route], signed: &str) -> String {
    let cost = |route: &&Route| {
        let parts = u32::try_from(counted(signed, route).parts).unwrap_or(u32::MAX);
        route.price.times(parts)
    };
    let costs: Vec<Cost> = routes.iter().map(cost).collect();
    match (costs.iter().min(), costs.iter().max()) {
        (Some(least), Some(most)) if least == most => format!(", {most} a message"),
        (Some(least), Some(most)) => format!(", {least} to {most} a message"),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Case, check};

    #[test]
    fn what_may_become_too_long_is_told_with_its_cost() {
        let variables = "note = { type = \"text(80)\", from = \"event.note\" }";
        let case = || Case {
            text: "办理进度：{{ note }}。",
            variables,
            subtype: "application_progress",
            ..Case::code()
        };
        let found = check(Case { parts_max: 1, ..case() }, "length");
        assert_eq!(found.len(), 1);
        assert!(found[0].message.contains("found 2") && found[0].message.contains("0.07"), "{found:?}");
        assert_eq!(check(Case { parts_max: 2, ..case() }, "length"), []);
    }
}
