//! How a message names what it came from: `id@version`, with `#experiment.arm` behind it for somebody who is in an arm;
//! `account:ID@1` for what an account hands in. Everything that takes such a name apart asks here.

/// What stands before the name of an account.
const ACCOUNT: &str = "account:";

/// The name of the journey, broadcast or account, whatever its version: `id`, or `account:ID`.
pub fn name(reference: &str) -> &str {
    reference.split('@').next().unwrap_or(reference)
}

/// The version, without the arm: `id@version`.
pub(crate) fn versioned(reference: &str) -> &str {
    reference.split('#').next().unwrap_or(reference)
}

/// Which version of a journey it is; none if it is no number, as with a broadcast that was changed.
pub(crate) fn version(reference: &str) -> Option<u32> {
    versioned(reference).split_once('@')?.1.parse().ok()
}

/// The arm that somebody is in: `experiment.arm`.
pub(crate) fn variant(reference: &str) -> Option<&str> {
    reference.split_once('#').map(|(_, variant)| variant)
}

/// The experiment and its arm.
pub(crate) fn arm(reference: &str) -> Option<(&str, &str)> {
    variant(reference)?.split_once('.')
}

/// The experiment of a journey's version, `id@version#experiment`, and its arm.
pub fn trial(reference: &str) -> Option<(&str, &str)> {
    let variant = reference.find('#')? + 1;
    let dot = reference[variant..].find('.')? + variant;
    Some((&reference[..dot], &reference[dot + 1..]))
}

/// The account whose message it is.
pub fn account(reference: &str) -> Option<&str> {
    name(reference).strip_prefix(ACCOUNT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_taken_apart() {
        let arm_b = "welcome@3#offer.b";
        assert_eq!((name(arm_b), versioned(arm_b), version(arm_b)), ("welcome", "welcome@3", Some(3)));
        assert_eq!((variant(arm_b), arm(arm_b)), (Some("offer.b"), Some(("offer", "b"))));
        assert_eq!((trial(arm_b), trial("welcome@3#offer")), (Some(("welcome@3#offer", "b")), None));
        assert_eq!((variant("welcome@3"), arm("welcome@3"), account("welcome@3")), (None, None, None));
        assert_eq!((name("offer"), version("offer"), version("offer@1f8a")), ("offer", None, None));
        assert_eq!((account("account:core@1"), name("account:core@1")), (Some("core"), "account:core"));
    }
}
