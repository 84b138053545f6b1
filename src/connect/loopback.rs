//! A redirect to this machine (RFC 8252 section 7.3), for programs without a public address.

use std::convert::Infallible;
use std::sync::Arc;

use acquaint_core::store::Connection;
use acquaint_core::{Error, Result};
use bytes::Bytes;
use http::{Response, StatusCode, header};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use url::Url;

use acquaint_core::oauth::ParsedCallback;

use super::{Finished, Initiator, finish};
use crate::engine::Engine;

const PATH: &str = "/callback";

/// A port of 127.0.0.1 that waits for one redirect.
#[derive(Debug)]
pub(super) struct Listener {
    listener: TcpListener,
    redirect: Url,
}

impl Listener {
    pub(super) async fn bind(port: u16) -> Result<Self> {
        let failed = |error: std::io::Error| {
            Error::unavailable(error).with("address", "127.0.0.1").operation("on_loopback")
        };
        let listener = TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, port)).await.map_err(failed)?;
        let port = listener.local_addr().map_err(failed)?.port();
        let redirect = Url::parse(&format!("http://127.0.0.1:{port}{PATH}"))
            .map_err(|error| Error::bug("the loopback address is no address").with_source(error))?;
        Ok(Self { listener, redirect })
    }

    pub(super) fn redirect(&self) -> &Url {
        &self.redirect
    }

    /// Answers requests until one finishes the authorisation, or fails it. Anything else that knocks is sent
    /// away: browsers ask for icons.
    pub(super) async fn serve(self, engine: &Arc<Engine>, initiator: &Initiator) -> Result<Connection> {
        let (finished, mut outcome) = mpsc::channel(1);
        let accept = async {
            loop {
                let (stream, _) = self.listener.accept().await.map_err(Error::unavailable)?;
                let (engine, initiator, finished) = (Arc::clone(engine), initiator.clone(), finished.clone());
                tokio::spawn(async move {
                    let service = service_fn(move |request| {
                        answer(Arc::clone(&engine), initiator.clone(), finished.clone(), request)
                    });
                    // A browser that hangs up is no concern of ours.
                    let _ = hyper::server::conn::http1::Builder::new()
                        .keep_alive(false)
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
        };
        tokio::select! {
            failed = accept => failed,
            outcome = outcome.recv() => outcome.unwrap_or_else(|| Err(Error::bug("nobody answers the redirect"))),
        }
    }
}

async fn answer(
    engine: Arc<Engine>,
    initiator: Initiator,
    finished: mpsc::Sender<Result<Connection>>,
    request: http::Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    if request.uri().path() != PATH {
        return Ok(page(StatusCode::NOT_FOUND, "Not found."));
    }
    let finished_now = finish::finish(&engine, request.uri().query().unwrap_or_default(), &initiator).await;
    // Browsers fetch ahead and scanners guess: what answers nothing that was begun here ends nothing.
    let stray = matches!(&finished_now, Ok(finished) if finished.is_stray())
        || ParsedCallback::parse(request.uri().query().unwrap_or_default()).is_err();
    let outcome = finished_now.and_then(Finished::into_result);
    let (status, text) = match &outcome {
        Ok(_) => (StatusCode::OK, "Connected. You can close this window."),
        Err(_) => (StatusCode::BAD_REQUEST, "That did not work. The program that you came from says why."),
    };
    if !stray {
        // A second redirect after the first is of no interest.
        let _ = finished.try_send(outcome);
    }
    Ok(page(status, text))
}

fn page(status: StatusCode, text: &'static str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from_static(text.as_bytes())));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static("text/plain; charset=utf-8"));
    // The address of this page holds the code: it must not travel on as a referrer.
    headers.insert(header::REFERRER_POLICY, header::HeaderValue::from_static("no-referrer"));
    response
}
