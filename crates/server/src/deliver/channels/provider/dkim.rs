//! DKIM signatures (RFC 6376): relaxed/relaxed, rsa-sha256 by ring. The mail libraries' own signers pull in an RSA
//! implementation with a known timing leak (RUSTSEC-2023-0071) or a resolver with a zip reader; what has to be added to ring
//! is two canonical forms and one header. It signs; it never verifies.

use super::keys::SigningKey;
use model::Timestamp;
use wire::http::encode::{Hash, base64};

/// The headers that are signed, where the message has them.
const SIGNED: &[&str] = &[
    "from",
    "to",
    "subject",
    "date",
    "message-id",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
];

/// Who signs: a domain, and the selector under which it publishes its key.
pub struct Signer {
    /// `d=`.
    pub domain: String,
    /// `s=`.
    pub selector: String,
    /// The private key.
    pub key: SigningKey,
}

impl Signer {
    /// The header to put before a message, line end and all; none if the message has no header that must be signed.
    pub fn header(&self, message: &[u8], now: Timestamp) -> Option<String> {
        let text = String::from_utf8_lossy(message);
        let (head, body) = text.split_once("\r\n\r\n")?;
        let headers = unfold(head);
        let mut names = Vec::new();
        let mut signed = String::new();
        for name in SIGNED {
            // The last of several counts first (§5.4.2); ours has each once.
            if let Some((_, value)) = headers.iter().rev().find(|(found, _)| found == name) {
                signed.push_str(&format!("{name}:{value}\r\n"));
                names.push(*name);
            }
        }
        if !names.contains(&"from") {
            return None;
        }
        let body_hash = base64(&Hash::Sha256.digest(relaxed_body(body).as_bytes()));
        let fields = format!(
            "v=1; a=rsa-sha256; c=relaxed/relaxed; d={}; s={}; t={}; h={}; bh={body_hash}; b=",
            self.domain,
            self.selector,
            now.0 / 1_000,
            names.join(":"),
        );
        // The signature covers its own header, without line end (§3.7).
        let signature = self.key.sign(format!("{signed}dkim-signature:{fields}").as_bytes())?;
        let mut header = format!("DKIM-Signature: {fields}");
        for piece in base64(&signature).as_bytes().chunks(70) {
            header.push_str("\r\n ");
            header.push_str(&String::from_utf8_lossy(piece));
        }
        header.push_str("\r\n");
        Some(header)
    }
}

/// Headers with small names, unfolded and with white space made one blank (§3.4.2).
fn unfold(head: &str) -> Vec<(String, String)> {
    let mut headers: Vec<(String, String)> = Vec::new();
    for line in head.split("\r\n") {
        match headers.last_mut() {
            Some((_, value)) if line.starts_with([' ', '\t']) => value.push_str(line),
            _ => {
                if let Some((name, value)) = line.split_once(':') {
                    headers.push((name.trim_end().to_ascii_lowercase(), value.to_owned()));
                }
            }
        }
    }
    headers.iter_mut().for_each(|(_, value)| *value = one_blank(value).trim().to_owned());
    headers
}

/// A body with blanks at line ends and empty lines at its end taken away, other white space made one blank (§3.4.4).
fn relaxed_body(body: &str) -> String {
    let lines: Vec<String> =
        body.split("\r\n").map(|line| one_blank(line).trim_end_matches(' ').to_owned()).collect();
    let kept = lines.iter().rposition(|line| !line.is_empty()).map_or(0, |last| last + 1);
    lines.iter().take(kept).map(|line| format!("{line}\r\n")).collect()
}

fn one_blank(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            ' ' | '\t' if result.ends_with(' ') => {}
            ' ' | '\t' => result.push(' '),
            letter => result.push(letter),
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_canonical_forms_are_those_of_the_example() {
        // RFC 6376 §3.4.5, Example 1.
        assert_eq!(
            unfold("A: X\r\nB : Y\t\r\n\tZ  "),
            [("a".to_owned(), "X".to_owned()), ("b".to_owned(), "Y Z".to_owned())]
        );
        assert_eq!(relaxed_body(" C \r\nD \t E\r\n\r\n\r\n"), " C\r\nD E\r\n");
        assert_eq!(relaxed_body("\r\n\r\n"), "");
    }
}
