//! # links (error)
//!
//! A link leads where carriers and law allow: to a domain on file with a route that may carry the message (carriers ask for it since 2025,
//! at most one link a message), over an encrypted connection, and not to a stranger's short address, behind which customers see nothing.
//! 金融产品网络营销管理办法 asks that links to a purchase lead to the institution itself. Of a tracked link both count: the short address
//! that stands in the text, and the target behind it.
//!
//! Fix: `http://` becomes `https://`.

use super::{Found, Lint, Severity, Sheet, Text};
use text::found;

/// This lint.
pub const LINT: Lint = Lint { id: "links", severity: Severity::Error, excusable: true, look };

/// Links in one message that carriers take.
const LINKS_MAX: usize = 1;
/// Domains of public services for short addresses.
const SHORTENERS: [&str; 10] =
    ["t.cn", "url.cn", "dwz.cn", "suo.im", "bit.ly", "tinyurl.com", "t.co", "goo.gl", "is.gd", "ow.ly"];

fn look(sheet: &Sheet<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    for text in &sheet.texts {
        let hosts: Vec<&str> = found::links(&text.sample).collect();
        found.extend(hosts.iter().filter_map(|host| of_host(sheet, text, host)));
        found.extend(targets(sheet, text));
        if hosts.len() > LINKS_MAX {
            let message = format!("expected at most {LINKS_MAX} link, found {}", hosts.len());
            found.push(Found::new(text.place.clone(), message));
        }
        if text.sample.contains("http://") {
            let message = "expected https://, found http://".to_owned();
            found.push(sheet.at_piece(text, "http://", message, Some("https://".to_owned())));
        }
    }
    found
}

/// What is wrong with the targets that a text leads to, where it does not name them itself.
fn targets(sheet: &Sheet<'_>, text: &Text) -> Vec<Found> {
    let (Ok(template), Some(_)) = (&sheet.template, &sheet.world.tracking) else { return Vec::new() };
    let place = template.wordings().iter().position(|wording| *wording == text.wording);
    let ids: Vec<&str> = place.into_iter().flat_map(|at| template.targets(at)).collect();
    let urls = ids.into_iter().filter_map(|id| sheet.world.targets.named(id));
    urls.filter_map(|target| of_host(sheet, text, found::links(&target.url).next()?)).collect()
}

fn of_host(sheet: &Sheet<'_>, text: &Text, host: &str) -> Option<Found> {
    if host.is_empty() {
        let message = "expected a link whose domain is in ASCII, found one that is not".to_owned();
        return Some(Found::new(text.place.clone(), message));
    }
    let is_number = host.split('.').all(|label| label.bytes().all(|b| b.is_ascii_digit()));
    let is_short = SHORTENERS.iter().any(|short| host.eq_ignore_ascii_case(short));
    if is_number || is_short {
        let message = format!("expected a link to a domain of the institution, found {host}");
        return Some(sheet.at_piece(text, host, message, None));
    }
    let mut known = Vec::new();
    for route in sheet.routes(text) {
        if route.links.is_empty() || route.links.iter().any(|filed| found::is_within(host, filed)) {
            return None;
        }
        known.extend(route.links.iter().map(String::as_str));
    }
    if known.is_empty() {
        return None;
    }
    let message = format!("expected a link on file with a route ({}), found {host}", known.join(", "));
    Some(sheet.at_piece(text, host, message, None))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{Case, check, filing};

    fn of(text: &str) -> Vec<super::super::Finding> {
        check(Case { text, route: filing("links = [\"bank.example\"]"), ..Case::offer() }, "links")
    }

    #[test]
    fn links_that_nobody_filed_are_told() {
        for (text, count) in [
            ("详情见 https://promo.example/a 拒收请回复R", 1),
            ("详情见 https://bank.example.evil.com 拒收请回复R", 1),
            ("详情见 t.cn/A6xyz 拒收请回复R", 1),
            ("详情见 https://m.bank.example/a 拒收请回复R", 0),
            ("详情见 https://m.bank.example/a 或 https://bank.example/b 拒收请回复R", 1),
        ] {
            assert_eq!(of(text).len(), count, "{text}: {:?}", of(text));
        }
    }

    #[test]
    fn a_link_in_clear_is_told_and_encrypted() {
        let found = of("详情见 http://m.bank.example/a 拒收请回复R");
        assert_eq!(found[0].fix.as_ref().map(|fix| fix.text.as_str()), Some("https://"));
    }
}
