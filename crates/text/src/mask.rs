//! What a screen, a log or a notice may show of a person's data (JR/T 0197-2020 annex A; for data of level C2 of JR/T 0171-2020).
//!
//! Every function is total: a value of an odd shape is masked harder, never shown. A mask is not a pseudonym: it
//! must not be used to find or compare people. Templates, the console and the reports call it; sealed storage and
//! the carriers get the clear value from elsewhere.

/// The most stars a masked name ends in, so that the length of a long name does not show.
const NAME_STARS_MAX: usize = 2;
/// How many digits of a card or account number everybody may see, as on a receipt.
const TAIL_DIGITS: usize = 4;
/// The fewest digits of a number of which a tail may be shown; of a shorter one the tail is most of it.
const TAIL_DIGITS_MIN: usize = 8;
/// The fewest characters of an identity document's number of which the first and last may be shown.
const ID_CHARACTERS_MIN: usize = 6;
/// What stands for digits that are not shown, whatever their count.
const HIDDEN: &str = "****";

/// A name with all but its first character hidden: 张三丰 is 张**, 张三 is 张*. A name of one character is hidden
/// whole, and white space around it is ignored.
pub fn name(full: &str) -> String {
    let mut characters = full.trim().chars();
    let Some(first) = characters.next() else { return String::new() };
    match characters.count() {
        0 => "*".to_owned(),
        more => std::iter::once(first).chain(std::iter::repeat_n('*', more.min(NAME_STARS_MAX))).collect(),
    }
}

/// The last four digits of a card or account number, as in 尾号1234; `****` when there are too few digits to hide
/// the rest. Four digits alone are a tail already and stay. Spaces and dashes are ignored.
pub fn card_tail(number: &str) -> String {
    let digits = digits_of(number);
    match digits.len() {
        TAIL_DIGITS | TAIL_DIGITS_MIN.. => last(&digits, TAIL_DIGITS),
        _ => HIDDEN.to_owned(),
    }
}

/// The number of an identity card, passport or permit with only its first and last character: neither the place
/// nor the date of birth that the number holds is shown. Keeps the length; a short one is hidden whole.
pub fn id_number(number: &str) -> String {
    let characters: Vec<char> = number.trim().chars().collect();
    let count = characters.len();
    characters
        .iter()
        .enumerate()
        .map(|(at, c)| if count >= ID_CHARACTERS_MIN && (at == 0 || at + 1 == count) { *c } else { '*' })
        .collect()
}

/// A phone number as 138****1234. A mainland mobile number loses its country code, any other number keeps its
/// first three digits; of a number of less than 11 digits only the last two are shown, of a very short one nothing.
pub fn phone(number: &str) -> String {
    let mut digits = digits_of(number);
    if digits.len() == 13 && digits.starts_with(&['8', '6', '1']) {
        digits.drain(..2);
    }
    match digits.len() {
        0..TAIL_DIGITS_MIN => HIDDEN.to_owned(),
        TAIL_DIGITS_MIN..11 => format!("{HIDDEN}{}", last(&digits, 2)),
        _ => format!("{}{HIDDEN}{}", digits.iter().take(3).collect::<String>(), last(&digits, 4)),
    }
}

/// ASCII and full-width digits, as ASCII.
fn digits_of(text: &str) -> Vec<char> {
    text.chars()
        .filter_map(|c| match c {
            '0'..='9' => Some(c),
            '０'..='９' => char::from_u32(c as u32 - '０' as u32 + '0' as u32),
            _ => None,
        })
        .collect()
}

fn last(digits: &[char], count: usize) -> String {
    digits.iter().skip(digits.len().saturating_sub(count)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_values() {
        for (mask, clear, expect) in [
            (name as fn(&str) -> String, "张三丰", "张**"),
            (name, "张三", "张*"),
            (name, " 欧阳娜娜 ", "欧**"),
            (name, "阿依古丽·买买提", "阿**"),
            (name, "Jan Novak", "J**"),
            (name, "张", "*"),
            (name, "  ", ""),
            (card_tail, "6222 0212 3456 7890 123", "0123"),
            (card_tail, "６２２２-0212-3456-7899", "7899"),
            (card_tail, "1234", "1234"),
            (card_tail, "12345", "****"),
            (card_tail, "1234567", "****"),
            (card_tail, "123", "****"),
            (card_tail, "", "****"),
            (id_number, "11010519491231002X", "1****************X"),
            (id_number, "E12345678", "E*******8"),
            (id_number, "12345", "*****"),
            (id_number, "", ""),
            (phone, "13800001234", "138****1234"),
            (phone, "+86 138-0000-1234", "138****1234"),
            (phone, "１３８００００１２３４", "138****1234"),
            (phone, "+420601123456", "420****3456"),
            (phone, "66554433", "****33"),
            (phone, "95588", "****"),
            (phone, "", "****"),
        ] {
            assert_eq!(mask(clear), expect, "{clear}");
        }
    }

    proptest! {
        #[test]
        fn no_mask_shows_more_than_it_says(text in any::<String>(), digits in "[0-9]{8,19}") {
            let clear = |masked: String| masked.chars().filter(|c| *c != '*').count();
            let text = text.replace('*', "x");
            prop_assert!(clear(name(&text)) <= 1);
            prop_assert!(clear(id_number(&text)) <= 2);
            prop_assert!(clear(card_tail(&text)) <= 4);
            prop_assert!(clear(phone(&text)) <= 7);
            prop_assert!(clear(phone(&digits)) <= digits.len() - 4, "at least four digits are hidden");
            prop_assert!(clear(card_tail(&digits)) <= digits.len() - 4);
            prop_assert!(clear(id_number(&digits)) <= digits.len() - 4);
        }
    }
}
