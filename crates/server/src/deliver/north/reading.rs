//! What a client's fields mean to us: whom a number is, which sender, which signature, which class.

use super::refusal::Refusal;
use engine::world::{Account, World};
use model::{MessageClass, Phone, Subtype};
use std::sync::Arc;

/// What of the configuration is needed for every message.
#[derive(Debug)]
pub(super) struct House {
    /// Country code of numbers that name none.
    country: String,
    /// The institution's own signature.
    signature: String,
    /// The numbers that routes send from, longest first.
    numbers: Vec<String>,
}

impl House {
    pub(super) fn of(world: &World) -> Self {
        let mut numbers: Vec<String> =
            world.routes.values().map(|route| route.source.clone()).filter(|n| !n.is_empty()).collect();
        numbers.sort_by_key(|number| std::cmp::Reverse(number.len()));
        numbers.dedup();
        let institution = &world.institution;
        Self { country: institution.country.clone(), signature: institution.signature.clone(), numbers }
    }

    /// The number that digits of this type mean (SMPP 3.4 §5.2.5; 0 where the protocol says none).
    pub(super) fn phone(&self, text: &str, type_of_number: u8) -> Result<Phone, Refusal> {
        let parsed = match type_of_number {
            INTERNATIONAL if !text.starts_with('+') && !text.starts_with("00") => {
                Phone::parse(&format!("+{text}"), &self.country)
            }
            ALPHANUMERIC => return Err(Refusal::Destination),
            _ => Phone::parse(text, &self.country),
        };
        parsed.map_err(|_| Refusal::Destination)
    }

    /// What follows a route's number in the sender: the account's own extension, or one that starts with it. The client
    /// may write the whole number, the extension alone, or nothing.
    pub(super) fn extension(&self, account: &Account, source: &str) -> Result<Option<Arc<str>>, Refusal> {
        let own = account.extension.as_ref();
        let behind = self.numbers.iter().find_map(|number| source.strip_prefix(number.as_str()));
        // A sender that only looks like one of our numbers may be the account's extension as well.
        let starts = |text: &str| own.is_some_and(|own| text.starts_with(&**own));
        let extension = match behind {
            Some(rest) if rest.is_empty() || starts(rest) => rest,
            _ => source,
        };
        if extension.is_empty() {
            return Ok(own.map(Arc::clone));
        }
        let is_own = starts(extension)
            && extension.len() <= EXTENSION_MAX
            && extension.bytes().all(|digit| digit.is_ascii_digit());
        match own {
            Some(own) if is_own && **own == *extension => Ok(Some(Arc::clone(own))),
            Some(_) if is_own => Ok(Some(extension.into())),
            _ => Err(Refusal::Source),
        }
    }

    /// Takes a signature that the account may use off the head or the tail of a text: `【…】`. The institution's own is
    /// taken off as well and stands for none, since it is what everybody signs with.
    pub(super) fn unsign<'t>(&self, account: &Account, text: &'t str) -> (&'t str, Option<Arc<str>>) {
        let text = text.trim_end_matches('\0');
        let (body, signature) = self.unsign_head(account, text);
        if body.len() < text.len() { (body, signature) } else { self.unsign_tail(account, text) }
    }

    /// The same, at the head only.
    pub(super) fn unsign_head<'t>(&self, account: &Account, text: &'t str) -> (&'t str, Option<Arc<str>>) {
        match text.strip_prefix('【').and_then(|rest| rest.split_once('】')) {
            Some((signature, body)) if self.may_sign(account, signature) => (body, self.named(signature)),
            _ => (text, None),
        }
    }

    /// The same, at the tail only.
    pub(super) fn unsign_tail<'t>(&self, account: &Account, text: &'t str) -> (&'t str, Option<Arc<str>>) {
        match text.strip_suffix('】').and_then(|rest| rest.rsplit_once('【')) {
            Some((body, signature)) if self.may_sign(account, signature) => (body, self.named(signature)),
            _ => (text, None),
        }
    }

    fn may_sign(&self, account: &Account, signature: &str) -> bool {
        signature == self.signature || account.signatures.iter().any(|allowed| allowed == signature)
    }

    fn named(&self, signature: &str) -> Option<Arc<str>> {
        (signature != self.signature).then(|| signature.into())
    }
}

/// The class that a service names, if the account may send it: a class's whole name, or one of the short codes that fit
/// into five characters. Anything else is somebody's own service code and says nothing.
pub(super) fn class(account: &Account, service: &str) -> (Option<MessageClass>, Option<Subtype>) {
    let (class, subtype) = match service {
        "" => return (None, None),
        "V" => (MessageClass::CustomerService, Some(Subtype::new("verification_code"))),
        "C" => (MessageClass::CustomerService, None),
        "M" => (MessageClass::Marketing, None),
        "R" => (MessageClass::RiskNotice, None),
        "T" => (MessageClass::TechnicalSupport, None),
        "L" => (MessageClass::Regulatory, None),
        name => match name.parse() {
            Ok(class) => (class, None),
            Err(_) => return (None, None),
        },
    };
    if account.classes.contains(&class) { (Some(class), subtype) } else { (None, None) }
}

/// Type of number "international" (§5.2.5).
const INTERNATIONAL: u8 = 1;
/// Type of number "alphanumeric".
const ALPHANUMERIC: u8 = 5;
/// The longest extension, in digits: 20 are a whole number.
const EXTENSION_MAX: usize = 12;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deliver::north::fixture::account;

    fn house() -> House {
        House {
            country: "86".to_owned(),
            signature: "鸿雁银行".to_owned(),
            numbers: vec!["106900001".to_owned(), "10690".to_owned()],
        }
    }

    #[test]
    fn numbers_are_read_by_their_type() {
        for (text, kind, expected) in [
            ("13800001234", 0, Some("8613800001234")),
            ("8613800001234", 1, Some("8613800001234")),
            ("+8613800001234", 1, Some("8613800001234")),
            ("420601123456", 1, Some("420601123456")),
            ("13800001234", 2, Some("8613800001234")),
            ("BANK", 5, None),
            ("12", 0, None),
        ] {
            let phone = house().phone(text, kind);
            assert_eq!(phone.ok().as_ref().map(Phone::reveal), expected, "{text} {kind}");
        }
    }

    #[test]
    fn a_sender_must_be_the_accounts() {
        let check = |own: Option<&str>, source: &str, expected: Result<Option<&str>, Refusal>| {
            let account = account(|a| a.extension = own.map(Arc::from));
            let found = house().extension(&account, source);
            assert_eq!(found, expected.map(|e| e.map(Arc::from)), "{own:?} {source}");
        };
        check(Some("12"), "", Ok(Some("12")));
        check(Some("12"), "12", Ok(Some("12")));
        check(Some("12"), "1234", Ok(Some("1234")));
        check(Some("12"), "106900001", Ok(Some("12")));
        check(Some("12"), "10690000112", Ok(Some("12")));
        check(Some("12"), "106900001129", Ok(Some("129")));
        check(Some("12"), "13", Err(Refusal::Source));
        check(Some("12"), "10690000113", Err(Refusal::Source));
        check(Some("12"), "12x", Err(Refusal::Source));
        check(Some("10690"), "1069033", Ok(Some("1069033")));
        check(None, "", Ok(None));
        check(None, "106900001", Ok(None));
        check(None, "1069000015", Err(Refusal::Source));
        check(None, "BANK", Err(Refusal::Source));
    }

    #[test]
    fn a_signature_that_may_be_used_is_taken_off() {
        let account = account(|a| a.signatures = vec!["鸿雁理财".to_owned()]);
        for (text, body, signature) in [
            ("【鸿雁理财】您好", "您好", Some("鸿雁理财")),
            ("您好【鸿雁理财】", "您好", Some("鸿雁理财")),
            ("【鸿雁银行】您好", "您好", None),
            ("【别家】您好", "【别家】您好", None),
            ("【没有完", "【没有完", None),
            ("】【", "】【", None),
            ("您好", "您好", None),
            ("【鸿雁理财】【重要】", "【重要】", Some("鸿雁理财")),
        ] {
            let found = house().unsign(&account, text);
            assert_eq!(found, (body, signature.map(Arc::from)), "{text}");
        }
    }

    #[test]
    fn a_service_names_a_class_that_the_account_may_send() {
        let account = account(|a| a.classes = vec![MessageClass::CustomerService, MessageClass::Marketing]);
        for (service, expected) in [
            ("", None),
            ("M", Some(MessageClass::Marketing)),
            ("marketing", Some(MessageClass::Marketing)),
            ("V", Some(MessageClass::CustomerService)),
            ("R", None),
            ("risk_notice", None),
            ("CMT", None),
        ] {
            assert_eq!(class(&account, service).0, expected, "{service}");
        }
        assert_eq!(class(&account, "V").1, Some(Subtype::new("verification_code")));
    }
}
