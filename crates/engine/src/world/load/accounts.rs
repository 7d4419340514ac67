//! `accounts/<id>.toml`: systems that hand in messages. Secrets stay as they are written: whoever checks them resolves
//! `env:NAME` and `sha256:…`. No mistake repeats one.

use super::choice::basis;
use super::classes::Classes;
use super::document::{Document, Place};
use super::institution;
use super::plans::known_plan;
use super::reader::{Item, Table, read_file};
use super::templates::{Templates, subtype};
use super::{class_item, class_list, cost_item, declare, id_text};
use crate::compose::{Source, Template, TemplateParts, Variable, VariableKind};
use crate::world::{
    Access, Account, Alias, Allow, Callback, CallbackStyle, CmppAccess, KeyAccess, Outbind, Plan,
    ReceiptStyle, Secret, SmppAccess,
};
use model::{AccountId, MessageClass, Subtype, TemplateId};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Reads the files.
pub(super) fn read<'a>(
    documents: &[&'a Document<'a>],
    classes: &Classes<'_>,
    templates: &Templates<'_>,
    plans: &BTreeMap<Arc<str>, Arc<Plan>>,
) -> BTreeMap<AccountId, Arc<Account>> {
    let mut declared: BTreeMap<AccountId, Place<'a>> = BTreeMap::new();
    let mut taken: BTreeMap<String, Place<'a>> = BTreeMap::new();
    let mut accounts = BTreeMap::new();
    for document in documents {
        read_file(document, |table| {
            let id_item = table.required("id");
            let id = id_item.and_then(id_text).map(AccountId::from);
            if let (Some(id), Some(item)) = (&id, id_item) {
                declare(&mut declared, id.clone(), item.place(), "account");
            }
            let place = table.place();
            if let Some(account) = read_account(id, table, classes, templates, plans) {
                for (what, name) in names(&account) {
                    declare(&mut taken, format!("{what} {name}"), place, "account with");
                }
                accounts.entry(account.id.clone()).or_insert_with(|| Arc::new(account));
            }
        });
    }
    accounts
}

/// What only one account may have: by it an account is known, or answers find it.
fn names(account: &Account) -> Vec<(&'static str, &str)> {
    let access = &account.access;
    let mut names: Vec<(&'static str, &str)> = Vec::new();
    names.extend(account.extension.as_deref().map(|extension| ("extension", extension)));
    names.extend(access.smpp.as_ref().map(|smpp| ("system_id", &*smpp.system_id)));
    names.extend(access.cmpp.as_ref().map(|cmpp| ("sp_id", &*cmpp.sp_id)));
    names.extend(access.alibaba.as_ref().map(|key| ("access_key_id", &*key.id)));
    names.extend(access.tencent.as_ref().map(|key| ("secret_id", &*key.id)));
    names.extend(access.twilio.as_ref().map(|key| ("account_sid", &*key.id)));
    names
}

fn read_account(
    id: Option<AccountId>,
    table: &mut Table<'_>,
    classes: &Classes<'_>,
    templates: &Templates<'_>,
    plans: &BTreeMap<Arc<str>, Arc<Plan>>,
) -> Option<Account> {
    let department = table.text("department");
    let permitted = table.required("classes").and_then(class_list);
    let class_given = table.optional("class");
    let class = class_given.and_then(class_item);
    if let (Some(item), Some(class), Some(permitted)) = (class_given, class, &permitted)
        && !permitted.contains(&class)
    {
        item.report(format!("expected one of the classes above, found {class}"));
    }
    let of = subtype(table, class, classes);
    if class_given.is_none()
        && let Some(item) = table.optional("subtype")
    {
        item.report("expected a class whose subtype it is, found none");
    }
    let disagreement = table.optional("disagreement").and_then(institution::disagreement);
    let texts = table.optional("texts").and_then(|item| item.one_of(&[("free", true), ("templates", false)]));
    let signatures = table.optional("signatures").and_then(|item| item.each(Item::text));
    let consent = table.optional("consent");
    let consent = consent.and_then(|item| item.one_of(&[("ledger", false), ("asserted", true)]));
    let strangers = table.optional("strangers").and_then(Item::flag);
    let extension = table.optional("extension").and_then(|item| item.parsed(extension));
    let tps = table.optional("tps").and_then(|item| item.number(1..=TPS_MAX));
    let budget = table.optional("budget_yuan").and_then(cost_item);
    let weight = table.optional("weight").and_then(|item| item.number(1..=WEIGHT_MAX));
    let aliases = table.optional("templates").map(|item| read_aliases(item, templates));
    let plan = table.optional("plan").and_then(|item| known_plan(item, plans));
    let basis = basis(table, None, classes);
    let access = read_access(table);
    let (id, permitted) = (id?, permitted?);
    // What is named but is none has been reported.
    if class_given.is_some() && class.is_none() {
        return None;
    }
    // A text of its own is judged by the class it turns out to be, whatever its template says here.
    let of_text = class.or(permitted.first().copied())?;
    Some(Account {
        reference: format!("account:{id}@1").into(),
        free: match texts.unwrap_or(true) {
            true => Some(free_text(&id, of_text, of.clone())?),
            false => None,
        },
        id,
        department: department?.into(),
        classes: permitted,
        disagreement,
        class,
        subtype: of,
        signatures: signatures.unwrap_or_default().into_iter().map(str::to_owned).collect(),
        asserts_consent: consent.unwrap_or(false),
        strangers: strangers.unwrap_or(true),
        extension,
        tps,
        budget,
        weight: weight.unwrap_or(1),
        aliases: aliases.unwrap_or_default(),
        plan,
        basis,
        access,
    })
}

/// What a text of the account's own is decided under: it stands in the ledger where a template's name would.
fn free_text(id: &AccountId, class: MessageClass, subtype: Option<Subtype>) -> Option<Arc<Template>> {
    let name: Arc<str> = "text".into();
    let variable = Variable {
        name: Arc::clone(&name),
        kind: VariableKind::Text(FREE_TEXT_MAX),
        from: Source::Event(name),
        sample: None,
    };
    let parts = TemplateParts {
        id: TemplateId::new(format!("text-of-{id}")),
        class,
        subtype,
        language: String::new(),
        source: "{{ text }}".to_owned(),
        variables: vec![variable],
        parts_max: text::MAX_PARTS,
        texts: Vec::new(),
        allowed: Vec::new(),
    };
    Template::compile(parts).ok().map(Arc::new)
}

fn read_aliases(item: Item<'_>, templates: &Templates<'_>) -> BTreeMap<Arc<str>, Alias> {
    let mut aliases = BTreeMap::new();
    for (_, item) in item.named().unwrap_or_default() {
        let alias = item.table(|table| {
            let template = table.required("template").and_then(|item| templates.find(item));
            let values = table.optional("values").and_then(|item| item.each(Item::text));
            Some((template?, values.unwrap_or_default()))
        });
        let Some((template, values)) = alias.flatten() else { continue };
        let known = |name: &str| template.variables.iter().any(|variable| &*variable.name == name);
        if let Some(stranger) = values.iter().find(|name| !known(name)) {
            item.report(format!("template {:?} has no variable {stranger:?}", template.id.as_str()));
        }
        let values = values.into_iter().map(Arc::from).collect();
        aliases.insert(item.key().into(), Alias { template: template.id.clone(), values });
    }
    aliases
}

fn read_access(table: &mut Table<'_>) -> Access {
    let key = |table: &mut Table<'_>, name, id| {
        table.optional(name).and_then(|item| item.table(|table| read_key(table, id))).flatten()
    };
    Access {
        smpp: table.optional("smpp").and_then(|item| item.table(read_smpp)).flatten(),
        cmpp: table.optional("cmpp").and_then(|item| item.table(read_cmpp)).flatten(),
        tokens: table.optional("tokens").and_then(|item| item.each(secret)).unwrap_or_default(),
        alibaba: key(table, "alibaba", "access_key_id"),
        tencent: key(table, "tencent", "secret_id"),
        twilio: key(table, "twilio", "account_sid"),
        allow: ranges(table),
        callback: table.optional("callback").and_then(|item| item.table(read_callback)).flatten(),
    }
}

/// The ranges of addresses under `allow`.
pub(super) fn ranges(table: &mut Table<'_>) -> Vec<Allow> {
    let read = |item: Item<'_>| item.each(|item| item.parsed(Allow::parse));
    table.optional("allow").and_then(read).unwrap_or_default()
}

fn read_smpp(table: &mut Table<'_>) -> Option<SmppAccess> {
    let system_id = table.text("system_id");
    let password = table.required("password").and_then(secret);
    let binds = table.optional("binds").and_then(|item| item.number(1..=BINDS_MAX));
    let window = table.optional("window").and_then(|item| item.number(1..=WINDOW_MAX));
    let receipts = table.optional("receipts").and_then(|item| {
        item.one_of(&[("text", ReceiptStyle::Text), ("tlv", ReceiptStyle::Tlv), ("both", ReceiptStyle::Both)])
    });
    let outbind = table.optional("outbind").and_then(|item| item.parsed(host_and_port));
    let outbind_password = table.optional("outbind_password").and_then(secret);
    Some(SmppAccess {
        outbind: outbind.map(|address| Outbind { address, password: outbind_password }),
        system_id: system_id?.to_owned(),
        password: password?,
        binds: binds.unwrap_or(BINDS),
        window: window.unwrap_or(WINDOW),
        receipts: receipts.unwrap_or(ReceiptStyle::Both),
    })
}

fn read_cmpp(table: &mut Table<'_>) -> Option<CmppAccess> {
    let sp_id = table.required("sp_id").and_then(|item| {
        item.parsed(|text| {
            let is_id = (1..=6).contains(&text.len()) && text.is_ascii();
            is_id
                .then(|| text.to_owned())
                .ok_or_else(|| format!("expected 1 to 6 characters, found {text:?}"))
        })
    });
    let secret = table.required("secret").and_then(secret);
    let version = table.optional("version").and_then(|item| item.one_of(&[("2.0", 0x20), ("3.0", 0x30)]));
    let binds = table.optional("binds").and_then(|item| item.number(1..=BINDS_MAX));
    let window = table.optional("window").and_then(|item| item.number(1..=WINDOW_MAX));
    Some(CmppAccess {
        sp_id: sp_id?,
        secret: secret?,
        version,
        binds: binds.unwrap_or(BINDS),
        window: window.unwrap_or(WINDOW),
    })
}

fn read_key(table: &mut Table<'_>, id: &'static str) -> Option<KeyAccess> {
    let id = table.text(id);
    let secret = table.required("secret").and_then(secret);
    let application = table.optional("application").and_then(Item::text).map(str::to_owned);
    Some(KeyAccess { id: id?.to_owned(), secret: secret?, application })
}

fn read_callback(table: &mut Table<'_>) -> Option<Callback> {
    let url = table.required("url").and_then(|item| item.parsed(web_address));
    let reply_url = table.optional("reply_url").and_then(|item| item.parsed(web_address));
    let style = table.required("style").and_then(|item| {
        item.one_of(&[
            ("standard", CallbackStyle::Standard),
            ("alibaba", CallbackStyle::Alibaba),
            ("tencent", CallbackStyle::Tencent),
            ("twilio", CallbackStyle::Twilio),
        ])
    });
    let secret = table.optional("secret").and_then(secret);
    let allow = ranges(table);
    let roots = table.optional("roots").and_then(Item::text).map(str::to_owned);
    Some(Callback { url: url?, reply_url, style: style?, secret, allow, roots })
}

/// An address that can be called.
pub(super) fn web_address(text: &str) -> Result<String, String> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.filter(|rest| !rest.is_empty() && !rest.starts_with('/') && !rest.contains(char::is_whitespace))
        .map(|_| text.to_owned())
        .ok_or_else(|| format!("expected an http or https address, found {text:?}"))
}

fn host_and_port(text: &str) -> Result<String, String> {
    let parts = text.rsplit_once(':').filter(|(host, _)| !host.is_empty());
    let is_address = parts.is_some_and(|(_, port)| port.parse::<u16>().is_ok_and(|port| port > 0));
    is_address.then(|| text.to_owned()).ok_or_else(|| format!("expected host:port, found {text:?}"))
}

pub(super) fn extension(text: &str) -> Result<Arc<str>, String> {
    let is_extension = (1..=12).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    is_extension.then(|| text.into()).ok_or_else(|| format!("expected 1 to 12 digits, found {text:?}"))
}

/// A secret, not repeated in any mistake.
pub(super) fn secret(item: Item<'_>) -> Option<Secret> {
    let text = item.any_text()?;
    let named = text.strip_prefix("env:").map(str::is_empty);
    let hashed = text.strip_prefix("sha256:");
    let is_hash = |hex: &str| hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_hexdigit());
    if text.is_empty() {
        item.report("expected a secret, found nothing");
    } else if named == Some(true) {
        item.report("expected the name of an environment variable after env:, found none");
    } else if hashed.is_some_and(|hex| !is_hash(hex)) {
        item.report("expected 64 hexadecimal digits after sha256:, found something else");
    } else {
        return Some(Secret::new(text));
    }
    None
}

/// The longest text of an account's own, in UTF-16 units: no carrier takes more.
const FREE_TEXT_MAX: u16 = 2_000;
const TPS_MAX: u32 = 100_000;
const WEIGHT_MAX: u32 = 1_000;
const BINDS_MAX: u32 = 1_000;
const WINDOW_MAX: u32 = 10_000;
const BINDS: u32 = 4;
const WINDOW: u32 = 1_000;
