//! Tokens that prove who calls: JSON Web Tokens (RFC 7519) signed by ring, and the memory of tokens that were had for them.
//! A token is had once for all calls that need it at the same time, and never printed.

use super::Verdict;
use super::caller::{Caller, json, text};
use super::settings::Settings;
use super::{Fate, caller};
use hyper::Uri;
use model::{Span, Timestamp};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use serde_json::{Value, json};
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use wire::http::Outgoing;
use wire::http::encode::{self, to_form};

/// How long before its end a token is replaced.
const MARGIN: Span = Span::seconds(120);

/// A private key.
pub enum SigningKey {
    /// RS256 (RFC 7518 §3.3).
    Rsa(Box<RsaKeyPair>),
    /// ES256 (RFC 7518 §3.4).
    Ec(Box<EcdsaKeyPair>),
}

impl SigningKey {
    /// Reads an RSA key in PEM, PKCS#8 or PKCS#1.
    pub fn rsa(pem: &str) -> Option<Self> {
        let key = match PrivateKeyDer::from_pem_slice(pem.as_bytes()).ok()? {
            PrivateKeyDer::Pkcs8(der) => RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()),
            PrivateKeyDer::Pkcs1(der) => RsaKeyPair::from_der(der.secret_pkcs1_der()),
            _ => return None,
        };
        key.ok().map(|key| Self::Rsa(Box::new(key)))
    }

    /// Reads a P-256 key in PEM, PKCS#8: a `.p8` file.
    pub fn ec(pem: &str) -> Option<Self> {
        let PrivateKeyDer::Pkcs8(der) = PrivateKeyDer::from_pem_slice(pem.as_bytes()).ok()? else {
            return None;
        };
        let (kind, random) = (&ECDSA_P256_SHA256_FIXED_SIGNING, SystemRandom::new());
        EcdsaKeyPair::from_pkcs8(kind, der.secret_pkcs8_der(), &random)
            .ok()
            .map(|key| Self::Ec(Box::new(key)))
    }

    /// A signature; none if the machine has no randomness.
    pub fn sign(&self, octets: &[u8]) -> Option<Vec<u8>> {
        let random = SystemRandom::new();
        match self {
            Self::Rsa(key) => {
                let mut signature = vec![0; key.public().modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &random, octets, &mut signature).ok()?;
                Some(signature)
            }
            Self::Ec(key) => Some(key.sign(&random, octets).ok()?.as_ref().to_vec()),
        }
    }

    fn algorithm(&self) -> &'static str {
        match self {
            Self::Rsa(_) => "RS256",
            Self::Ec(_) => "ES256",
        }
    }

    /// A signed token of some claims.
    pub fn token(&self, key_id: Option<&str>, claims: &Value) -> Option<String> {
        let mut head = json!({"alg": self.algorithm(), "typ": "JWT"});
        if let (Some(id), Some(head)) = (key_id, head.as_object_mut()) {
            head.insert("kid".to_owned(), id.into());
        }
        let signed =
            format!("{}.{}", url_safe(head.to_string().as_bytes()), url_safe(claims.to_string().as_bytes()));
        let signature = self.sign(signed.as_bytes())?;
        Some(format!("{signed}.{}", url_safe(&signature)))
    }
}

/// base64url without padding (RFC 4648 §5).
pub fn url_safe(octets: &[u8]) -> String {
    encode::base64(octets).trim_end_matches('=').replace('+', "-").replace('/', "_")
}

/// A token and until when it is good.
#[derive(Default)]
pub struct Tokens {
    held: tokio::sync::Mutex<Option<(String, Timestamp)>>,
}

impl Tokens {
    /// The token at hand, or a new one. Whoever comes while one is being had waits for it.
    ///
    /// # Errors
    /// The verdict on a message that needed it: refused, for it surely did not leave.
    pub async fn token(
        &self,
        now: Timestamp,
        fetch: impl Future<Output = Result<(String, Span), Verdict>>,
    ) -> Result<String, Verdict> {
        let mut held = self.held.lock().await;
        if let Some((token, until)) = held.as_ref().filter(|(_, until)| now < *until) {
            let _ = until;
            return Ok(token.clone());
        }
        match fetch.await {
            Ok((token, span)) => {
                let span = Span((span.0 - MARGIN.0).max(span.0 / 2));
                *held = Some((token.clone(), now.after(span)));
                Ok(token)
            }
            Err(Verdict::Refused(refusal)) => {
                Err(Verdict::refused(format!("token:{}", refusal.code), Fate::Unserved))
            }
            Err(_) => Err(Verdict::refused("token", Fate::Unserved)),
        }
    }

    /// Drops a token that was refused, unless another has replaced it.
    pub async fn drop(&self, token: &str) {
        let mut held = self.held.lock().await;
        if held.as_ref().is_some_and(|(known, _)| known == token) {
            *held = None;
        }
    }
}

/// A service account of Google's: a signed assertion gets an access token (developers.google.com/identity/protocols/
/// oauth2/service-account; RFC 7523).
pub struct ServiceAccount {
    email: String,
    key: SigningKey,
    key_id: Option<String>,
    token_uri: Uri,
    scope: &'static str,
    tokens: Tokens,
}

impl ServiceAccount {
    /// Reads `service_account`: the JSON file that Google gives out.
    pub fn read(settings: &mut Settings<'_>, scope: &'static str) -> Option<Self> {
        let document = settings.secret("service_account")?;
        let document: Value = serde_json::from_str(&document).unwrap_or(Value::Null);
        let key = text(&document, "/private_key").and_then(|pem| SigningKey::rsa(&pem));
        let uri = text(&document, "/token_uri").and_then(|uri| uri.parse::<Uri>().ok());
        let (Some(email), Some(key), Some(token_uri)) = (text(&document, "/client_email"), key, uri) else {
            let expected = "a service account's JSON with client_email, private_key (RSA, PEM) and token_uri";
            settings.mistake("service_account", expected);
            return None;
        };
        let key_id = text(&document, "/private_key_id");
        Some(Self { email, key, key_id, token_uri, scope, tokens: Tokens::default() })
    }

    /// An access token.
    ///
    /// # Errors
    /// The verdict on a message that needed it.
    pub async fn token(&self, caller: &Caller, now: Timestamp) -> Result<String, Verdict> {
        self.tokens.token(now, self.fetch(caller, now)).await
    }

    /// Drops a token that was refused.
    pub async fn drop(&self, token: &str) {
        self.tokens.drop(token).await;
    }

    async fn fetch(&self, caller: &Caller, now: Timestamp) -> Result<(String, Span), Verdict> {
        let seconds = now.0 / 1_000;
        let claims = json!({
            "iss": self.email,
            "scope": self.scope,
            "aud": self.token_uri.to_string(),
            "iat": seconds,
            "exp": seconds + 3_600,
        });
        let unsigned = || Verdict::refused("unsigned", Fate::Unserved);
        let assertion = self.key.token(self.key_id.as_deref(), &claims).ok_or_else(unsigned)?;
        let form = to_form([
            ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
            ("assertion", assertion.as_str()),
        ]);
        let request = Outgoing {
            method: "POST",
            path: self.token_uri.path().to_owned(),
            raw_query: String::new(),
            headers: vec![caller::header("content-type", "application/x-www-form-urlencoded")],
            body: form.into_bytes(),
        };
        let mut base = self.token_uri.clone().into_parts();
        base.path_and_query = None;
        base.path_and_query = "/".parse().ok();
        let base = Uri::from_parts(base).unwrap_or_default();
        let answer = caller.call_at(&base, &request).await?;
        read_token(&json(&answer)).ok_or_else(|| Verdict::refused(answer.status.to_string(), Fate::Unserved))
    }
}

/// A token out of an answer with `access_token` and `expires_in` seconds (RFC 6749 §5.1).
pub fn read_token(answer: &Value) -> Option<(String, Span)> {
    let token = text(answer, "/access_token")?;
    let seconds = answer.pointer("/expires_in").and_then(Value::as_i64).filter(|seconds| *seconds > 0)?;
    Some((token, Span::seconds(seconds.min(86_400))))
}
