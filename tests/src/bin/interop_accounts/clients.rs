//! The clients of others, what each is asked to get through, and what it cannot do, by name.

use hongyan_tests::packages::Kind;

/// One client.
pub(crate) struct Client {
    pub(crate) name: &'static str,
    /// The package, in the version that is installed.
    pub(crate) package: &'static str,
    pub(crate) kind: Kind,
    /// The file of `tests/interop` that drives it; none if it is a program of `tests/clients`.
    pub(crate) script: Option<&'static str>,
    pub(crate) protocol: Protocol,
    /// What it must get through: number and text.
    pub(crate) texts: &'static [(&'static str, &'static str)],
    /// In how many submits.
    pub(crate) submits: usize,
    /// What it, or the way it is made, does not let us try.
    pub(crate) cannot: &'static [Cannot],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    Smpp,
    Cmpp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cannot {
    /// Take receipts and replies.
    Receive,
    /// Ask whether the link lives, and see the answer.
    Enquire,
    /// See the answer when it leaves.
    SeeItLeave,
    /// Send a message in parts.
    Cut,
    /// Send a short text of ASCII.
    Ascii,
}

impl Cannot {
    /// In words.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Receive => "receive",
            Self::Enquire => "enquire",
            Self::SeeItLeave => "see the answer to unbind",
            Self::Cut => "cut a long text",
            Self::Ascii => "send ASCII",
        }
    }
}

impl Client {
    pub(crate) fn can(&self, what: Cannot) -> bool {
        !self.cannot.contains(&what)
    }

    /// How many receipts it waits for.
    pub(crate) fn receipts(&self) -> usize {
        if self.can(Cannot::Receive) { self.submits } else { 0 }
    }
}

impl Protocol {
    /// How it writes the number that a reply comes from: CMPP knows no countries.
    pub(crate) fn answers(self) -> &'static str {
        match self {
            Self::Smpp => ANSWERS,
            Self::Cmpp => &ANSWERS[2..],
        }
    }
}

/// The number that a reply comes from.
pub(crate) const ANSWERS: &str = "8613800000001";

const SHORT: (&str, &str) = (ANSWERS, "Balance 5.00 due");
const CHINESE: (&str, &str) = ("8613800000002", "您好");
/// 120 characters: two parts.
const LONG: (&str, &str) = (
    "8613800000003",
    "一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十",
);
const ALL: &[(&str, &str)] = &[SHORT, CHINESE, LONG];

const fn smpp(name: &'static str, package: &'static str, kind: Kind, script: Option<&'static str>) -> Client {
    Client { name, package, kind, script, protocol: Protocol::Smpp, texts: ALL, submits: 4, cannot: &[] }
}

const fn cmpp(name: &'static str, package: &'static str, kind: Kind, script: Option<&'static str>) -> Client {
    Client { protocol: Protocol::Cmpp, ..smpp(name, package, kind, script) }
}

/// Every client.
pub(crate) const CLIENTS: &[Client] = &[
    smpp("smpp", "smpp@0.5.1", Kind::Node, Some("esme_smpp.js")),
    smpp("smpplib", "smpplib==2.2.4", Kind::Python, Some("esme_smpplib.py")),
    // A long text goes into message_payload: one submit. It leaves without waiting for the answer.
    Client {
        submits: 3,
        cannot: &[Cannot::Cut, Cannot::SeeItLeave],
        ..smpp("aiosmpplib", "aiosmpplib==0.7.4", Kind::Python, Some("esme_aiosmpplib.py"))
    },
    // It asks by itself, every 30 s, and nothing of it can be told so or sees the answer.
    Client {
        cannot: &[Cannot::Enquire, Cannot::SeeItLeave],
        ..smpp("smpp34", "smpp34==1.5.0", Kind::Python, Some("esme_smpp34.py"))
    },
    smpp("smpp34-rust", "smpp34 1.5.1", Kind::Rust, None),
    smpp("rusmppc", "rusmppc 0.4.0", Kind::Rust, None),
    // It never answers a DELIVER and does not read one, and it sends UCS-2 only.
    Client {
        texts: &[CHINESE, LONG],
        submits: 3,
        cannot: &[Cannot::Receive, Cannot::Ascii],
        ..cmpp("pycmpp", "pycmpp==2.0.2", Kind::Python, Some("sp_pycmpp.py"))
    },
    // A connection for each message, which it closes once it has its answer.
    Client {
        texts: &[SHORT, CHINESE],
        submits: 2,
        cannot: &[Cannot::Receive, Cannot::Enquire, Cannot::Cut],
        ..cmpp("cmppy", "cmppy==0.3", Kind::Python, Some("sp_cmppy.py"))
    },
    cmpp("cmppprotocol", "cmppprotocol 0.1.0", Kind::Rust, None),
];
