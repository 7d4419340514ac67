//! What is found in a text that a carrier wants to know of beforehand: links and phone numbers. It finds what carriers'
//! own filters find, by shape alone, and says nothing of whether it is anybody's. The gate's rule `route` asks.

/// The hosts of the links in a text, as they stand there: with or without `http://`, `www.` included. An address whose
/// host is not in ASCII gives an empty host: nobody has filed that.
pub fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !is_of_address(c)).filter_map(host)
}

/// Whether a host is a domain or one below it; case does not matter.
pub fn is_within(host: &str, domain: &str) -> bool {
    let Some(start) = host.len().checked_sub(domain.len()) else { return false };
    let ends = host.get(start..).is_some_and(|end| end.eq_ignore_ascii_case(domain));
    ends && !domain.is_empty() && (start == 0 || host.as_bytes()[start - 1] == b'.')
}

/// The phone numbers in a text, as digits: mobile and landline numbers, service numbers of five digits (`95…`, `96…`,
/// `100…`), `400` and `800` numbers, and whatever begins with `+`. Amounts, dates and codes are none.
pub fn numbers(text: &str) -> impl Iterator<Item = String> {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            let start = rest.find(|c: char| c.is_ascii_digit() || c == '+')?;
            let run = rest[start..].split(|c: char| !is_of_number(c)).next().unwrap_or_default();
            let whole = run.trim_end_matches(['-', ' ', '.', ',', '(', ')']);
            // What is no number as a whole may be several things: then one after the other.
            let first = whole.split([' ', '.', ',']).next().unwrap_or_default();
            for piece in [whole, first] {
                let end = start + piece.len();
                if let Some(found) = number(piece, &rest[..start], &rest[end..]) {
                    rest = &rest[end..];
                    return Some(found);
                }
            }
            rest = &rest[start + first.len().max(1)..];
        }
    })
}

/// Whether two spellings mean the same number: the digits count.
pub fn is_same(a: &str, b: &str) -> bool {
    let digits = |text: &str| text.bytes().filter(u8::is_ascii_digit).collect::<Vec<_>>();
    digits(a) == digits(b)
}

fn is_of_address(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-._~:/?#@!$&'*+;=%".contains(c)
}

fn host(word: &str) -> Option<&str> {
    let (has_scheme, rest) = match word.find("://") {
        Some(at) => (true, &word[at + 3..]),
        None => (false, word),
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    // What stands before an @ is a name: of a mailbox, or to mislead.
    let (is_mailbox, host) = match authority.rsplit_once('@') {
        Some((_, host)) => (!has_scheme, host),
        None => (false, authority),
    };
    let host = host.split(':').next().unwrap_or_default().trim_matches('.');
    if has_scheme {
        return Some(host);
    }
    let top = host.rsplit_once('.')?.1;
    let is_name =
        |label: &str| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let is_host =
        top.len() >= 2 && top.bytes().all(|b| b.is_ascii_alphabetic()) && host.split('.').all(is_name);
    (is_host && !is_mailbox).then_some(host)
}

fn is_of_number(c: char) -> bool {
    c.is_ascii_digit() || "+- .,()".contains(c)
}

/// The digits of a run, if it has the shape of a phone number. `before` and `after` are what stands around it.
fn number(run: &str, before: &str, after: &str) -> Option<String> {
    let is_word = |c: char| c.is_ascii_alphabetic() || c == '¥' || c == '$';
    if before.ends_with(is_word) || after.starts_with(|c: char| c.is_ascii_alphabetic() || c == '元') {
        return None;
    }
    if run.contains(['.', ',']) {
        return None;
    }
    let is_amount = before.ends_with([',', '.']) || has_decimals(after);
    let digits: String = run.chars().filter(char::is_ascii_digit).collect();
    let begins = |beginnings: &[&str]| beginnings.iter().any(|beginning| digits.starts_with(beginning));
    let is_number = match digits.len() {
        _ if run.starts_with('+') => (8..=15).contains(&digits.len()),
        5 => begins(&["95", "96", "100"]) && run.len() == 5 && !is_amount,
        10 => begins(&["400", "800"]) || (begins(&["0"]) && run.contains(['-', '(', ' '])),
        11 => begins(&["0"]) || (begins(&["1"]) && !begins(&["10", "11", "12"])),
        12 => begins(&["0"]),
        13 => begins(&["861"]),
        _ => false,
    };
    is_number.then_some(digits)
}

fn has_decimals(after: &str) -> bool {
    after.strip_prefix('.').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_links(text: &str, expect: &[&str]) {
        assert_eq!(links(text).collect::<Vec<_>>(), expect, "{text}");
    }

    fn check_numbers(text: &str, expect: &[&str]) {
        assert_eq!(numbers(text).collect::<Vec<_>>(), expect, "{text}");
    }

    #[test]
    fn links_are_found_with_and_without_scheme() {
        check_links("详情见https://m.bank.example/a?b=c，谢谢", &["m.bank.example"]);
        check_links("点击 bank.cn/x 或 www.bank.com。", &["bank.cn", "www.bank.com"]);
        check_links("HTTP://Bank.CN:8080#top", &["Bank.CN"]);
        check_links("https://user@evil.example/", &["evil.example"]);
        check_links("https://例子.中国/x", &[""]);
        check_links("金额1,234.50元，v2.0版，e.g. 3.5%", &[]);
        check_links("写信给service@bank.cn", &[]);
    }

    #[test]
    fn a_domain_holds_what_is_below_it() {
        for (host, domain, expect) in [
            ("bank.cn", "bank.cn", true),
            ("M.Bank.CN", "bank.cn", true),
            ("evilbank.cn", "bank.cn", false),
            ("bank.cn.evil.com", "bank.cn", false),
            ("cn", "bank.cn", false),
            ("", "", false),
        ] {
            assert_eq!(is_within(host, domain), expect, "{host} {domain}");
        }
    }

    #[test]
    fn phone_numbers_are_found_and_other_figures_are_not() {
        check_numbers("请致电400-800-1234或95588。", &["4008001234", "95588"]);
        check_numbers("客服010-66554433，手机13800001234", &["01066554433", "13800001234"]);
        check_numbers("拨打+86 138 0000 1234", &["8613800001234"]);
        check_numbers("请拨95588 95599或96669,400-800-1234", &["95588", "95599", "96669", "4008001234"]);
        check_numbers("计95588.50，又1,95588", &[]);
        check_numbers("验证码951234，5分钟内有效", &[]);
        check_numbers("支出95000元，余额1,234,567.89元", &[]);
        check_numbers("尾号0123的账户5月6日09:58", &[]);
        check_numbers("¥95588 于2026-05-06入账", &[]);
        check_numbers("订单20260506000123", &[]);
    }

    #[test]
    fn spellings_of_a_number_are_one() {
        assert!(is_same("400-800-1234", "4008001234") && !is_same("95588", "95599"));
    }
}
