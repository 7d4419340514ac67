//! The client against small servers on loopback that say exactly what each test needs.

use super::*;
use crate::tls_fixture::acceptor;
use engine::world::Allow;
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

/// Answers every connection's first request with `answer`, and reports what it read. An empty answer: says nothing.
async fn server(answer: &'static str) -> (u16, mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (tell, told) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let tell = tell.clone();
            tokio::spawn(async move {
                let mut request = vec![0; 4_096];
                let count = stream.read(&mut request).await.unwrap();
                let _ = tell.send(String::from_utf8_lossy(&request[..count]).into_owned());
                stream.write_all(answer.as_bytes()).await.unwrap();
                if answer.is_empty() {
                    let _ = stream.read(&mut request).await;
                }
            });
        }
    });
    (port, told)
}

fn client(reach: Reach) -> Client {
    Client::new(&ClientOptions { reach, ..ClientOptions::default() }).unwrap()
}

fn get(uri: &str) -> Call {
    Call::new(Method::GET, uri.parse().unwrap(), "")
}

#[tokio::test]
async fn a_redirect_is_an_answer() {
    let (port, mut told) =
        server("HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/\r\ncontent-length: 2\r\n\r\nno")
            .await;
    let answer = client(Reach::Anywhere).call(get(&format!("http://127.0.0.1:{port}/a?b"))).await.unwrap();
    assert_eq!((answer.status, &answer.body[..]), (302, &b"no"[..]));
    let request = told.recv().await.unwrap().to_ascii_lowercase();
    assert!(request.starts_with("get /a?b http/1.1\r\n"), "{request}");
    assert!(request.contains(&format!("host: 127.0.0.1:{port}\r\n")), "{request}");
}

#[tokio::test]
async fn addresses_inside_are_refused_before_anything_is_sent() {
    let (port, mut told) = server("HTTP/1.1 204 No Content\r\n\r\n").await;
    let outside = client(Reach::Public(Vec::new()));
    for host in ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0x7f000001", "2130706433"] {
        let error = outside.call(get(&format!("http://{host}:{port}/"))).await.unwrap_err();
        assert!(error.is_unsent(), "{host}: {error}");
        assert!(!matches!(error, CallError::Broken { .. } | CallError::TimedOut { .. }), "{host}: {error}");
    }
    assert!(told.try_recv().is_err());
    let besides = client(Reach::Public(vec![Allow::parse("127.0.0.0/8").unwrap()]));
    assert_eq!(besides.call(get(&format!("http://127.0.0.1:{port}/"))).await.unwrap().status, 204);
}

#[tokio::test]
async fn only_the_schemes_that_are_meant_are_called() {
    let secure = Client::new(&ClientOptions { plain: false, ..ClientOptions::default() }).unwrap();
    let error = secure.call(get("http://127.0.0.1:1/")).await.unwrap_err();
    assert!(matches!(error, CallError::Forbidden { .. }), "{error}");
    for bad in ["ftp://127.0.0.1/", "http://user:secret@127.0.0.1/"] {
        let error = client(Reach::Anywhere).call(get(bad)).await.unwrap_err();
        assert!(matches!(error, CallError::Forbidden { .. }), "{error}");
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}

#[tokio::test]
async fn what_does_not_end_is_ended() {
    let (port, _told) = server("").await;
    let mut call = get(&format!("http://127.0.0.1:{port}/"));
    call.time_max = Duration::from_millis(50);
    let error = client(Reach::Anywhere).call(call).await.unwrap_err();
    assert!(matches!(error, CallError::TimedOut { .. }) && !error.is_unsent(), "{error}");
    let (port, _told) = server("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n123456789").await;
    let mut call = get(&format!("http://127.0.0.1:{port}/"));
    call.answer_bytes_max = 8;
    let error = client(Reach::Anywhere).call(call).await.unwrap_err();
    assert!(matches!(error, CallError::TooLong { status: 200, bytes_max: 8, .. }), "{error}");
}

#[tokio::test]
async fn what_was_perhaps_seen_is_told_from_what_surely_was_not() {
    let (port, mut told) = server("SSH-2.0-nonsense\r\n").await;
    let error = client(Reach::Anywhere).call(get(&format!("http://127.0.0.1:{port}/"))).await.unwrap_err();
    assert!(matches!(error, CallError::Broken { .. }), "{error}");
    assert!(told.recv().await.is_some());
    assert!(told.try_recv().is_err(), "it was not tried again");
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let error = client(Reach::Anywhere).call(get(&format!("http://127.0.0.1:{closed}/"))).await.unwrap_err();
    assert!(matches!(error, CallError::Unreachable { .. }) && error.is_unsent(), "{error}");
}

#[tokio::test]
async fn a_request_of_a_dialect_keeps_its_path_query_and_headers() {
    let (port, mut told) = server("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let outgoing = wire::http::Outgoing {
        method: "POST",
        path: "/a%20b".to_owned(),
        raw_query: "x=%2B&y".to_owned(),
        headers: vec![("host".to_owned(), "example.test".to_owned()), ("x-a".to_owned(), "1".to_owned())],
        body: b"hello".to_vec(),
    };
    let base = format!("http://127.0.0.1:{port}/base/").parse().unwrap();
    let call = Call::of(&base, &outgoing).unwrap();
    assert!(!format!("{call:?}").contains("hello"));
    client(Reach::Anywhere).call(call).await.unwrap();
    let request = told.recv().await.unwrap();
    assert!(request.starts_with("POST /base/a%20b?x=%2B&y HTTP/1.1\r\n"), "{request}");
    assert!(request.contains("host: example.test\r\n") && request.contains("x-a: 1\r\n"), "{request}");
    assert!(request.ends_with("\r\n\r\nhello"), "{request}");
}

#[test]
fn certificates_that_are_none_are_refused() {
    for bad in ["nonsense", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        let options = ClientOptions { roots_pem: bad.as_bytes().to_vec(), ..ClientOptions::default() };
        assert!(matches!(Client::new(&options), Err(ClientError::Roots(_))), "{bad}");
    }
}

/// A server over TLS that answers with the version of HTTP that a call came in. Returns its port and whom to trust.
async fn secure(protocols: &[&str]) -> (u16, Vec<u8>) {
    let (root, acceptor) = acceptor(protocols);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(stream) = acceptor.accept(stream).await else { continue };
            let is_two = stream.get_ref().1.alpn_protocol() == Some(b"h2");
            let service = service_fn(|request: Request<Incoming>| async move {
                let version = format!("{:?} {}", request.version(), request.uri().path());
                Ok::<_, std::convert::Infallible>(hyper::Response::new(Full::new(Bytes::from(version))))
            });
            let stream = TokioIo::new(stream);
            tokio::spawn(async move {
                // The client ends the connection as it likes.
                if is_two {
                    let _ = http2::Builder::new(TokioExecutor::new()).serve_connection(stream, service).await;
                } else {
                    let _ = http1::Builder::new().serve_connection(stream, service).await;
                }
            });
        }
    });
    (port, root.into_bytes())
}

#[tokio::test]
async fn tls_agrees_on_the_version_and_trusts_only_whom_it_should() {
    let offers: [(&[&str], bool, &str); 4] = [
        (&["h2", "http/1.1"], false, "HTTP/2.0 /a"),
        (&["http/1.1"], false, "HTTP/1.1 /a"),
        (&[], false, "HTTP/1.1 /a"),
        (&["h2"], true, "HTTP/2.0 /a"),
    ];
    for (protocols, http2_only, expected) in offers {
        let (port, roots_pem) = secure(protocols).await;
        let uri = format!("https://127.0.0.1:{port}/a");
        let options = ClientOptions { roots_pem, http2_only, ..ClientOptions::default() };
        let answer = Client::new(&options).unwrap().call(get(&uri)).await.unwrap();
        assert_eq!((answer.status, &answer.body[..]), (200, expected.as_bytes()), "{protocols:?}");
        // The list that ships does not know the authority of a test; another name is another server.
        let (_, other) = secure(&[]).await;
        for roots_pem in [Vec::new(), other] {
            let options = ClientOptions { roots_pem, http2_only, ..ClientOptions::default() };
            let error = Client::new(&options).unwrap().call(get(&uri)).await.unwrap_err();
            assert!(error.is_unsent() && error.to_string().contains("UnknownIssuer"), "{error}");
        }
        let error = Client::new(&options).unwrap().call(get(&uri.replace("127.0.0.1", "localhost"))).await;
        let error = error.unwrap_err();
        assert!(error.is_unsent() && error.to_string().contains("certificate not valid"), "{error}");
    }
}
