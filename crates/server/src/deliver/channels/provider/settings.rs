//! A route's `[provider]` settings, read with all mistakes at once. Secrets may be `env:NAME` or `file:PATH`; a mistake
//! names the setting and what was expected, never the value: it may be a secret.

use super::caller::Caller;
use crate::http::client::{Client, ClientOptions};
use crate::http::reach::Reach;
use engine::world::{Allow, Institution, ProviderAccount, Route};
use hyper::Uri;
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::time::Duration;
use wire::http::standard_webhooks::Secret;

/// How long one call may take unless the route says so, in milliseconds, and the bounds of what it may say.
const TIMEOUT_MS: u64 = 15_000;
const TIMEOUT_MS_BOUNDS: RangeInclusive<u64> = 100..=120_000;

/// The reader of one route's settings.
pub struct Settings<'a> {
    /// The route.
    pub route: &'a Route,
    /// The institution.
    pub institution: &'a Institution,
    account: &'a ProviderAccount,
    used: BTreeSet<String>,
    mistakes: Vec<String>,
}

impl<'a> Settings<'a> {
    /// A reader that has read nothing yet.
    pub fn new(route: &'a Route, institution: &'a Institution, account: &'a ProviderAccount) -> Self {
        Self { route, institution, account, used: BTreeSet::new(), mistakes: Vec::new() }
    }

    /// Notes a mistake.
    pub fn mistake(&mut self, key: &str, expected: &str) {
        self.mistakes.push(format!("{key}: expected {expected}"));
    }

    /// A text that may be absent; empty counts as absent.
    pub fn optional(&mut self, key: &str) -> Option<String> {
        self.used.insert(key.to_owned());
        self.account.settings.get(key).filter(|value| !value.is_empty()).cloned()
    }

    /// A text that must be there.
    pub fn text(&mut self, key: &str) -> Option<String> {
        let value = self.optional(key);
        if value.is_none() {
            self.mistake(key, "a value, found none");
        }
        value
    }

    /// A text with a default.
    pub fn text_or(&mut self, key: &str, default: &str) -> String {
        self.optional(key).unwrap_or_else(|| default.to_owned())
    }

    /// A secret that must be there.
    pub fn secret(&mut self, key: &str) -> Option<String> {
        let value = self.text(key)?;
        self.resolve(key, value)
    }

    /// A secret that may be absent.
    pub fn optional_secret(&mut self, key: &str) -> Option<String> {
        let value = self.optional(key)?;
        self.resolve(key, value)
    }

    fn resolve(&mut self, key: &str, value: String) -> Option<String> {
        if let Some(name) = value.strip_prefix("env:") {
            let found = std::env::var(name).ok().filter(|value| !value.is_empty());
            if found.is_none() {
                self.mistake(key, &format!("the environment variable {name} to hold it"));
            }
            return found;
        }
        if let Some(path) = value.strip_prefix("file:") {
            let found = std::fs::read_to_string(path).ok();
            if found.is_none() {
                self.mistake(key, &format!("a file that can be read at {path}"));
            }
            return found;
        }
        Some(value)
    }

    /// A secret of Standard Webhooks, that may be absent.
    pub fn webhook_secret(&mut self, key: &str) -> Option<Secret> {
        let text = self.optional_secret(key)?;
        match Secret::read(&text) {
            Ok(secret) => Some(secret),
            Err(error) => {
                self.mistakes.push(format!("{key}: {error}"));
                None
            }
        }
    }

    /// A whole number with bounds and a default.
    pub fn number(&mut self, key: &str, bounds: RangeInclusive<u64>, default: u64) -> u64 {
        let Some(text) = self.optional(key) else { return default };
        match text.parse().ok().filter(|number| bounds.contains(number)) {
            Some(number) => number,
            None => {
                let (low, high) = bounds.into_inner();
                self.mistake(key, &format!("a whole number from {low} to {high}"));
                default
            }
        }
    }

    /// One of some words, the first by default.
    pub fn word(&mut self, key: &str, words: &[&'static str]) -> &'static str {
        let first = words.first().copied().unwrap_or_default();
        let Some(text) = self.optional(key) else { return first };
        match words.iter().find(|word| **word == text) {
            Some(word) => word,
            None => {
                self.mistake(key, &format!("one of {}", words.join(", ")));
                first
            }
        }
    }

    /// An address that may be absent: `host:port` with numbers.
    pub fn address(&mut self, key: &str) -> Option<SocketAddr> {
        let text = self.optional(key)?;
        let address = text.parse().ok();
        if address.is_none() {
            self.mistake(key, "an address and port such as 127.0.0.1:8099");
        }
        address
    }

    /// A web address; with an empty default it must be there.
    pub fn uri(&mut self, key: &str, default: &str) -> Option<Uri> {
        let text = match self.optional(key) {
            Some(text) => text,
            None if default.is_empty() => return self.text(key).and(None),
            None => default.to_owned(),
        };
        let uri = text.parse::<Uri>().ok();
        let uri =
            uri.filter(|uri| matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some());
        if uri.is_none() {
            self.mistake(key, "an address such as https://api.example.com");
        }
        uri
    }

    /// Every setting whose name begins with a prefix, under the rest of its name.
    pub fn beginning(&mut self, prefix: &str) -> Vec<(String, String)> {
        let found = self.account.settings.iter().filter(|(key, _)| key.starts_with(prefix));
        let found: Vec<(String, String)> = found.map(|(key, value)| (key.clone(), value.clone())).collect();
        self.used.extend(found.iter().map(|(key, _)| key.clone()));
        let rest =
            |(key, value): (String, String)| (key.get(prefix.len()..).unwrap_or_default().to_owned(), value);
        found.into_iter().map(rest).collect()
    }

    /// What makes the calls, to `base_url`.
    pub fn caller(&mut self, default: &str) -> Option<Caller> {
        self.caller_with(default, Reach::Anywhere, false)
    }

    /// What makes the calls, with what it may reach, and whether it must speak HTTP/2.
    pub fn caller_with(&mut self, default: &str, reach: Reach, http2_only: bool) -> Option<Caller> {
        let base = self.uri("base_url", default);
        let roots_pem = self.optional("roots").map_or(Some(Vec::new()), |path| {
            let read = std::fs::read(&path).ok();
            if read.is_none() {
                self.mistake("roots", &format!("a file that can be read at {path}"));
            }
            read
        });
        let time_max = Duration::from_millis(self.number("timeout_ms", TIMEOUT_MS_BOUNDS, TIMEOUT_MS));
        let options = ClientOptions { reach, roots_pem: roots_pem?, plain: true, http2_only };
        match Client::new(&options) {
            Ok(client) => Some(Caller { client, base: base?, time_max }),
            Err(error) => {
                self.mistakes.push(format!("roots: {error}"));
                None
            }
        }
    }

    /// Public addresses, and the ranges that a setting lists.
    pub fn reach(&mut self, key: &str) -> Reach {
        let text = self.optional(key).unwrap_or_default();
        let mut ranges = Vec::new();
        for range in text.split([',', ' ']).filter(|range| !range.is_empty()) {
            match Allow::parse(range) {
                Ok(range) => ranges.push(range),
                Err(why) => self.mistakes.push(format!("{key}: {why}")),
            }
        }
        Reach::Public(ranges)
    }

    /// Ends the reading: settings that nobody asked for are mistakes too.
    ///
    /// # Errors
    /// Every mistake.
    pub fn finish(self) -> Result<(), String> {
        let Self { account, used, mut mistakes, .. } = self;
        for key in account.settings.keys().filter(|key| !used.contains(*key)) {
            mistakes.push(format!("{key}: no setting of kind {}", account.kind));
        }
        if mistakes.is_empty() { Ok(()) } else { Err(mistakes.join("; ")) }
    }
}
