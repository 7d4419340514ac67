//! A server on loopback that answers the official clients of three vendors with canned outcomes, to see that their
//! signatures verify and that they understand our answers. It takes one request after the other and sends nothing.
//!
//! `cargo run -p hongyan-wire --example dialects -- 127.0.0.1:18080`, then point the clients there with the key `testAK`
//! or the account `AC` and 32 zeros, and the secret `testSecret`.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use model::Timestamp;
use wire::http::neutral::{Accepted, Outcome, Refusal, Reply, Report, Status};
use wire::http::{AuthError, Replay, Request, Response, alibaba, tencent, twilio};

const KEY: &str = "testAK";
const SECRET: &str = "testSecret";
const BODY_MAX: u64 = 1 << 20;
const REQUEST_ID: &str = "00000000-0000-0000-0000-000000000000";

fn main() -> io::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:18080".to_owned());
    let listener = TcpListener::bind(&address)?;
    println!("listening on {}", listener.local_addr()?);
    let mut nonces = Replay::new(alibaba::WINDOW, 10_000);
    for stream in listener.incoming() {
        if let Err(error) = serve(stream?, &mut nonces) {
            println!("! {error}");
        }
    }
    Ok(())
}

fn serve(stream: TcpStream, nonces: &mut Replay) -> io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    let mut reader = BufReader::new(stream);
    let (head, body) = receive(&mut reader)?;
    let mut lines = head.lines();
    let bad = || io::Error::other("expected an HTTP request");
    let mut start = lines.next().ok_or_else(bad)?.split(' ');
    let (method, target) = (start.next().ok_or_else(bad)?, start.next().ok_or_else(bad)?);
    let (path, raw_query) = target.split_once('?').unwrap_or((target, ""));
    let headers: Vec<(&str, &str)> = lines.filter_map(|line| line.split_once(':')).collect();
    let headers: Vec<(&str, &str)> = headers.into_iter().map(|(name, value)| (name, value.trim())).collect();
    let request = Request { method, path, raw_query, headers: &headers, body: &body };
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_err(io::Error::other)?;
    let response = answer(&request, nonces, Timestamp(now.as_millis() as i64));
    println!("{method} {path} -> {} {} bytes", response.status, response.body.len());
    write(reader.into_inner(), &response)
}

fn receive(reader: &mut impl BufRead) -> io::Result<(String, Vec<u8>)> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head)? == 0 || head.len() > 65_536 {
            return Err(io::Error::other("expected the end of the head"));
        }
    }
    let lower = head.to_ascii_lowercase();
    let value = |name: &str| {
        let mut fields = lower.lines().filter_map(|line| line.split_once(':'));
        fields.find(|(found, _)| *found == name).map(|(_, value)| value.trim().to_owned())
    };
    let mut body = Vec::new();
    if value("transfer-encoding").as_deref() == Some("chunked") {
        loop {
            let mut size = String::new();
            reader.read_line(&mut size)?;
            let size = u64::from_str_radix(size.trim(), 16).map_err(io::Error::other)?;
            reader.by_ref().take(size.min(BODY_MAX)).read_to_end(&mut body)?;
            reader.read_line(&mut String::new())?;
            if size == 0 || body.len() as u64 > BODY_MAX {
                break;
            }
        }
    } else {
        let size: u64 = value("content-length").and_then(|size| size.parse().ok()).unwrap_or(0);
        reader.take(size.min(BODY_MAX)).read_to_end(&mut body)?;
    }
    Ok((head, body))
}

fn write(mut stream: TcpStream, response: &Response) -> io::Result<()> {
    let mut head = format!("HTTP/1.1 {} X\r\nConnection: close\r\n", response.status);
    if let Some(content_type) = response.content_type {
        head.push_str(&format!("Content-Type: {content_type}\r\n"));
    }
    for (name, value) in &response.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if response.status != 204 {
        head.push_str(&format!("Content-Length: {}\r\n", response.body.len()));
    }
    stream.write_all(head.as_bytes())?;
    stream.write_all(b"\r\n")?;
    stream.write_all(&response.body)
}

fn answer(request: &Request<'_>, nonces: &mut Replay, now: Timestamp) -> Response {
    let is_tencent = request.header("x-tc-action").is_some()
        || String::from_utf8_lossy(request.body).contains("SecretId=")
        || request.raw_query.contains("SecretId=");
    if request.path.starts_with("/2010-04-01/") {
        twilio_answer(request, now)
    } else if request.path.starts_with("/v1/") {
        Response::json(200, &serde_json::json!({"success": true}))
    } else if is_tencent {
        tencent_answer(request, nonces, now)
    } else {
        alibaba_answer(request, nonces, now)
    }
}

fn report(now: Timestamp) -> Report {
    Report {
        code: Some("DELIVERED".to_owned()),
        description: Some("用户接收成功".to_owned()),
        sent_at: Some(now),
        reported_at: Some(now),
        reference: Some("o-1".to_owned()),
        template: Some("SMS_123456".to_owned()),
        text: Some("【测试银行】您的验证码是1234".to_owned()),
        ..Report::new("900000000000000000^0", "+8613800138000", Status::Delivered)
    }
}

/// The first number is taken, any further one has opted out.
fn outcomes<'a>(numbers: impl Iterator<Item = &'a String>) -> Vec<Outcome> {
    let taken = Accepted { id: "900000000000000000^0".to_owned(), parts: 1 };
    let result = |at| if at == 0 { Ok(taken.clone()) } else { Err(Refusal::OptedOut) };
    numbers.enumerate().map(|(at, to)| Outcome { to: to.clone(), result: result(at) }).collect()
}

fn alibaba_answer(request: &Request<'_>, nonces: &mut Replay, now: Timestamp) -> Response {
    let host = request.header("host").unwrap_or_default();
    let verified = alibaba::present(request).and_then(|presented| {
        let secret = Some(SECRET).filter(|_| presented.key_id() == KEY).ok_or(AuthError::UnknownKey)?;
        presented.verify(request, secret, now)?;
        nonces.admit(&presented.nonce(), now)?;
        Ok(presented)
    });
    let presented = match verified {
        Ok(presented) => presented,
        Err(error) => return alibaba::answer::unauthorised(&error, REQUEST_ID, host),
    };
    match presented.action(request) {
        Ok(alibaba::Action::Send(sends)) => {
            alibaba::answer::sent(&outcomes(sends.iter().flat_map(|send| &send.to)), REQUEST_ID)
        }
        Ok(alibaba::Action::Details(_)) => alibaba::answer::details(&[report(now)], 1, REQUEST_ID),
        Ok(alibaba::Action::Statistics(query)) => {
            let day = alibaba::answer::DayCount { day: query.start, total: 10, delivered: 8, failed: 1 };
            alibaba::answer::statistics(&[day], 1, REQUEST_ID)
        }
        Err(fault) => alibaba::answer::fault(&fault, REQUEST_ID, host),
    }
}

fn tencent_answer(request: &Request<'_>, nonces: &mut Replay, now: Timestamp) -> Response {
    use tencent::{Action, answer};
    let verified = tencent::present(request).and_then(|presented| {
        let secret = Some(SECRET).filter(|_| presented.key_id() == KEY).ok_or(AuthError::UnknownKey)?;
        presented.verify(request, secret, now)?;
        Ok(presented)
    });
    let presented = match verified {
        Ok(presented) => presented,
        Err(error) => return answer::unauthorised(&error, REQUEST_ID),
    };
    let action = match presented.action(request) {
        Ok(action) => action,
        Err(fault) => return answer::fault(&fault, REQUEST_ID),
    };
    if action.must_be_once()
        && let Err(error) = nonces.admit(&presented.replay_key(request), now)
    {
        return answer::unauthorised(&error, REQUEST_ID);
    }
    let reply = Reply {
        from: "+8613800138000".to_owned(),
        text: "R".to_owned(),
        at: now,
        extend: Some("01".to_owned()),
        sign_name: Some("测试银行".to_owned()),
        sequence: None,
    };
    match action {
        Action::Send(send) => answer::sent(&outcomes(send.to.iter()), send.reference.as_deref(), REQUEST_ID),
        Action::PullReports(_) | Action::ReportsOf(_) => answer::reports(&[report(now)], REQUEST_ID),
        Action::PullReplies(_) | Action::RepliesOf(_) => answer::replies(&[reply], REQUEST_ID),
        Action::SendStatistics(_) => answer::send_statistics(answer::SendCounts::default(), REQUEST_ID),
        Action::CallbackStatistics(_) => {
            answer::callback_statistics(answer::CallbackCounts::default(), REQUEST_ID)
        }
        Action::Packages(_) => {
            let package = answer::Package { id: 1, from: now, until: now, amount: 1_000, used: 1 };
            answer::packages(&[package], REQUEST_ID)
        }
        Action::Conversion(_) => answer::conversion(&Ok(()), REQUEST_ID),
    }
}

fn twilio_answer(request: &Request<'_>, now: Timestamp) -> Response {
    use twilio::{Action, resource};
    let account = twilio::sid("AC", 0);
    let verified = twilio::Presented::read(request).and_then(|presented| {
        let secret = Some(SECRET).filter(|_| presented.user() == account);
        presented.verify(secret.ok_or(AuthError::UnknownKey)?)
    });
    if let Err(error) = verified {
        return resource::unauthorised(&error);
    }
    let call = match twilio::Call::read(request) {
        Ok(call) if call.account == account => call,
        Ok(_) => return resource::not_found(),
        Err(fault) => return resource::fault(&fault),
    };
    let message = |status: Status, send: Option<&wire::http::Send>| {
        let to = send.and_then(|send| send.to.first()).map_or("+8613800138000", String::as_str);
        twilio::Resource {
            account: account.clone(),
            report: Report {
                text: send.and_then(|send| send.text.clone()),
                ..Report::new(twilio::sid("SM", 1), twilio::resource::recipient(to), status)
            },
            from: send.and_then(|send| send.sender.clone()),
            service: send.and_then(|send| send.application.clone()),
            created: now,
            updated: now,
            media: send.map_or(0, |send| send.media.len()),
            is_inbound: false,
        }
    };
    match call.action {
        Action::Create(send) if send.to.iter().any(|to| to == "+15005550001") => {
            resource::refused(&Refusal::InvalidNumber)
        }
        Action::Create(send) => {
            let status = if send.schedule_at.is_some() { Status::Held } else { Status::Queued };
            resource::created(&message(status, Some(&send)))
        }
        Action::Fetch(_) => resource::fetched(&message(Status::Delivered, None)),
        Action::List(filter) => {
            let next = (filter.page == 0).then_some("PASM1");
            resource::list(request, &filter, &[message(Status::Delivered, None)], next)
        }
        Action::Cancel(_) => resource::fetched(&message(Status::Canceled, None)),
        Action::Redact(_) => resource::fetched(&message(Status::Delivered, None)),
        Action::Delete(_) => resource::deleted(),
    }
}
