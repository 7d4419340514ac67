//! Who may call: API keys.
//!
//! A key is a prefix and 256 random bits, shown once. Only its SHA-256 is kept: of that much entropy a plain hash
//! cannot be guessed back. Keys live in a small file beside the data; making one is an entry of the ledger.

use super::Site;
use super::problem::Problem;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Extension, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

/// What every key begins with, so that a leaked one is recognised.
const PREFIX: &str = "hy_";
/// Random bytes of a key.
const KEY_BYTES: usize = 32;

/// The role of those who may make keys with roles; the first key has it.
pub const ADMIN: &str = "admin";
/// The role of those who may propose changes.
const MAKER: &str = "maker";
/// The longest name of a role.
const ROLE_BYTES_MAX: usize = 32;

/// Who made a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The name of the key, or `local`.
    pub name: String,
    /// What they may do with changes of the configuration, and `admin`.
    pub roles: Vec<Arc<str>>,
}

impl Caller {
    /// Somebody on this machine, under the server's own account. They may propose a change and make keys; nobody knows who they
    /// are, so they approve nothing.
    pub fn local() -> Self {
        Self { name: "local".to_owned(), roles: vec![MAKER.into(), ADMIN.into()] }
    }
}

/// The keys that are accepted.
#[derive(Debug)]
pub struct Access {
    file: PathBuf,
    keys: RwLock<Vec<Key>>,
}

#[derive(Debug, Clone)]
struct Key {
    name: String,
    hash: [u8; 32],
    roles: Vec<Arc<str>>,
}

impl Key {
    /// `NAME HASH` or, for a key with roles, `NAME HASH ROLE,ROLE`.
    fn read(line: &str) -> Option<Self> {
        let mut words = line.split(' ');
        let (name, hash) = (words.next()?.to_owned(), unhex(words.next()?)?);
        let roles = words.next().map_or(Vec::new(), |roles| roles.split(',').map(Arc::from).collect());
        words.next().is_none().then_some(Self { name, hash, roles })
    }

    fn line(&self) -> String {
        let roles = if self.roles.is_empty() { String::new() } else { format!(" {}", self.roles.join(",")) };
        format!("{} {}{roles}\n", self.name, hex(&self.hash))
    }
}

/// The file of keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// Reading or writing failed.
    #[error("{path}: {cause}")]
    Io {
        /// Which file.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// A line is none.
    #[error("{path}:{line}: expected a name, 64 hex digits and perhaps roles")]
    Malformed {
        /// Which file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
    },
}

impl Access {
    /// Reads the keys; none if the file is not there yet.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn open(file: &Path) -> Result<Self, AccessError> {
        let text = match fs::read_to_string(file) {
            Ok(text) => text,
            Err(e) if e.kind() == io::ErrorKind::NotFound => String::new(),
            Err(cause) => return Err(AccessError::Io { path: file.to_owned(), cause }),
        };
        let mut keys = Vec::new();
        for (i, line) in text.lines().enumerate() {
            let malformed = || AccessError::Malformed { path: file.to_owned(), line: i + 1 };
            keys.push(Key::read(line).ok_or_else(malformed)?);
        }
        Ok(Self { file: file.to_owned(), keys: RwLock::new(keys) })
    }

    /// Whether there is no key yet.
    pub fn is_empty(&self) -> bool {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// Makes a key and returns it: the only time it is seen.
    ///
    /// # Errors
    /// A file that cannot be written, no entropy.
    pub fn make(&self, name: &str, roles: &[Arc<str>]) -> Result<String, AccessError> {
        let io = |cause| AccessError::Io { path: self.file.clone(), cause };
        let mut random = [0; KEY_BYTES];
        getrandom::fill(&mut random).map_err(|e| io(io::Error::other(e)))?;
        let key = format!("{PREFIX}{}", hex(&random));
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        let mut new = keys.clone();
        let (name, hash) = (name.to_owned(), Sha256::digest(key.as_bytes()).into());
        new.push(Key { name, hash, roles: roles.to_vec() });
        let lines: String = new.iter().map(Key::line).collect();
        write_private(&self.file, lines.as_bytes()).map_err(io)?;
        *keys = new;
        Ok(key)
    }

    /// Whose key this is.
    pub(crate) fn caller(&self, key: &str) -> Option<Caller> {
        let hash: [u8; 32] = Sha256::digest(key.as_bytes()).into();
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        let key = keys.iter().find(|key| key.hash == hash)?;
        Some(Caller { name: key.name.clone(), roles: key.roles.clone() })
    }
}

/// Whose key is to be made.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewKey {
    name: String,
    /// What it may do with changes of the configuration.
    #[serde(default)]
    roles: Vec<String>,
}

/// A key, seen this once.
#[derive(Debug, Serialize)]
pub struct MadeKey {
    name: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    roles: Vec<String>,
    key: String,
}

/// `POST /v1/keys`: makes a key. It is accepted at once, and its making is an entry of the ledger.
pub async fn make(
    State(site): State<Site>,
    Extension(caller): Extension<Caller>,
    body: Bytes,
) -> Result<(StatusCode, Json<MadeKey>), Problem> {
    let NewKey { name, roles } = serde_json::from_slice(&body)
        .map_err(|e| Problem::bad_request(format!("expected {{\"name\": …, \"roles\": […]}}: {e}")))?;
    if name.is_empty() || name.len() > NAME_BYTES_MAX || !name.bytes().all(|b| b.is_ascii_graphic()) {
        let expected =
            format!("name: expected 1 to {NAME_BYTES_MAX} visible ASCII characters without spaces");
        return Err(Problem::bad_request(expected));
    }
    // Who could give themselves a role would be maker and checker in one.
    if !roles.is_empty() && !caller.roles.iter().any(|role| &**role == ADMIN) {
        let who = &caller.name;
        return Err(Problem::forbidden(format!(
            "{who} may not make keys with roles: it takes the role {ADMIN}"
        )));
    }
    let is_role = |role: &String| {
        let letters = role.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
        (1..=ROLE_BYTES_MAX).contains(&role.len()) && letters
    };
    if let Some(strange) = roles.iter().find(|role| !is_role(role)) {
        let expected =
            format!("roles: expected 1 to {ROLE_BYTES_MAX} small letters and '-', found {strange:?}");
        return Err(Problem::bad_request(expected));
    }
    let shared: Vec<Arc<str>> = roles.iter().map(|role| Arc::from(role.as_str())).collect();
    let key = site.access.make(&name, &shared).map_err(|e| Problem::internal(&e))?;
    let with = if roles.is_empty() { String::new() } else { format!(" with the roles {}", roles.join(", ")) };
    let what = format!("{} made API key {name}{with}", caller.name);
    site.core.decide(engine::Input::Admin(what.into())).await?;
    Ok((StatusCode::CREATED, Json(MadeKey { name, roles, key })))
}

/// The longest name of a key.
const NAME_BYTES_MAX: usize = 64;

/// Lets requests with a known key pass.
pub(super) async fn guard(State(access): State<Arc<Access>>, mut request: Request, next: Next) -> Response {
    let bearer = request.headers().get(header::AUTHORIZATION).and_then(|v| v.to_str().ok());
    match bearer.and_then(|v| v.strip_prefix("Bearer ")).and_then(|key| access.caller(key)) {
        Some(caller) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        None => Problem::unauthorized().into_response(),
    }
}

/// Whoever reaches the local socket is who runs the server; with a key they are whose key it is.
pub(super) async fn trust(State(access): State<Arc<Access>>, mut request: Request, next: Next) -> Response {
    let bearer = request.headers().get(header::AUTHORIZATION).and_then(|v| v.to_str().ok());
    let caller = match bearer.and_then(|v| v.strip_prefix("Bearer ")) {
        Some(key) => access.caller(key),
        None => Some(Caller::local()),
    };
    match caller {
        Some(caller) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        None => Problem::unauthorized().into_response(),
    }
}

/// Writes a file that only its owner may read, all or nothing.
fn write_private(path: &Path, content: &[u8]) -> io::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let draft = path.with_extension("draft");
    let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&draft, path)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(bytes)
}
