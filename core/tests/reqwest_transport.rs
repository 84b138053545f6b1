//! The promises of a transport, kept by the one over `reqwest`.
#![cfg(feature = "reqwest")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::time::Duration;

use acquaint_core::http::{HttpTransport as _, Request, ReqwestTransport, TransportError};
use bytes::Bytes;
use wiremock::matchers::{body_string, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

fn get(url: impl AsRef<str>) -> Request {
    http::Request::get(url.as_ref()).body(Bytes::new()).unwrap()
}

fn transport() -> ReqwestTransport {
    ReqwestTransport::new().unwrap()
}

/// A server that does one raw thing to one connection.
fn raw(act: impl FnOnce(std::net::TcpStream) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.read(&mut [0; 4096]);
        act(stream);
    });
    format!("http://{address}/")
}

#[tokio::test]
async fn a_request_arrives_whole_and_its_answer_comes_back_whole() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/x"))
        .and(header("x-one", "1"))
        .and(body_string("hello"))
        .respond_with(ResponseTemplate::new(418).insert_header("x-two", "2").set_body_string("tea"))
        .expect(1)
        .mount(&server)
        .await;
    let request = http::Request::post(format!("{}/x?y=z", server.uri())).header("x-one", "1");
    let answer = transport().send(request.body(Bytes::from_static(b"hello")).unwrap()).await.unwrap();
    assert_eq!(answer.status(), 418);
    assert_eq!(answer.headers()["x-two"], "2");
    assert_eq!(answer.body(), "tea");
}

#[tokio::test]
async fn it_says_who_it_is_and_that_it_takes_compressed_answers() {
    let server = MockServer::start().await;
    Mock::given(header("user-agent", concat!("acquaint/", env!("CARGO_PKG_VERSION"), " (gzip)")))
        .and(header("accept-encoding", "gzip"))
        .respond_with(ResponseTemplate::new(200))
        .mount(&server)
        .await;
    assert_eq!(transport().send(get(server.uri())).await.unwrap().status(), 200);
}

#[tokio::test]
async fn no_redirect_is_followed() {
    let server = MockServer::start().await;
    Mock::given(path("/elsewhere")).respond_with(ResponseTemplate::new(200)).expect(0).mount(&server).await;
    for status in [301, 302, 303, 307, 308] {
        Mock::given(path("/start"))
            .respond_with(ResponseTemplate::new(status).insert_header("location", "/elsewhere"))
            .up_to_n_times(1)
            .mount(&server)
            .await;
        let answer = transport().send(get(format!("{}/start", server.uri()))).await.unwrap();
        assert_eq!(answer.status(), status);
    }
}

#[tokio::test]
async fn an_answer_by_way_of_a_redirect_is_thrown_away() {
    let server = MockServer::start().await;
    Mock::given(path("/start"))
        .respond_with(ResponseTemplate::new(302).insert_header("location", "/elsewhere"))
        .mount(&server)
        .await;
    Mock::given(path("/elsewhere")).respond_with(ResponseTemplate::new(200)).mount(&server).await;
    let careless = ReqwestTransport::from_client(reqwest::Client::new());
    let error = careless.send(get(format!("{}/start", server.uri()))).await.unwrap_err();
    assert_eq!(error, TransportError::Unsendable);
    assert_eq!(careless.send(get(format!("{}/elsewhere#part", server.uri()))).await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_body_over_the_limit_is_cut_off() {
    let server = MockServer::start().await;
    Mock::given(path("/"))
        .respond_with(ResponseTemplate::new(200).set_body_bytes(vec![b'x'; 1001]))
        .mount(&server)
        .await;
    let limited = |bytes| transport().body_limit(bytes);
    assert_eq!(limited(1001).send(get(server.uri())).await.unwrap().body().len(), 1001);
    assert_eq!(limited(1000).send(get(server.uri())).await.unwrap_err(), TransportError::TooLarge);
}

#[tokio::test]
async fn a_compressed_body_counts_as_what_it_becomes() {
    // A hundred thousand times the digit 0, by `gzip`.
    let head = [
        0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xed, 0xc1, 0x31, 0x01, 0x00, 0x00, 0x00,
        0xc2, 0xa0, 0x4a, 0xeb, 0x9f, 0xce, 0x1a, 0x1e, 0x40, 0x01,
    ];
    let tail = [0xaf, 0x06, 0x85, 0xc2, 0x4d, 0xc5, 0xa0, 0x86, 0x01, 0x00];
    let bytes = [&head[..], &[0; 96], &tail].concat();
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(200).insert_header("content-encoding", "gzip").set_body_bytes(bytes);
    Mock::given(header("accept-encoding", "gzip")).respond_with(answer).mount(&server).await;
    assert_eq!(transport().send(get(server.uri())).await.unwrap().body().len(), 100_000);
    let error = transport().body_limit(99_999).send(get(server.uri())).await.unwrap_err();
    assert_eq!(error, TransportError::TooLarge);
}

#[tokio::test]
async fn what_keeps_an_answer_from_coming_is_told_apart() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let connect = transport().send(get(format!("http://{closed}/"))).await.unwrap_err();
    assert_eq!(connect, TransportError::Connect);

    let broken = raw(drop);
    assert_eq!(transport().send(get(broken)).await.unwrap_err(), TransportError::Broken);

    let cut = raw(|mut stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nshort").unwrap();
    });
    assert_eq!(transport().send(get(cut)).await.unwrap_err(), TransportError::Broken);

    let unsendable = transport().send(get("/no-host")).await.unwrap_err();
    assert_eq!(unsendable, TransportError::Unsendable);
}

#[tokio::test]
async fn silence_is_a_time_out_before_the_head_and_within_the_body() {
    let (hold, held) = std::sync::mpsc::channel::<()>();
    let silent = raw(move |_stream| {
        let _ = held.recv();
    });
    let short = transport().timeout(Duration::from_millis(50));
    assert_eq!(short.send(get(silent)).await.unwrap_err(), TransportError::Timeout);
    drop(hold);

    let (hold, held) = std::sync::mpsc::channel::<()>();
    let stalled = raw(move |mut stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nshort").unwrap();
        let _ = held.recv();
    });
    assert_eq!(short.send(get(stalled)).await.unwrap_err(), TransportError::Timeout);
    drop(hold);
}
