//! What a run of letters and digits is by its shape alone, and how characters fold before anybody looks.
//!
//! Tables and small judgements for `scan`. It knows currencies, months, endings of hosts and Chinese units; it does not
//! read values and never fails: what nothing fits is a word, a number or a reference.

use super::scan::Kind;
use crate::normalise;

/// Folds one character as [`crate::fold`] does, and further: styled Latin letters and other scripts' digits become
/// ASCII. `None` for what is invisible.
pub(super) fn fold(c: char) -> Option<char> {
    if c.is_ascii() {
        return (!c.is_ascii_control() || c.is_ascii_whitespace()).then(|| c.to_ascii_lowercase());
    }
    let c = match c {
        '\u{660}'..='\u{669}' => shifted(c, '\u{660}', '0'),
        '\u{6F0}'..='\u{6F9}' => shifted(c, '\u{6F0}', '0'),
        '\u{966}'..='\u{96F}' => shifted(c, '\u{966}', '0'),
        '\u{1D400}'..='\u{1D6A3}' => styled(c),
        '\u{1D7CE}'..='\u{1D7FF}' => char::from_u32('0' as u32 + (c as u32 - 0x1D7CE) % 10).unwrap_or(c),
        '￥' => '¥',
        '，' | '、' => ',',
        '‑' | '–' | '—' | '−' => '-',
        '\u{A0}' | '\u{202F}' | '\u{2009}' => ' ',
        '’' => '\'',
        '（' => '(',
        '）' => ')',
        'ё' | 'Ё' => 'е',
        _ => c,
    };
    normalise::fold_visible(c)
}

/// A letter of a mathematical alphabet: they come as 52 letters one after the other, in thirteen styles.
fn styled(c: char) -> char {
    let at = (c as u32 - 0x1D400) % 52;
    char::from_u32('a' as u32 + at % 26).unwrap_or(c)
}

fn shifted(c: char, from: char, to: char) -> char {
    char::from_u32(to as u32 + (c as u32 - from as u32)).unwrap_or(c)
}

/// What a Chinese unit directly behind a token of `kind` makes of it.
pub(super) fn unit(c: char, kind: Kind) -> Option<Kind> {
    let number = matches!(kind, Kind::Number | Kind::Code | Kind::Phone);
    match c {
        '年' | '月' | '日' | '号' if number => Some(Kind::Date),
        '月' | '日' if kind == Kind::Date => Some(Kind::Date),
        '时' | '点' | '秒' if number => Some(Kind::Time),
        '分' if kind == Kind::Number => Some(Kind::Time),
        '元' | '块' | '万' | '亿' if number || kind == Kind::Amount => Some(Kind::Amount),
        _ => None,
    }
}

/// Sorted. ISO codes and what people write for them, in lower case.
const CURRENCIES: &[&str] = &[
    "aed", "afn", "ars", "aud", "azn", "bdt", "bgn", "bhd", "brl", "byn", "byr", "cad", "chf", "clp", "cny",
    "cop", "czk", "dkk", "egp", "etb", "eur", "euro", "gbp", "gel", "ghs", "hkd", "huf", "idr", "ils", "inr",
    "iqd", "irr", "jod", "jpy", "kes", "kgs", "krw", "ksh", "kwd", "kzt", "lkr", "mad", "mdl", "mmk", "mnt",
    "mop", "mur", "mvr", "mwk", "mxn", "myr", "mzn", "nad", "ngn", "nok", "npr", "nzd", "omr", "php", "pkr",
    "pln", "qar", "rial", "rm", "rmb", "ron", "rs", "rsd", "rub", "rupees", "rur", "rwf", "sar", "sek",
    "sgd", "sr", "thb", "tjs", "tk", "tl", "tnd", "toman", "try", "tsh", "twd", "tzs", "uah", "ugx", "us$",
    "usd", "usdt", "uzs", "vnd", "zar", "zmw",
];
/// The same in other scripts.
const FOREIGN_CURRENCIES: &[&str] =
    &["сом", "тг", "р", "руб", "рублей", "ريال", "грн", "тенге", "ریال", "تومان"];
/// The longest of them.
const CURRENCY_BYTES_MAX: usize = 7;

/// Whether these characters, all of them, are a currency.
pub(super) fn is_currency(characters: &[char]) -> bool {
    match characters {
        ['$' | '£' | '€' | '¥' | '₹' | '₽' | '₸' | '₴' | '₦' | '₱' | '฿' | '₫' | '৳'] => {
            true
        }
        [] => false,
        more if more.len() > CURRENCY_BYTES_MAX => false,
        more if more.iter().all(char::is_ascii) => {
            let mut name = [0_u8; CURRENCY_BYTES_MAX];
            for (place, c) in name.iter_mut().zip(more) {
                *place = *c as u8;
            }
            let name = name.get(..more.len()).unwrap_or(&[]);
            CURRENCIES.binary_search_by(|known| known.as_bytes().cmp(name)).is_ok()
        }
        more => FOREIGN_CURRENCIES.iter().any(|currency| currency.chars().eq(more.iter().copied())),
    }
}

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// What an unbroken run of ASCII letters, digits, masks and joining signs is.
pub(super) fn of_run(run: &[char], before_han: bool) -> Kind {
    let digits = run.iter().filter(|c| c.is_ascii_digit()).count();
    let stars = run.iter().filter(|c| matches!(c, '*' | '•' | '×')).count();
    let crosses = run.iter().filter(|c| **c == 'x').count();
    let letters = run.iter().filter(|c| c.is_ascii_alphabetic()).count() - crosses;
    if letters == 0 && stars == 0 && crosses > 0 && digits <= 1 && run.len() - crosses - digits <= 2 {
        // Published collections write x for every digit: xx元, x.x折.
        let standing_for_digits = before_han || run.len() > crosses;
        return if standing_for_digits { Kind::Number } else { masked_or_word(run) };
    }
    match (digits, stars, letters) {
        (0, 0, _) => Kind::Word,
        (0, 1..=2, 0) => Kind::Sign,
        (_, 1.., _) => Kind::Account,
        _ if crosses >= 1 && letters == 0 => Kind::Account,
        _ if crosses >= 2 && run.windows(2).any(|pair| pair == ['x', 'x']) => Kind::Account,
        (_, _, 0) => of_number(run),
        _ => of_mixed(run),
    }
}

fn masked_or_word(run: &[char]) -> Kind {
    if run.len() >= 4 { Kind::Account } else { Kind::Word }
}

fn of_number(run: &[char]) -> Kind {
    let count = |sign: char| run.iter().filter(|c| **c == sign).count();
    let digits = run.iter().filter(|c| c.is_ascii_digit()).count();
    if count(':') > 0 {
        return Kind::Time;
    }
    let separators = count('/') + count('-') + count('.');
    let longest = run.split(|c| !c.is_ascii_digit()).map(<[char]>::len).max().unwrap_or(0);
    let same = [count('/'), count('-'), count('.')].into_iter().max().unwrap_or(0);
    match separators {
        2 if same == 2 && longest <= 4 && digits <= 8 && count(',') == 0 => Kind::Date,
        1 if count('.') == 0 && longest <= 2 => Kind::Date,
        1.. if count('-') > 0 && digits >= 7 => Kind::Phone,
        0 if count(',') == 0 && (9..=13).contains(&digits) => Kind::Phone,
        0 if count(',') == 0 && digits > 13 => Kind::Reference,
        0 if count(',') == 0 && (4..=8).contains(&digits) => Kind::Code,
        _ => Kind::Number,
    }
}

/// Digits and letters in one run.
fn of_mixed(run: &[char]) -> Kind {
    let text: String = run.iter().collect();
    let first = text.find(|c: char| c.is_ascii_digit()).unwrap_or(0);
    let (prefix, rest) = text.split_at(first);
    if prefix.is_empty() {
        let end = rest.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(rest.len());
        let (number, suffix) = rest.split_at(end);
        return of_suffix(number, suffix);
    }
    let name: Vec<char> = prefix.chars().collect();
    let plain = !rest.contains(|c: char| c.is_ascii_alphabetic());
    match prefix {
        _ if plain && is_currency(&name) => Kind::Amount,
        "visa" | "mir" | "maestro" | "ecmc" | "mc" | "card" | "karta" | "ac" | "acct" if plain => {
            Kind::Account
        }
        _ if MONTHS.contains(&prefix) => Kind::Date,
        _ => Kind::Reference,
    }
}

fn of_suffix(number: &str, suffix: &str) -> Kind {
    let letters: Vec<char> = suffix.chars().collect();
    let month = suffix.get(..3).is_some_and(|start| MONTHS.contains(&start));
    match suffix {
        _ if month && number.len() <= 2 => Kind::Date,
        "am" | "pm" | "hrs" | "hr" | "h" | "min" | "mins" => Kind::Time,
        "st" | "nd" | "rd" | "th" => Kind::Number,
        "p" | "k" | "l" | "lac" | "lakh" | "lakhs" | "cr" | "pm/" => Kind::Amount,
        _ if is_currency(&letters) => Kind::Amount,
        _ if number.len() <= 3 && suffix.len() <= 5 && !suffix.contains(|c: char| c.is_ascii_digit()) => {
            Kind::Number
        }
        _ => Kind::Reference,
    }
}

/// Sorted by use. Endings of hosts that make a dotted word a link even without a path.
const ENDINGS: &[&str] = &[
    "com", "in", "cn", "net", "org", "co", "io", "me", "ly", "uk", "ru", "ua", "by", "kz", "info", "biz",
    "top", "xyz", "cc", "vip", "app", "shop", "site", "online", "club", "link", "bank", "live", "tv", "ac",
    "edu", "gov", "to", "gl", "page", "ae", "sa", "ng", "ke", "za", "hk", "tw", "sg", "my", "example",
];

/// Whether a piece without spaces is a link or has an at sign between two names.
pub(super) fn is_address(piece: &[char]) -> bool {
    if !piece.iter().any(|c| matches!(c, '.' | '@' | '/')) {
        return false;
    }
    let text: String = piece.iter().take(80).collect();
    if text.starts_with("http://") || text.starts_with("https://") || text.starts_with("www.") {
        return true;
    }
    if let Some((name, host)) = text.split_once('@') {
        return name.len() >= 2 && host.len() >= 2 && host.starts_with(|c: char| c.is_ascii_alphanumeric());
    }
    let (host, path) = text.split_once('/').unwrap_or((&text, ""));
    let host = host.split(':').next().unwrap_or(host);
    let host = host.trim_end_matches(['.', '!', '?', '\'']);
    let Some((name, ending)) = host.rsplit_once('.') else { return false };
    let plain = |part: &str| {
        !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'))
    };
    if !plain(name)
        || name.ends_with('.')
        || name.starts_with('.')
        || !name.contains(|c: char| c.is_ascii_alphabetic()) && path.is_empty()
    {
        return false;
    }
    let is_ending = ENDINGS.contains(&ending);
    is_ending && (name.len() > 1 || !path.is_empty())
        || !path.is_empty()
            && ending.len() >= 2
            && ending.chars().all(|c| c.is_ascii_alphabetic())
            && path.len() >= 3
            && !name.contains("..")
            && ending.len() <= 4
            && name.len() <= 20
            && is_shortener(name, path)
}

/// A short host with a path of letters and digits mixed: what link shorteners make.
fn is_shortener(name: &str, path: &str) -> bool {
    name.len() <= 8 && path.contains(|c: char| c.is_ascii_digit()) || path.len() >= 5
}
