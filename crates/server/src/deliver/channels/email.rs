//! E-mail (`kind = "email"`): SMTP (RFC 5321) over lettre, STARTTLS (RFC 3207) or TLS from the start by rustls and ring,
//! signed with DKIM (`provider/dkim.rs`).
//!
//! `Message-ID` is made of the message's id. One connection carries one message at a time and is kept for the next. What breaks
//! before the message was handed over is refused and may be offered again; what breaks after is unanswered. A bounce
//! comes as a mail to the sender and is not read here.

use super::provider::dkim::Signer;
use super::provider::keys::SigningKey;
use super::provider::settings::Settings;
use super::provider::{Fate, Later, Letter, Provider, Verdict};
use lettre::address::Envelope;
use lettre::message::header::{ContentType, MIME_VERSION_1_0};
use lettre::message::{Mailbox, MessageBuilder};
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::{Error, client::TlsParametersBuilder};
use lettre::{Address, Message};
use model::Timestamp;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How many unused connections are kept.
const IDLE_MAX: usize = 4;

/// When the connection is encrypted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Security {
    StartTls,
    Tls,
    /// For a relay on the same machine.
    None,
}

struct Email {
    host: String,
    port: u16,
    security: Security,
    tls: TlsParameters,
    hello: ClientId,
    credentials: Option<Credentials>,
    from: Mailbox,
    domain: String,
    subject: String,
    dkim: Option<Signer>,
    time_max: Duration,
    idle: Mutex<Vec<AsyncSmtpConnection>>,
}

/// Reads the settings.
pub(super) fn open(settings: &mut Settings<'_>) -> Option<Arc<dyn Provider>> {
    let host = settings.text("host");
    let security = match settings.word("security", &["starttls", "tls", "none"]) {
        "tls" => Security::Tls,
        "none" => Security::None,
        _ => Security::StartTls,
    };
    let default = if security == Security::Tls { 465 } else { 587 };
    // At most 65,535.
    let port = settings.number("port", 1..=65_535, default) as u16;
    let (user, password) = (settings.optional("user"), settings.optional_secret("password"));
    if user.is_some() != password.is_some() {
        settings.mistake("user", "user and password, or neither");
    }
    if user.is_some() && security == Security::None {
        settings.mistake("security", "starttls or tls where a password is sent");
    }
    let from = settings.text("from").and_then(|from| from.parse::<Mailbox>().ok());
    if from.is_none() {
        settings.mistake("from", "an address such as Bank <notice@bank.example>");
    }
    let subject = settings.optional("subject").unwrap_or_else(|| settings.institution.name.clone());
    let hello = settings.optional("hello");
    let dkim = read_dkim(settings);
    let tls = read_tls(settings, host.as_deref().unwrap_or_default());
    let time_max = Duration::from_millis(settings.number("timeout_ms", 100..=120_000, 30_000));
    let (from, tls) = (from?, tls?);
    let domain = from.email.domain().to_owned();
    Some(Arc::new(Email {
        host: host?,
        port,
        security,
        tls,
        hello: ClientId::Domain(hello.unwrap_or_else(|| domain.clone())),
        credentials: user.zip(password).map(|(user, password)| Credentials::new(user, password)),
        from,
        domain,
        subject,
        dkim,
        time_max,
        idle: Mutex::default(),
    }))
}

fn read_dkim(settings: &mut Settings<'_>) -> Option<Signer> {
    let (domain, selector) = (settings.optional("dkim_domain"), settings.optional("dkim_selector"));
    let pem = settings.optional_secret("dkim_key");
    if domain.is_none() && selector.is_none() && pem.is_none() {
        return None;
    }
    let key = pem.and_then(|pem| SigningKey::rsa(&pem));
    if domain.is_none() || selector.is_none() || key.is_none() {
        settings.mistake("dkim_key", "dkim_domain, dkim_selector and an RSA key in PEM, or none of them");
    }
    Some(Signer { domain: domain?, selector: selector?, key: key? })
}

fn read_tls(settings: &mut Settings<'_>, host: &str) -> Option<TlsParameters> {
    let mut builder: TlsParametersBuilder = TlsParameters::builder(host.to_owned());
    if let Some(path) = settings.optional("roots") {
        let certificate = std::fs::read(&path).ok().and_then(|pem| Certificate::from_pem(&pem).ok());
        match certificate {
            Some(certificate) => builder = builder.add_root_certificate(certificate),
            None => settings.mistake("roots", "a file with a certificate in PEM"),
        }
    }
    let tls = builder.build_rustls().ok();
    if tls.is_none() {
        settings.mistake("roots", "a set of certificates that TLS can be made of");
    }
    tls
}

impl Email {
    fn compose(&self, letter: &Letter, now: Timestamp) -> Result<(Envelope, Vec<u8>, String), Verdict> {
        let to: Address =
            letter.to.reveal().parse().map_err(|_| Verdict::refused("address", Fate::Elsewhere))?;
        let id = format!("<{}@{}>", letter.message, self.domain);
        let at = std::time::UNIX_EPOCH + Duration::from_millis(u64::try_from(now.0).unwrap_or(0));
        let builder: MessageBuilder = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(&self.subject)
            .date(at)
            .message_id(Some(id.clone()))
            .header(MIME_VERSION_1_0)
            .header(ContentType::TEXT_PLAIN);
        let message = builder.body(letter.text.reveal().to_owned());
        let message = message.map_err(|_| Verdict::refused("malformed", Fate::Elsewhere))?;
        let mut octets = message.formatted();
        if let Some(signer) = &self.dkim {
            let header = signer.header(&octets, now);
            let header = header.ok_or_else(|| Verdict::refused("unsigned", Fate::Unserved))?;
            octets = [header.into_bytes(), octets].concat();
        }
        Ok((message.envelope().clone(), octets, id))
    }

    /// A connection that is ready for a message. Nothing of the message has left when there is none.
    async fn connection(&self) -> Result<AsyncSmtpConnection, Error> {
        loop {
            let kept = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let Some(mut kept) = kept else { break };
            if kept.test_connected().await {
                return Ok(kept);
            }
            kept.abort().await;
        }
        let server = (self.host.as_str(), self.port);
        let tls = (self.security == Security::Tls).then(|| self.tls.clone());
        let time_max = Some(self.time_max);
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(server, time_max, &self.hello, tls, None).await?;
        if self.security == Security::StartTls {
            // A server that does not offer it gets nothing in clear: this fails then.
            connection.starttls(self.tls.clone(), &self.hello).await?;
        }
        if let Some(credentials) = &self.credentials {
            connection.auth(&[Mechanism::Plain, Mechanism::Login], credentials).await?;
        }
        Ok(connection)
    }

    async fn push(&self, letter: &Letter, now: Timestamp) -> Result<Verdict, Verdict> {
        let (envelope, octets, remote) = self.compose(letter, now)?;
        let unserved = |_| Verdict::refused("unreachable", Fate::Unserved);
        let connection = tokio::time::timeout(self.time_max, self.connection()).await.map_err(unserved)?;
        let mut connection = connection.map_err(|error| {
            let code = error.status().map_or_else(|| "unreachable".to_owned(), |code| code.to_string());
            Verdict::refused(code, Fate::Unserved)
        })?;
        match tokio::time::timeout(self.time_max, connection.send(&envelope, &octets)).await {
            Ok(Ok(_)) => {
                let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
                if idle.len() < IDLE_MAX {
                    idle.push(connection);
                }
                Ok(Verdict::Taken { remote })
            }
            Ok(Err(error)) => Err(read(&error)),
            Err(_) => Err(Verdict::unanswered("no answer in time")),
        }
    }
}

/// What a failed exchange means (RFC 5321 §4.2.1): 4yz may pass, 5yz does not; without a reply nobody knows.
fn read(error: &Error) -> Verdict {
    let Some(code) = error.status().map(|code| code.to_string()) else {
        return Verdict::unanswered("the connection broke");
    };
    match code.as_str() {
        // No such mailbox, not here, not allowed: another channel may reach them.
        "550" | "551" | "553" => Verdict::refused(code, Fate::Elsewhere),
        "421" => Verdict::refused(code, Fate::Unserved),
        "530" | "535" => Verdict::refused(code, Fate::Unserved),
        _ if error.is_transient() => Verdict::refused(code, Fate::Retry),
        _ => Verdict::refused(code, Fate::Fail),
    }
}

impl Provider for Email {
    fn send<'a>(&'a self, letter: &'a Letter, now: Timestamp) -> Later<'a, Verdict> {
        Box::pin(async move { self.push(letter, now).await.unwrap_or_else(|verdict| verdict) })
    }
}
