//! Which figure is the movement's amount, which the balance, and which way the money went.
//!
//! A figure takes the role of the cue before it in its sentence; the first figure without one is the amount, and the
//! nearest strong cue tells its direction. It decides from what is written alone and guesses nothing: without a figure
//! or without a direction there is no movement.

use super::cues::{Hit, Role};
use super::tokens::{Figure, Masked, Tokens, run};

/// How far before a figure its role may stand, in bytes.
const ROLE_REACH: usize = 48;

/// How far a name of a role may stand behind its figure: `$10.12 bal`.
const ROLE_BEHIND: usize = 8;

/// How near its label an amount stands, in bytes: `Amount: USD 5`, 消费金额：5元.
const LABEL_GAP: usize = 4;

/// What the beginning of a new sentence adds to the distance of a cue.
const SENTENCE_COST: usize = 60;

/// What a weak cue costs: a strong one farther away wins.
const WEAK_COST: usize = 400;

/// What brackets around a cue cost: they hold remarks.
const BRACKET_COST: usize = 40;

/// Ends of host names that are written into sentences.
const DOMAINS: [&[u8]; 10] = [b"com", b"in", b"org", b"net", b"co", b"cn", b"ru", b"io", b"ai", b"uk"];

/// Short forms that end with a full stop and no sentence.
const SHORT_FORMS: [&[u8]; 28] = [
    b"rs",
    b"no",
    b"nos",
    b"avl",
    b"bal",
    b"ac",
    b"acc",
    b"acct",
    b"amt",
    b"ref",
    b"avbl",
    b"aval",
    b"cr",
    b"dr",
    b"pvt",
    b"ltd",
    b"mr",
    b"mrs",
    b"ms",
    b"max",
    b"min",
    b"tel",
    b"pl",
    b"dt",
    b"t",
    "р".as_bytes(),
    "руб".as_bytes(),
    "тел".as_bytes(),
];

/// Where the money went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Out of the customer's account.
    Debit,
    /// Into the customer's account.
    Credit,
    /// Between the customer's accounts, or to somebody by transfer.
    Transfer,
    /// Out, by credit card.
    CreditCardSpend,
    /// Into a fund or a broker's account.
    Investment,
}

impl Direction {
    /// The word in what is written out.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Debit => "debit",
            Self::Credit => "credit",
            Self::Transfer => "transfer",
            Self::CreditCardSpend => "credit_card_spend",
            Self::Investment => "investment",
        }
    }
}

/// What was found out about the figures of one message.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Roles {
    pub(super) main: Option<Figure>,
    pub(super) balance: Option<Figure>,
    pub(super) limit: Option<Figure>,
    pub(super) fee: Option<Figure>,
}

/// Gives every figure its role; figures that lie in one of the `accounts` are none.
pub(super) fn roles(text: &str, hits: &[Hit], tokens: &Tokens, accounts: &[Masked]) -> Roles {
    let mut roles = Roles::default();
    let (mut labelled, mut plain, mut bare) = (None, None, None);
    let mut until = 0;
    for (at, figure) in tokens.figures.iter().enumerate() {
        if accounts.iter().any(|account| account.start <= figure.digits.0 && figure.digits.0 < account.end) {
            continue;
        }
        let next = tokens.figures.get(at + 1).map_or(text.len(), |next| next.start);
        let behind = role_behind(text, hits, figure, next);
        let before = role_before(text, hits, figure, until);
        let role = match (behind, before) {
            (Some(Role::Aside), _) | (_, None) => behind.map(|role| (role, 0)),
            _ => before,
        };
        until = figure.end;
        let role = role.filter(|(_, gap)| is_money(figure) || names(text, figure, *gap));
        let place = match role {
            Some((Role::Balance, _)) => &mut roles.balance,
            Some((Role::Limit, _)) => &mut roles.limit,
            Some((Role::Fee, _)) => &mut roles.fee,
            Some((Role::Aside, _)) => continue,
            Some((Role::Amount, gap)) if figure.currency.is_some() && gap <= LABEL_GAP => &mut labelled,
            _ if figure.currency.is_some() => &mut plain,
            _ if figure.is_shaped => &mut bare,
            Some(_) => &mut bare,
            _ => continue,
        };
        place.get_or_insert(*figure);
    }
    roles.main = billed(text, labelled.or(plain), tokens).or(bare).or(roles.fee);
    roles
}

fn is_money(figure: &Figure) -> bool {
    figure.currency.is_some() || figure.is_shaped
}

/// Whether the cue before a bare figure touches it: nothing but a colon or a space between them.
fn names(text: &str, figure: &Figure, gap: usize) -> bool {
    gap <= LABEL_GAP && !text[figure.start - gap..figure.start].contains(char::is_alphanumeric)
}

/// An amount in another currency may be followed by what was billed, in brackets.
fn billed(text: &str, main: Option<Figure>, tokens: &Tokens) -> Option<Figure> {
    let main = main?;
    let Some(next) = tokens.figures.iter().find(|figure| figure.start >= main.end) else { return Some(main) };
    let is_billed = text.get(main.end..next.start) == Some(" (")
        && next.currency.is_some()
        && next.currency != main.currency
        && text[next.end..].starts_with(')');
    Some(if is_billed { *next } else { main })
}

/// The role that the nearest cue before a figure gives it, and the gap between them.
fn role_before(text: &str, hits: &[Hit], figure: &Figure, until: usize) -> Option<(Role, usize)> {
    for hit in hits.iter().rev().filter(|hit| hit.end <= figure.start) {
        let gap = figure.start - hit.end;
        if hit.end < until || gap > ROLE_REACH || breaks(text, hit.end, figure.start) > 0 {
            return None;
        }
        match hit.role {
            Role::Balance | Role::Limit | Role::Fee | Role::Aside | Role::Amount => {
                return Some((hit.role, gap));
            }
            Role::Debit { .. } | Role::Credit { .. } | Role::Transfer { .. } | Role::Reversal => {
                // 消费金额 is a direction and a label.
                let is_label = text[hit.start..hit.end].ends_with("金额");
                return Some((if is_label { Role::Amount } else { Role::Nothing }, gap));
            }
            _ => {}
        }
    }
    None
}

/// A role behind its figure, unless the next figure is the one it names.
fn role_behind(text: &str, hits: &[Hit], figure: &Figure, next: usize) -> Option<Role> {
    let at = hits.partition_point(|hit| hit.start < figure.end);
    let hit = hits.get(at).filter(|hit| hit.start - figure.end <= ROLE_BEHIND)?;
    let is_near = next.checked_sub(hit.end).is_some_and(|gap| gap < ROLE_BEHIND) && next < text.len();
    let is_role = matches!(hit.role, Role::Balance | Role::Limit | Role::Fee | Role::Aside);
    (is_role && !is_near && breaks(text, figure.end, hit.start) == 0).then_some(hit.role)
}

/// How many sentences begin in a piece of text.
pub(super) fn breaks(text: &str, start: usize, end: usize) -> usize {
    let bytes = text.as_bytes();
    let mut count = 0;
    for at in start..end.min(bytes.len()) {
        count += usize::from(match bytes[at] {
            b';' | b'!' | b'?' => true,
            // A line that only names what the next one holds goes on.
            b'\n' => at == 0 || bytes[at - 1] != b':',
            b'.' => ends_sentence(bytes, at),
            // 。 and ；
            0xE3 => text.get(at..at + 3) == Some("。"),
            0xEF => text.get(at..at + 3) == Some("；"),
            _ => false,
        });
    }
    count
}

/// A full stop that is neither in a number nor behind a short form such as `Rs.`, nor in the name of a host.
fn ends_sentence(bytes: &[u8], at: usize) -> bool {
    let next = bytes.get(at + 1).copied().unwrap_or(b' ');
    if at == 0 || bytes[at - 1] == b'.' || next.is_ascii_digit() && bytes[at - 1].is_ascii_digit() {
        return false;
    }
    let word = bytes[..at].iter().rev().take_while(|b| b.is_ascii_lowercase() || **b >= 0x80).count();
    if word == 1 || SHORT_FORMS.contains(&&bytes[at - word..at]) {
        return false;
    }
    let letters_behind = run(bytes, at + 1, |b| b.is_ascii_lowercase());
    !DOMAINS.contains(&&bytes[at + 1..letters_behind])
}

/// Which way the money of a figure went.
pub(super) fn direction(text: &str, hits: &[Hit], main: &Figure) -> Option<(Direction, Hit)> {
    let signed = main.sign.map(|plus| if plus { Direction::Credit } else { Direction::Debit });
    let mut best: Option<(usize, Direction, Hit)> = None;
    for hit in hits {
        let Some((direction, weak)) = meaning(hit.role) else { continue };
        let cost = if hit.end <= main.start {
            main.start - hit.end + SENTENCE_COST * breaks(text, hit.end, main.start)
        } else if hit.start >= main.end {
            let gap = hit.start - main.end;
            // Scripts without spaces put the verb before the figure.
            let behind = if text.as_bytes()[hit.start] >= 0xE0 { 30 } else { 3 };
            gap + behind + SENTENCE_COST * breaks(text, main.end, hit.start)
        } else {
            continue;
        };
        let cost = cost
            + if weak { WEAK_COST } else { 0 }
            + if in_brackets(text, hit.start, main) { BRACKET_COST } else { 0 };
        let overrides = matches!(hit.role, Role::Reversal | Role::Sent);
        if overrides && breaks(text, hit.end.min(main.end), main.start.max(hit.start)) == 0 {
            return Some((direction, *hit));
        }
        if best.is_none_or(|(least, ..)| cost < least) {
            best = Some((cost, direction, *hit));
        }
    }
    let (_, direction, hit) =
        best.or_else(|| signed.map(|direction| (0, direction, Hit::nothing(main.start))))?;
    // A sign is what the account did; only a transfer is more than that.
    let direction = match signed {
        Some(Direction::Debit) if direction == Direction::Credit => Direction::Debit,
        Some(Direction::Credit) if direction == Direction::Debit => Direction::Credit,
        _ => direction,
    };
    Some((direction, hit))
}

fn meaning(role: Role) -> Option<(Direction, bool)> {
    match role {
        Role::Debit { weak } => Some((Direction::Debit, weak)),
        Role::Credit { weak } => Some((Direction::Credit, weak)),
        Role::Transfer { weak } => Some((Direction::Transfer, weak)),
        Role::Reversal => Some((Direction::Credit, false)),
        Role::Sent => Some((Direction::Transfer, false)),
        _ => None,
    }
}

/// Whether a cue stands in brackets that do not hold the figure.
fn in_brackets(text: &str, at: usize, main: &Figure) -> bool {
    let open = text[..at].rfind(['(', '[', '【']);
    let close = text[..at].rfind([')', ']', '】']);
    match (open, close) {
        (Some(open), close) if close.is_none_or(|close| close < open) => {
            main.start < open || text[at..main.start.max(at)].contains([')', ']', '】'])
        }
        _ => false,
    }
}
