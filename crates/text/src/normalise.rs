//! Folds what people type into one form, so that a word can be recognised however it was typed.
//!
//! A reply to a bank comes as 退订, 退 订, 退訂, ＴＤ, "td。" or 【TD】, from input methods that mix widths, add invisible
//! characters and close with punctuation. [`fold`] makes these equal. It is for recognising short replies only: it
//! throws punctuation away, so its result must never be sent, shown or stored in place of what the person wrote.
//! It is no Unicode normalisation either: composed and decomposed accents stay different.

/// Folds a text, in this order for every character:
///
/// 1. invisible characters (zero-width ones, byte order marks, direction marks, soft hyphens, variation selectors,
///    combining accents and all control characters but white space) go;
/// 2. full-width forms (U+FF01 to U+FF5E), circled digits ① to ⑨ and circled letters become their plain forms;
/// 3. upper case becomes lower case, where that is one character;
/// 4. the traditional characters that the words of opt-out, complaint and service replies need become simplified
///    (the list is small on purpose and no converter);
/// 5. white space, punctuation and symbols (emoji too) are separators: they go at both ends, and a run of them
///    between two words becomes one space. Signs that change what was said (`+ % & = @` and currency signs) stay.
///
/// Total and idempotent.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let mut gap = false;
    for c in text.chars().filter(|c| !is_invisible(*c)).map(fold_character) {
        if is_separator(c) {
            gap = true;
            continue;
        }
        if gap && !folded.is_empty() {
            folded.push(' ');
        }
        gap = false;
        folded.push(c);
    }
    folded
}

/// Joins the words of a folded text: 退 订 is 退订 and `t d` is `td`. Two digits with a gap between them stay apart,
/// so that neither `1 2` nor `1.2` reads as twelve.
pub(crate) fn join(folded: &str) -> String {
    let mut joined = String::with_capacity(folded.len());
    let mut last = None;
    let mut gap = false;
    for c in folded.chars() {
        if c == ' ' {
            gap = true;
            continue;
        }
        let between_digits = c.is_ascii_digit() && last.is_some_and(|l: char| l.is_ascii_digit());
        if gap && between_digits {
            joined.push(' ');
        }
        gap = false;
        last = Some(c);
        joined.push(c);
    }
    joined
}

/// One character as [`fold`] leaves it, separators kept as they are; `None` when it is invisible.
pub(crate) fn fold_visible(c: char) -> Option<char> {
    (!is_invisible(c)).then(|| fold_character(c))
}

pub(crate) fn is_invisible(c: char) -> bool {
    match c {
        '\u{AD}' | '\u{34F}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' => true,
        '\u{2060}'..='\u{206F}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' => true,
        '\u{300}'..='\u{36F}' | '\u{E0100}'..='\u{E01EF}' => true,
        _ => c.is_control() && !c.is_whitespace(),
    }
}

fn fold_character(c: char) -> char {
    let plain = match c {
        '\u{FF01}'..='\u{FF5E}' => shifted(c, '\u{FF01}', '!'),
        '①'..='⑨' => shifted(c, '①', '1'),
        'Ⓐ'..='Ⓩ' => shifted(c, 'Ⓐ', 'a'),
        'ⓐ'..='ⓩ' => shifted(c, 'ⓐ', 'a'),
        _ => c,
    };
    let mut lower = plain.to_lowercase();
    let lower = match (lower.next(), lower.next()) {
        (Some(one), None) => one,
        _ => plain,
    };
    if lower.is_ascii() { lower } else { simplified(lower) }
}

/// The character as far from `to` as `c` is from `from`; the callers' ranges keep it a character.
fn shifted(c: char, from: char, to: char) -> char {
    char::from_u32(u32::from(c) - u32::from(from) + u32::from(to)).unwrap_or(c)
}

fn is_separator(c: char) -> bool {
    !c.is_alphanumeric() && !matches!(c, '+' | '%' | '&' | '=' | '@' | '$' | '¥' | '€' | '£' | '￥')
}

pub(crate) fn simplified(c: char) -> char {
    match TRADITIONAL.binary_search_by_key(&c, |(traditional, _)| *traditional) {
        Ok(at) => TRADITIONAL.get(at).map_or(c, |(_, simple)| *simple),
        Err(_) => c,
    }
}

/// Sorted by code point. Grown by need: a word enters a word list, its traditional characters enter here.
const TRADITIONAL: &[(char, char)] = &[
    ('來', '来'),
    ('係', '系'),
    ('個', '个'),
    ('們', '们'),
    ('傳', '传'),
    ('儲', '储'),
    ('凍', '冻'),
    ('別', '别'),
    ('動', '动'),
    ('務', '务'),
    ('員', '员'),
    ('問', '问'),
    ('啟', '启'),
    ('單', '单'),
    ('嗎', '吗'),
    ('報', '报'),
    ('實', '实'),
    ('專', '专'),
    ('對', '对'),
    ('帳', '账'),
    ('幫', '帮'),
    ('廣', '广'),
    ('後', '后'),
    ('復', '复'),
    ('應', '应'),
    ('掛', '挂'),
    ('擇', '择'),
    ('擔', '担'),
    ('擾', '扰'),
    ('斷', '断'),
    ('時', '时'),
    ('沒', '没'),
    ('為', '为'),
    ('無', '无'),
    ('爭', '争'),
    ('獲', '获'),
    ('產', '产'),
    ('當', '当'),
    ('發', '发'),
    ('盜', '盗'),
    ('確', '确'),
    ('碼', '码'),
    ('簡', '简'),
    ('終', '终'),
    ('結', '结'),
    ('絕', '绝'),
    ('給', '给'),
    ('經', '经'),
    ('線', '线'),
    ('繼', '继'),
    ('續', '续'),
    ('聯', '联'),
    ('處', '处'),
    ('號', '号'),
    ('裡', '里'),
    ('覆', '复'),
    ('訂', '订'),
    ('訊', '讯'),
    ('訴', '诉'),
    ('詐', '诈'),
    ('詢', '询'),
    ('話', '话'),
    ('認', '认'),
    ('誤', '误'),
    ('說', '说'),
    ('請', '请'),
    ('謝', '谢'),
    ('證', '证'),
    ('議', '议'),
    ('買', '买'),
    ('貸', '贷'),
    ('費', '费'),
    ('貼', '贴'),
    ('資', '资'),
    ('賣', '卖'),
    ('賬', '账'),
    ('轉', '转'),
    ('辦', '办'),
    ('這', '这'),
    ('過', '过'),
    ('選', '选'),
    ('還', '还'),
    ('銀', '银'),
    ('銷', '销'),
    ('錯', '错'),
    ('鎖', '锁'),
    ('閉', '闭'),
    ('開', '开'),
    ('間', '间'),
    ('閱', '阅'),
    ('關', '关'),
    ('險', '险'),
    ('電', '电'),
    ('頁', '页'),
    ('額', '额'),
    ('餘', '余'),
    ('騙', '骗'),
    ('騷', '骚'),
    ('驗', '验'),
    ('麼', '么'),
    ('黃', '黄'),
    ('點', '点'),
];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn replies_as_people_type_them() {
        for (typed, expect) in [
            ("", ""),
            ("  退订\u{3000}", "退订"),
            ("退訂", "退订"),
            ("取消訂閱", "取消订阅"),
            ("查詢餘額", "查询余额"),
            ("ＴＤ", "td"),
            ("Td。", "td"),
            ("【TD】", "td"),
            ("T D", "t d"),
            ("\u{FEFF}T\u{200B}D\u{200D}", "td"),
            ("Ｔ！！！", "t"),
            ("退订😡👎🏻", "退订"),
            ("①", "1"),
            ("Ⓣⓓ", "td"),
            ("1.", "1"),
            ("R-11", "r 11"),
            ("你好，，  请问…余额？", "你好 请问 余额"),
            ("T+1", "t+1"),
            ("50%", "50%"),
            ("\r\nSTOP\u{0}\n", "stop"),
            ("…。！", ""),
        ] {
            assert_eq!(fold(typed), expect, "{typed:?}");
        }
    }

    #[test]
    fn joining_keeps_digits_apart() {
        for (folded, expect) in
            [("退 订", "退订"), ("t d", "td"), ("1 2", "1 2"), ("r 11", "r11"), ("1 元 2 角", "1元2角")]
        {
            assert_eq!(join(folded), expect, "{folded}");
        }
    }

    #[test]
    fn the_traditional_table_is_sorted_and_ends_in_simplified() {
        assert!(TRADITIONAL.is_sorted_by(|a, b| a.0 < b.0));
        for (traditional, simple) in TRADITIONAL {
            assert_ne!(traditional, simple);
            assert_eq!(simplified(*simple), *simple, "{simple} is not itself in the left column");
        }
    }

    proptest! {
        #[test]
        fn folding_twice_is_folding_once(text in any::<String>()) {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once.as_str());
            prop_assert_eq!(join(&join(&once)), join(&once));
        }

        #[test]
        fn nothing_but_words_and_single_spaces_is_left(text in any::<String>()) {
            let folded = fold(&text);
            prop_assert!(!folded.starts_with(' ') && !folded.ends_with(' ') && !folded.contains("  "));
            prop_assert!(folded.chars().all(|c| c == ' ' || !c.is_whitespace() && !c.is_control()));
        }

        #[test]
        fn decoration_does_not_change_a_word(
            before in "[ \t\u{3000}。，！【《(-]{0,5}", after in "[ \n。！？…】》)~😀\u{200B}]{0,5}",
        ) {
            prop_assert_eq!(fold(&format!("{before}ＴＤ{after}")), "td");
        }
    }
}
