//! The sandbox over a real socket, for any HTTP client.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod google_support;

use acquaint_testkit::sandbox::{Loopback, Traffic};
use google_support::world;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

#[tokio::test]
async fn a_list_comes_over_a_socket_as_it_does_in_process() {
    let world = world();
    world.meeting("over the wire", "2026-10-14T10:00:00");
    let server = Loopback::start(world.google.clone()).await.unwrap();
    let mut socket = TcpStream::connect(server.address()).await.unwrap();
    let request = format!(
        "GET /calendar/v3/calendars/primary/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: {}\r\n\
         Connection: close\r\n\r\n",
        world.bearer
    );
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 OK"), "{head}");
    assert!(head.to_lowercase().contains("content-type: application/json; charset=utf-8"), "{head}");
    let body: serde_json::Value = serde_json::from_str(body).unwrap();
    // A second list shows the same but its token's revision.
    assert_eq!(body, world.list(""));
}

/// Sends a list's request with these headers and brings the head and the body of its answer, as bytes.
async fn exchange(server: &Loopback, bearer: &str, headers: &str) -> (String, Vec<u8>, usize) {
    let mut socket = TcpStream::connect(server.address()).await.unwrap();
    let request = format!(
        "GET /calendar/v3/calendars/primary/events HTTP/1.1\r\nhost: localhost\r\nauthorization: {bearer}\r\n\
         {headers}connection: close\r\n\r\n"
    );
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).await.unwrap();
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
    let body = answer.split_off(end);
    (String::from_utf8(answer).unwrap().to_lowercase(), body, request.len())
}

#[tokio::test]
async fn bodies_are_compressed_for_those_who_accept_it_and_say_so_in_their_name() {
    let world = world();
    for hour in 10..20 {
        world.meeting("over the wire", &format!("2026-10-14T{hour}:00:00"));
    }
    let server = Loopback::start(world.google.clone()).await.unwrap();
    let agent = "user-agent: my-program (gzip)\r\n";
    let (head, plain, _) = exchange(&server, &world.bearer, agent).await;
    assert!(!head.contains("content-encoding"), "{head}");
    let accept = "accept-encoding: gzip, deflate\r\n";
    let (head, same, _) = exchange(&server, &world.bearer, accept).await;
    assert!(!head.contains("content-encoding") && same == plain, "{head}");
    let refuse = format!("{agent}accept-encoding: gzip;q=0, *\r\n");
    assert_eq!(exchange(&server, &world.bearer, &refuse).await.1, plain);
    for accept in [accept, "accept-encoding: br, *;q=0.1\r\n"] {
        let (head, small, _) = exchange(&server, &world.bearer, &format!("{agent}{accept}")).await;
        assert!(head.contains("content-encoding: gzip"), "{head}");
        assert!(small.len() * 3 < plain.len(), "{} of {}", small.len(), plain.len());
        let mut read = Vec::new();
        std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(&small[..]), &mut read).unwrap();
        assert_eq!(read, plain);
    }
}

#[tokio::test]
async fn traffic_is_what_goes_over_the_wire() {
    let world = world();
    world.meeting("over the wire", "2026-10-14T10:00:00");
    let server = Loopback::start(world.google.clone()).await.unwrap();
    assert_eq!(server.traffic(), Traffic::default());
    let (mut received, mut sent) = (0, 0);
    for headers in ["", "user-agent: gzip\r\naccept-encoding: gzip\r\n"] {
        let (head, body, asked) = exchange(&server, &world.bearer, headers).await;
        received += asked;
        // The one header that is not counted.
        sent += head.len() - "connection: close\r\n".len() + body.len();
    }
    let traffic = server.traffic();
    assert_eq!(
        (traffic.requests, traffic.received, traffic.sent),
        (2, u64::try_from(received).unwrap(), u64::try_from(sent).unwrap())
    );
}
