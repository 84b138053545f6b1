//! The sandbox over a real socket, for any HTTP client.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod google_support;

use acquaint_testkit::sandbox::Loopback;
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
