//! How a person is spoken to: 张先生, 欧阳女士, Ms Novak.
//!
//! It guesses no gender: without one, or with a word it does not know, the whole name stands with what fits anybody. The
//! engine's template filter calls it.

/// Family names of two characters; every other Chinese one is taken to be of one.
const DOUBLE: [&str; 24] = [
    "欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "司徒", "令狐", "夏侯", "宇文",
    "长孙", "轩辕", "端木", "独孤", "南宫", "百里", "东郭", "呼延", "闻人", "申屠", "太史",
];

/// A name with its honorific. The gender is `男`, `女`, `m`, `f`, `male` or `female`, in any case.
pub fn honorific(name: &str, gender: &str) -> String {
    let name = name.trim();
    let gender = gender.trim().to_ascii_lowercase();
    let is_male = match gender.as_str() {
        "男" | "m" | "male" => Some(true),
        "女" | "f" | "female" => Some(false),
        _ => None,
    };
    let is_latin = name.chars().all(|c| c.is_ascii() || c.is_alphabetic() && c < '\u{2E80}');
    if is_latin {
        let family = name.split_whitespace().next_back().unwrap_or(name);
        return match is_male {
            Some(true) => format!("Mr {family}"),
            Some(false) => format!("Ms {family}"),
            None => name.to_owned(),
        };
    }
    match is_male {
        Some(true) => format!("{}先生", family(name)),
        Some(false) => format!("{}女士", family(name)),
        None => format!("{name}先生/女士"),
    }
}

/// The family name; the whole of a name with a dot between, whose family name does not stand in front.
fn family(name: &str) -> &str {
    if name.contains(['·', '•', '.']) {
        return name;
    }
    if let Some(double) = DOUBLE.iter().find(|double| name.starts_with(*double) && name.len() > double.len())
    {
        return double;
    }
    let end = name.chars().next().map_or(0, char::len_utf8);
    &name[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_spoken_to_by_their_family_name() {
        for (name, gender, expect) in [
            ("张三", "男", "张先生"),
            ("欧阳娜娜", "女", "欧阳女士"),
            ("欧阳", "F", "欧女士"),
            ("阿依古丽·买买提", "female", "阿依古丽·买买提女士"),
            ("Jana Novak", "f", "Ms Novak"),
            ("José Díaz", "M", "Mr Díaz"),
            ("Jana Novak", "", "Jana Novak"),
            ("李四", "", "李四先生/女士"),
            ("李四", "未知", "李四先生/女士"),
        ] {
            assert_eq!(honorific(name, gender), expect, "{name} {gender}");
        }
    }
}
