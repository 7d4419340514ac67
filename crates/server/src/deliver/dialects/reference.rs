//! What a dialect must give back with everything that it tells of a message, kept in the order's reference: written by
//! the dialect when it takes the message, read by whoever tells. It begins with a character that no reference of the
//! API's may hold, so that the two are never taken for each other.

const MARK: char = '\u{1f}';

/// What a dialect keeps with a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reference {
    /// Alibaba's: the id that all messages of one request share, and the client's `OutId`.
    Alibaba {
        /// `BizId`.
        request: String,
        /// `OutId`.
        client: String,
    },
    /// Tencent's `SessionContext` and the signature it was sent under.
    Tencent {
        /// `SessionContext`.
        client: String,
        /// `SignName`.
        signature: String,
    },
    /// Twilio's sender, messaging service and address for status callbacks.
    Twilio {
        /// `From`.
        from: String,
        /// `MessagingServiceSid`.
        service: String,
        /// `StatusCallback`.
        callback: String,
    },
}

impl Reference {
    /// As it is kept.
    pub(crate) fn write(&self) -> String {
        let fields: [&str; 4] = match self {
            Self::Alibaba { request, client } => ["a", request, client, ""],
            Self::Tencent { client, signature } => ["t", client, signature, ""],
            Self::Twilio { from, service, callback } => ["w", from, service, callback],
        };
        // What a client writes cannot pass for a boundary.
        let fields = fields.map(|field| field.replace(MARK, " "));
        format!("{MARK}{}", fields.join(&MARK.to_string()))
    }

    /// Of what was kept; none if no dialect wrote it.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let mut fields = text.strip_prefix(MARK)?.split(MARK).map(str::to_owned);
        let kind = fields.next()?;
        let mut next = || fields.next().unwrap_or_default();
        Some(match kind.as_str() {
            "a" => Self::Alibaba { request: next(), client: next() },
            "t" => Self::Tencent { client: next(), signature: next() },
            "w" => Self::Twilio { from: next(), service: next(), callback: next() },
            _ => return None,
        })
    }
}

/// The client's own reference in what was kept: what it is shown in our API.
pub(crate) fn of_client(kept: &str) -> Option<String> {
    match Reference::read(kept) {
        Some(Reference::Alibaba { client, .. } | Reference::Tencent { client, .. }) => some(client),
        Some(Reference::Twilio { .. }) => None,
        None => Some(kept.to_owned()),
    }
}

/// A text that is there, or none.
pub(crate) fn some(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_read_back_what_they_write() {
        let own = |text: &str| text.to_owned();
        for reference in [
            Reference::Alibaba { request: own("1^0"), client: own("o-1") },
            Reference::Tencent { client: own("ctx"), signature: String::new() },
            Reference::Twilio { from: own("+1"), service: own(""), callback: own("http://x/?a=b") },
        ] {
            assert_eq!(Reference::read(&reference.write()), Some(reference));
        }
        let sly = Reference::Alibaba { request: own("1"), client: own("x\u{1f}y") };
        assert_eq!(
            Reference::read(&sly.write()),
            Some(Reference::Alibaba { request: own("1"), client: own("x y") })
        );
        assert_eq!(Reference::read("o-1"), None);
        assert_eq!((of_client("o-1"), of_client(&sly.write())), (Some(own("o-1")), Some(own("x y"))));
    }
}
