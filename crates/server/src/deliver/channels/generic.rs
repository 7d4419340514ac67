//! Any provider over HTTP (`kind = "generic"`): the request is a template, the answer is read at JSON pointers (RFC 6901).
//!
//! Settings: `base_url`, `path`, `method`, `body`, `content_type`, `header.<name>` (templates in Jinja; the fields are
//! `to`, `number`, `text`, `id`, `sender`, `extension`, `class`, `now_seconds`, `expires_seconds`; the filters `json` and
//! `url` write a value into JSON and into an address); `auth` = none, basic, bearer, header or hmac; `id_pointer`,
//! `ok_pointer` with `ok_values`, `code_pointer`; for receipts `receipt_list`, `receipt_id`, `receipt_state`,
//! `receipt_code`, `delivered`, `failed`, taken by webhook (`callback_token` at the end of the path, or
//! `callback_hmac`: hex HMAC-SHA256 of the body in `callback_header`) or asked for at `poll_path` every `poll_seconds`.
//! A field that a template names and that does not exist is a mistake when the route is opened.

use super::provider::caller::{Caller, by_status, header, json, text};
use super::provider::settings::Settings;
use super::provider::vendor::has_token;
use super::provider::{Fate, Later, Letter, Provider, PushError, Pushed, Told, Verdict};
use crate::http::client::Answer;
use engine::entry::ReceiptState;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, context};
use model::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use wire::http::encode::{Hash, base64, hex, percent, same};
use wire::http::{AuthError, Outgoing, Request, Response};

/// What a template may name.
const FIELDS: &[&str] =
    &["to", "number", "text", "id", "sender", "extension", "class", "now_seconds", "expires_seconds"];
/// How much work one template may be.
const FUEL: u64 = 20_000;
/// How many receipts one answer or call may hold.
const RECEIPTS_MAX: usize = 10_000;

enum Auth {
    None,
    /// A header, complete.
    Header(String, String),
    /// Hex HMAC-SHA256 of `timestamp.body`, in this header, with the timestamp in that one.
    Hmac(String, String, String),
}

struct Receipts {
    list: String,
    id: String,
    state: String,
    code: Option<String>,
    delivered: BTreeSet<String>,
    failed: BTreeSet<String>,
}

struct Generic {
    caller: Caller,
    templates: Environment<'static>,
    method: &'static str,
    headers: Vec<String>,
    has_body: bool,
    auth: Auth,
    id_pointer: String,
    ok: Option<(String, BTreeSet<String>)>,
    code_pointer: Option<String>,
    receipts: Option<Receipts>,
    callback_token: Option<String>,
    callback_hmac: Option<(String, String)>,
    poll_every: Option<Duration>,
    sender: String,
}

/// Reads the settings.
pub(super) fn open(settings: &mut Settings<'_>) -> Option<Arc<dyn Provider>> {
    let caller = settings.caller("");
    let mut templates = environment();
    let method = settings.word("method", &["POST", "GET", "PUT"]);
    let path = settings.text_or("path", "/");
    add(settings, &mut templates, "path", path, FIELDS);
    let body = settings.optional("body");
    let has_body = body.is_some();
    if let Some(body) = body {
        add(settings, &mut templates, "body", body, FIELDS);
    }
    let mut headers = vec!["content-type".to_owned()];
    let content_type = settings.text_or("content_type", "application/json");
    add(settings, &mut templates, "header.content-type", content_type, FIELDS);
    for (name, value) in settings.beginning("header.") {
        add(settings, &mut templates, &format!("header.{name}"), value, FIELDS);
        headers.push(name);
    }
    let auth = read_auth(settings);
    let id_pointer = pointer(settings, "id_pointer", true).unwrap_or_default();
    let ok = pointer(settings, "ok_pointer", false).map(|pointer| (pointer, words(settings, "ok_values")));
    let code_pointer = pointer(settings, "code_pointer", false);
    let receipts = read_receipts(settings);
    let callback_token = settings.optional_secret("callback_token");
    let callback_hmac = settings.optional_secret("callback_hmac");
    let callback_header = settings.text_or("callback_header", "x-signature");
    let poll_seconds = settings.number("poll_seconds", 0..=3_600, 0);
    if poll_seconds > 0 {
        let path = settings.text("poll_path").unwrap_or_default();
        add(settings, &mut templates, "poll_path", path, &["id"]);
    }
    if receipts.is_none() && (poll_seconds > 0 || callback_token.is_some() || callback_hmac.is_some()) {
        settings.mistake("receipt_id", "where receipts have their id, or no way to get them");
    }
    Some(Arc::new(Generic {
        caller: caller?,
        templates,
        method,
        headers,
        has_body,
        auth: auth?,
        id_pointer,
        ok,
        code_pointer,
        receipts,
        callback_token,
        callback_hmac: callback_hmac.map(|secret| (secret, callback_header)),
        poll_every: (poll_seconds > 0).then(|| Duration::from_secs(poll_seconds)),
        sender: settings.route.source.clone(),
    }))
}

fn environment() -> Environment<'static> {
    let mut templates = Environment::new();
    templates.set_undefined_behavior(UndefinedBehavior::Strict);
    templates.set_auto_escape_callback(|_| AutoEscape::None);
    templates.set_fuel(Some(FUEL));
    templates.add_filter("json", |value: String| Value::String(value).to_string());
    templates.add_filter("url", |value: String| percent(&value));
    templates
}

fn add(
    settings: &mut Settings<'_>,
    templates: &mut Environment<'static>,
    name: &str,
    source: String,
    fields: &[&str],
) {
    if let Err(error) = templates.add_template_owned(name.to_owned(), source) {
        return settings.mistake(name, &format!("a template that can be read ({})", error.kind()));
    }
    let named =
        templates.get_template(name).map(|template| template.undeclared_variables(false)).unwrap_or_default();
    for field in named.iter().filter(|field| !fields.contains(&field.as_str())) {
        settings.mistake(name, &format!("only the fields {}, found {field:?}", fields.join(", ")));
    }
}

fn pointer(settings: &mut Settings<'_>, key: &str, is_needed: bool) -> Option<String> {
    let text = if is_needed { settings.text(key)? } else { settings.optional(key)? };
    if !text.starts_with('/') {
        settings.mistake(key, "a JSON pointer such as /data/id");
    }
    Some(text)
}

fn words(settings: &mut Settings<'_>, key: &str) -> BTreeSet<String> {
    let text = settings.text(key).unwrap_or_default();
    text.split(',').map(|word| word.trim().to_owned()).filter(|word| !word.is_empty()).collect()
}

fn read_auth(settings: &mut Settings<'_>) -> Option<Auth> {
    Some(match settings.word("auth", &["none", "basic", "bearer", "header", "hmac"]) {
        "basic" => {
            let (user, password) = (settings.text("user"), settings.secret("password"));
            let credentials = base64(format!("{}:{}", user?, password?).as_bytes());
            Auth::Header("authorization".to_owned(), format!("Basic {credentials}"))
        }
        "bearer" => Auth::Header("authorization".to_owned(), format!("Bearer {}", settings.secret("token")?)),
        "header" => Auth::Header(settings.text("auth_header")?, settings.secret("token")?),
        "hmac" => {
            let (signature, timestamp) = (
                settings.text_or("hmac_header", "x-signature"),
                settings.text_or("hmac_timestamp", "x-timestamp"),
            );
            Auth::Hmac(settings.secret("hmac_secret")?, signature, timestamp)
        }
        _ => Auth::None,
    })
}

fn read_receipts(settings: &mut Settings<'_>) -> Option<Receipts> {
    let list = settings.optional("receipt_list").unwrap_or_default();
    let code = pointer(settings, "receipt_code", false);
    let id = pointer(settings, "receipt_id", false)?;
    let state = pointer(settings, "receipt_state", true)?;
    let (delivered, failed) = (words(settings, "delivered"), words(settings, "failed"));
    Some(Receipts { list, id, state, code, delivered, failed })
}

impl Receipts {
    /// Every receipt in a document that says an end; what is on its way is left out.
    fn read(&self, document: &Value) -> Result<Vec<Told>, String> {
        let items = match document.pointer(&self.list) {
            Some(Value::Array(items)) => items.as_slice(),
            Some(item @ Value::Object(_)) => std::slice::from_ref(item),
            _ => return Err(format!("expected receipts at {:?}", self.list)),
        };
        if items.len() > RECEIPTS_MAX {
            return Err(format!("expected at most {RECEIPTS_MAX} receipts, found {}", items.len()));
        }
        let receipt = |item: &Value| {
            let remote = text(item, &self.id).ok_or_else(|| format!("expected an id at {:?}", self.id))?;
            let word =
                text(item, &self.state).ok_or_else(|| format!("expected a state at {:?}", self.state))?;
            let state = match (self.delivered.contains(&word), self.failed.contains(&word)) {
                (true, _) => ReceiptState::Delivered,
                (_, true) => ReceiptState::Undeliverable,
                _ => return Ok(None),
            };
            let code = self.code.as_ref().and_then(|pointer| text(item, pointer));
            Ok(Some(Told::Receipt { remote, state, code }))
        };
        items.iter().filter_map(|item| receipt(item).transpose()).collect()
    }
}

impl Generic {
    fn render(&self, name: &str, fields: &minijinja::Value) -> Result<String, Verdict> {
        let template = self.templates.get_template(name);
        let text = template.and_then(|template| template.render(fields));
        text.map_err(|_| Verdict::refused(format!("template:{name}"), Fate::Elsewhere))
    }

    fn request(&self, letter: &Letter, now: Timestamp) -> Result<Outgoing, Verdict> {
        let to = letter.international();
        let fields = context! {
            to => to.as_str(),
            number => to.trim_start_matches('+'),
            text => letter.text.reveal(),
            id => letter.message.to_string(),
            sender => self.sender.as_str(),
            extension => letter.extension.as_deref().unwrap_or_default(),
            class => letter.class.name(),
            now_seconds => now.0 / 1_000,
            expires_seconds => letter.expires.0 / 1_000,
        };
        let target = self.render("path", &fields)?;
        let (path, raw_query) = target.split_once('?').unwrap_or((&target, ""));
        let body = if self.has_body { self.render("body", &fields)? } else { String::new() };
        let mut headers = Vec::new();
        for name in self.headers.iter().filter(|name| self.has_body || *name != "content-type") {
            headers.push(header(name, self.render(&format!("header.{name}"), &fields)?));
        }
        self.sign(&mut headers, &body, now);
        let (path, raw_query) = (path.to_owned(), raw_query.to_owned());
        Ok(Outgoing { method: self.method, path, raw_query, headers, body: body.into_bytes() })
    }

    fn sign(&self, headers: &mut Vec<(String, String)>, body: &str, now: Timestamp) {
        match &self.auth {
            Auth::None => {}
            Auth::Header(name, value) => headers.push(header(name, value)),
            Auth::Hmac(secret, signature, timestamp) => {
                let at = (now.0 / 1_000).to_string();
                let mac = Hash::Sha256.hmac(secret.as_bytes(), format!("{at}.{body}").as_bytes());
                headers.push(header(timestamp, at));
                headers.push(header(signature, hex(&mac)));
            }
        }
    }

    fn read(&self, answer: &Answer) -> Verdict {
        let body = json(answer);
        let code = self.code_pointer.as_ref().and_then(|pointer| text(&body, pointer));
        if let Some(verdict) = by_status(answer, code.clone()) {
            return verdict;
        }
        if let Some((pointer, values)) = &self.ok {
            match text(&body, pointer) {
                Some(word) if values.contains(&word) => {}
                Some(word) => return Verdict::refused(code.unwrap_or(word), Fate::Fail),
                None => return Verdict::unanswered("an answer without its word of success"),
            }
        }
        let unreadable = Verdict::unanswered("an answer without an id");
        text(&body, &self.id_pointer).map_or(unreadable, |remote| Verdict::Taken { remote })
    }

    fn is_signed(&self, push: &Request<'_>) -> Result<(), PushError> {
        if let Some((secret, name)) = &self.callback_hmac {
            let said = push.header(name).ok_or(AuthError::Missing("signature"))?;
            let expected = hex(&Hash::Sha256.hmac(secret.as_bytes(), push.body));
            let is_same = same(expected.as_bytes(), said.trim().to_ascii_lowercase().as_bytes());
            return if is_same { Ok(()) } else { Err(AuthError::Mismatch.into()) };
        }
        match &self.callback_token {
            None => Err(PushError::NotServed),
            token if has_token(push.path, token.as_deref()) => Ok(()),
            Some(_) => Err(AuthError::UnknownKey.into()),
        }
    }
}

impl Provider for Generic {
    fn send<'a>(&'a self, letter: &'a Letter, now: Timestamp) -> Later<'a, Verdict> {
        Box::pin(async move {
            let request = match self.request(letter, now) {
                Ok(request) => request,
                Err(verdict) => return verdict,
            };
            match self.caller.call(&request).await {
                Ok(answer) => self.read(&answer),
                Err(verdict) => verdict,
            }
        })
    }

    fn pushed(&self, push: &Request<'_>, _now: Timestamp) -> Result<Pushed, PushError> {
        self.is_signed(push)?;
        let receipts = self.receipts.as_ref().ok_or(PushError::NotServed)?;
        let body: Value = serde_json::from_slice(push.body)
            .map_err(|_| PushError::Unreadable("expected JSON".to_owned()))?;
        let told = receipts.read(&body).map_err(PushError::Unreadable)?;
        Ok(Pushed { told, answer: Response::json(200, &json!({"ok": true})) })
    }

    fn poll_every(&self) -> Option<Duration> {
        self.poll_every
    }

    fn poll<'a>(&'a self, waiting: &'a [String], now: Timestamp) -> Later<'a, Result<Vec<Told>, String>> {
        Box::pin(async move {
            let Some(receipts) = &self.receipts else { return Ok(Vec::new()) };
            let mut told = Vec::new();
            for id in waiting {
                let target =
                    self.render("poll_path", &context! { id }).map_err(|verdict| format!("{verdict:?}"))?;
                let (path, raw_query) = target.split_once('?').unwrap_or((&target, ""));
                let (path, raw_query) = (path.to_owned(), raw_query.to_owned());
                let mut headers = Vec::new();
                self.sign(&mut headers, "", now);
                let request = Outgoing { method: "GET", path, raw_query, headers, body: Vec::new() };
                match self.caller.call(&request).await {
                    Ok(answer) => told.extend(receipts.read(&json(&answer)).unwrap_or_default()),
                    Err(verdict) if told.is_empty() => return Err(format!("{verdict:?}")),
                    // What was learned so far is worth telling.
                    Err(_) => return Ok(told),
                }
            }
            Ok(told)
        })
    }
}
