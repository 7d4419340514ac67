//! Amounts of yuan as Chinese readers write them: in capital numerals, with 元, with 万元.
//!
//! Exact: nothing is rounded, a form that would need it says more digits instead. It knows no currency but the yuan and
//! takes fen. The engine's template filters call it.

/// The capital numerals (大写) of bills and contracts: 1,409.50 is 壹仟肆佰零玖元伍角. Written by 支付结算办法, 附一
/// (正确填写票据和结算凭证的基本规定): 整 stands behind 元 where nothing follows, zeros between digits become one 零.
pub fn capitals(fen: i64) -> String {
    let (yuan, rest) = (fen.unsigned_abs() / 100, fen.unsigned_abs() % 100);
    let mut out = String::new();
    if fen < 0 {
        out.push('负');
    }
    if yuan > 0 {
        whole(yuan, &mut out);
        out.push('元');
    }
    let (jiao, fen) = (rest / 10, rest % 10);
    match (yuan, jiao, fen) {
        (0, 0, 0) => out.push_str("零元整"),
        (_, 0, 0) => out.push('整'),
        (_, 0, fen) => {
            if yuan > 0 {
                out.push('零');
            }
            out.push(numeral(fen));
            out.push('分');
        }
        (_, jiao, fen) => {
            out.push(numeral(jiao));
            out.push('角');
            if fen > 0 {
                out.push(numeral(fen));
                out.push('分');
            }
        }
    }
    out
}

/// With 元, grouped, without decimals where they are zero: `1,234元`, `1,234.50元`.
pub fn yuan(fen: i64) -> String {
    let sign = if fen < 0 { "-" } else { "" };
    let (yuan, rest) = (fen.unsigned_abs() / 100, fen.unsigned_abs() % 100);
    let grouped = grouped(yuan);
    if rest == 0 { format!("{sign}{grouped}元") } else { format!("{sign}{grouped}.{rest:02}元") }
}

/// With 万元 from 10,000 yuan on, exact: `12万元`, `1.5万元`, `1.234567万元`; below as [`yuan`].
pub fn wan(fen: i64) -> String {
    /// Fen in 10,000 yuan.
    const WAN: u64 = 1_000_000;
    let magnitude = fen.unsigned_abs();
    if magnitude < WAN {
        return yuan(fen);
    }
    let sign = if fen < 0 { "-" } else { "" };
    let decimals = format!("{:06}", magnitude % WAN);
    let decimals = decimals.trim_end_matches('0');
    let point = if decimals.is_empty() { "" } else { "." };
    format!("{sign}{}{point}{decimals}万元", grouped(magnitude / WAN))
}

fn whole(yuan: u64, out: &mut String) {
    let digits: Vec<u64> =
        yuan.to_string().bytes().map(|byte| u64::from(byte.saturating_sub(b'0'))).collect();
    let mut zero = false;
    let mut group_has_digit = false;
    for (at, digit) in digits.iter().enumerate() {
        let place = digits.len() - 1 - at;
        if *digit == 0 {
            zero = true;
        } else {
            if zero && !out.trim_start_matches('负').is_empty() {
                out.push('零');
            }
            zero = false;
            group_has_digit = true;
            out.push(numeral(*digit));
            out.push_str(["", "拾", "佰", "仟"][place % 4]);
        }
        if place.is_multiple_of(4) {
            // 万 counts the 亿 behind it too, which must be named even where no 亿 of their own follow.
            let lower_is_empty = digits.iter().skip(at + 1).take(4).all(|digit| *digit == 0);
            match place / 4 {
                1 if group_has_digit => out.push('万'),
                2 if group_has_digit => out.push('亿'),
                3 if group_has_digit => out.push_str(if lower_is_empty { "万亿" } else { "万" }),
                4 if group_has_digit => out.push_str("亿亿"),
                _ => {}
            }
            group_has_digit = false;
        }
    }
}

fn numeral(digit: u64) -> char {
    match digit {
        1 => '壹',
        2 => '贰',
        3 => '叁',
        4 => '肆',
        5 => '伍',
        6 => '陆',
        7 => '柒',
        8 => '捌',
        9 => '玖',
        _ => '零',
    }
}

fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn capitals_are_those_of_the_regulation() {
        for (fen, expect) in [
            (140_950, "壹仟肆佰零玖元伍角"),
            (600_714, "陆仟零柒元壹角肆分"),
            (32_504, "叁佰贰拾伍元零肆分"),
            (168_032, "壹仟陆佰捌拾元叁角贰分"),
            (10_700_053, "壹拾万零柒仟元伍角叁分"),
            (1_640_902, "壹万陆仟肆佰零玖元零贰分"),
            (0, "零元整"),
            (1, "壹分"),
            (10, "壹角"),
            (100, "壹元整"),
            (100_000_000, "壹佰万元整"),
            (10_000_000_000, "壹亿元整"),
            (10_000_000_100, "壹亿零壹元整"),
            (100_000_000_000_000, "壹万亿元整"),
            (123_450_000_000_000, "壹万贰仟叁佰肆拾伍亿元整"),
            (-2_050, "负贰拾元伍角"),
            (99_999_999_999_999, "玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分"),
        ] {
            assert_eq!(capitals(fen), expect, "{fen}");
        }
    }

    #[test]
    fn yuan_and_wan_lose_nothing() {
        for (fen, in_yuan, in_wan) in [
            (0, "0元", "0元"),
            (123_456, "1,234.56元", "1,234.56元"),
            (120_000_000, "1,200,000元", "120万元"),
            (1_500_000, "15,000元", "1.5万元"),
            (1_234_567, "12,345.67元", "1.234567万元"),
            (-2_000_050, "-20,000.50元", "-2.00005万元"),
        ] {
            assert_eq!((yuan(fen).as_str(), wan(fen).as_str()), (in_yuan, in_wan), "{fen}");
        }
    }

    /// Reads capital numerals back, knowing nothing of how they were written.
    fn read(text: &str) -> i64 {
        let (sign, text) = text.strip_prefix('负').map_or((1, text), |rest| (-1, rest));
        let (mut total, mut section, mut digit) = (0_i64, 0_i64, 0_i64);
        let mut fen = 0;
        for c in text.chars() {
            match c {
                '拾' | '佰' | '仟' => {
                    section += digit
                        * if c == '拾' {
                            10
                        } else if c == '佰' {
                            100
                        } else {
                            1_000
                        };
                    digit = 0;
                }
                '万' => {
                    section = (section + digit) * 10_000;
                    total += section;
                    (section, digit) = (0, 0);
                }
                '亿' => {
                    total = (total + section + digit) * 100_000_000;
                    (section, digit) = (0, 0);
                }
                '元' => {
                    fen = (total + section + digit) * 100;
                    (total, section, digit) = (0, 0, 0);
                }
                '角' => (fen, digit) = (fen + digit * 10, 0),
                '分' => (fen, digit) = (fen + digit, 0),
                '整' => {}
                other => digit = "零壹贰叁肆伍陆柒捌玖".chars().position(|d| d == other).unwrap() as i64,
            }
        }
        sign * fen
    }

    proptest! {
        #[test]
        fn capitals_can_be_read_back(fen in -99_999_999_999_999_i64..99_999_999_999_999) {
            prop_assert_eq!(read(&capitals(fen)), fen);
        }

        #[test]
        fn no_amount_is_longer_than_the_one_the_worst_case_takes(fen in 0..99_999_999_999_999_i64) {
            let most = 99_999_999_999_999;
            for form in [capitals as fn(i64) -> String, yuan, wan] {
                prop_assert!(form(fen).chars().count() <= form(most).chars().count());
            }
        }
    }
}
