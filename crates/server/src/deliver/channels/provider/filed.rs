//! Texts as they are filed with a provider that takes template codes and values instead of texts. The engine hands over a
//! finished text; here the filed text that it was made of is found again, and the values in it. What fits no filed text
//! is not sent: a provider would answer it with a mismatch, or send something else.

use super::settings::Settings;

/// How many variables a filed text may have.
const VARIABLES_MAX: usize = 40;

/// A text as it was filed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filed {
    /// The provider's code for it.
    pub code: String,
    /// What stands before each variable, and the variable's name.
    variables: Vec<(String, String)>,
    /// What stands after the last.
    tail: String,
}

impl Filed {
    /// Reads a filed text, its variables between `open` and `}`: `${name}` or `{1}`.
    ///
    /// # Errors
    /// What is the matter with it.
    pub fn parse(code: &str, text: &str, open: &str) -> Result<Self, String> {
        let (mut variables, mut rest) = (Vec::new(), text);
        while let Some((before, after)) = rest.split_once(open) {
            let Some((name, after)) = after.split_once('}') else {
                return Err(format!("a closing brace after {open}"));
            };
            if name.is_empty() || !name.chars().all(|letter| letter.is_alphanumeric() || letter == '_') {
                return Err(format!("a name between {open} and a closing brace"));
            }
            if before.is_empty() && !variables.is_empty() {
                return Err("something between two variables, or a text could be read in two ways".to_owned());
            }
            variables.push((before.to_owned(), name.to_owned()));
            rest = after;
        }
        if variables.len() > VARIABLES_MAX {
            return Err(format!("at most {VARIABLES_MAX} variables, found {}", variables.len()));
        }
        if variables.is_empty() && rest.is_empty() {
            return Err("a text, found none".to_owned());
        }
        Ok(Self { code: code.to_owned(), variables, tail: rest.to_owned() })
    }

    /// The values in a text that was made of this one, each at its shortest; none if it was not.
    pub fn values(&self, text: &str) -> Option<Vec<(String, String)>> {
        let Some((first, _)) = self.variables.first() else { return (text == self.tail).then(Vec::new) };
        let mut rest = text.strip_prefix(first.as_str())?;
        let mut values: Vec<(String, String)> = Vec::new();
        for (place, (_, name)) in self.variables.iter().enumerate() {
            let next = self.variables.get(place + 1).map(|(before, _)| before);
            // A value has at least one character; the last one reaches to the tail.
            let first = rest.chars().next()?.len_utf8();
            let end = match next {
                Some(before) => first + rest.get(first..)?.find(before.as_str())?,
                None => rest.len().checked_sub(self.tail.len()).filter(|end| *end >= first)?,
            };
            let (value, after) = rest.split_at_checked(end)?;
            rest = match next {
                Some(before) => after.strip_prefix(before.as_str())?,
                None => after.strip_prefix(self.tail.as_str())?,
            };
            if values.iter().any(|(known, other)| known == name && other != value) {
                return None;
            }
            if !values.iter().any(|(known, _)| known == name) {
                values.push((name.clone(), value.to_owned()));
            }
        }
        rest.is_empty().then_some(values)
    }

    /// How many characters of it are fixed: of several that fit, the most exact is meant.
    fn fixed(&self) -> usize {
        self.tail.len() + self.variables.iter().map(|(before, _)| before.len()).sum::<usize>()
    }
}

/// All that is filed on a route, the most exact first.
#[derive(Debug, Clone, Default)]
pub struct Shelf(Vec<Filed>);

impl Shelf {
    /// Reads `template.<code>` of a route's settings.
    pub fn read(settings: &mut Settings<'_>, open: &str) -> Self {
        let mut filed = Vec::new();
        for (code, text) in settings.beginning("template.") {
            match Filed::parse(&code, &text, open) {
                Ok(template) => filed.push(template),
                Err(expected) => settings.mistake(&format!("template.{code}"), &expected),
            }
        }
        filed.sort_by_key(|template| std::cmp::Reverse(template.fixed()));
        Self(filed)
    }

    /// Whether nothing is filed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether something is filed under a code.
    pub fn has(&self, code: &str) -> bool {
        self.0.iter().any(|filed| filed.code == code)
    }

    /// What a text was made of: the code, and its values in the order of the variables.
    pub fn find(&self, text: &str) -> Option<(&str, Vec<(String, String)>)> {
        self.0.iter().find_map(|filed| Some((filed.code.as_str(), filed.values(text)?)))
    }
}

/// A text without the signature 【…】 at its head or tail, and the signature.
pub fn split_signature(text: &str) -> (Option<&str>, &str) {
    if let Some((signature, body)) = text.strip_prefix('【').and_then(|rest| rest.split_once('】')) {
        return (Some(signature), body);
    }
    if let Some((body, signature)) = text.strip_suffix('】').and_then(|rest| rest.rsplit_once('【')) {
        return (Some(signature), body);
    }
    (None, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(filed: &str, text: &str) -> Option<Vec<(String, String)>> {
        Filed::parse("T", filed, "${").unwrap().values(text)
    }

    fn pairs(pairs: &[(&str, &str)]) -> Option<Vec<(String, String)>> {
        Some(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn the_values_are_found_again() {
        let code = "验证码${code},${minutes}分钟内有效";
        assert_eq!(values(code, "验证码8810,5分钟内有效"), pairs(&[("code", "8810"), ("minutes", "5")]));
        assert_eq!(values(code, "验证码,5分钟内有效"), None, "a value is never empty");
        assert_eq!(values(code, "验证码8810,5分钟内有效。"), None);
        assert_eq!(values("${a}", "全部"), pairs(&[("a", "全部")]));
        assert_eq!(values("没有变量", "没有变量"), pairs(&[]));
        assert_eq!(values("${a}-${a}", "x-x"), pairs(&[("a", "x")]));
        assert_eq!(values("${a}-${a}", "x-y"), None);
        assert_eq!(values("${a}元", "12元或13元"), pairs(&[("a", "12元或13")]));
    }

    #[test]
    fn mistakes_in_a_filed_text_are_told() {
        for text in ["", "a${", "a${}b", "${a}${b}", "${a b}"] {
            assert!(Filed::parse("T", text, "${").is_err(), "{text}");
        }
    }

    #[test]
    fn signatures_stand_at_either_end() {
        assert_eq!(split_signature("【银行】您好"), (Some("银行"), "您好"));
        assert_eq!(split_signature("您好【银行】"), (Some("银行"), "您好"));
        assert_eq!(split_signature("您好"), (None, "您好"));
    }
}
