//! The stand-in on the wire: HTTP in and out, the log of requests, and faults below HTTP.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use std::{io, iter};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::connect_info::Connected;
use axum::extract::{ConnectInfo, DefaultBodyLimit, FromRequest, Multipart, State as Shared};
use axum::http::{Request as HttpRequest, StatusCode, header};
use axum::response::Response;
use axum::serve::{IncomingStream, Listener};
use futures_util::stream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;

use crate::clock::Clock;
use crate::faults::{Fault, Faults};
use crate::http::{Input, Payload, Reply, Request};
use crate::site::Site;
use crate::state::State;
use crate::throttle::Throttle;

/// The largest body that EvalAI's proxy lets through.
const LARGEST_BODY: usize = 200 << 20;

/// One request that came over the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedRequest {
    /// The method.
    pub method: String,
    /// Path and query as sent.
    pub path: String,
    /// The host that the client meant: media may be asked of another one.
    pub host: String,
    /// Whether an `Authorization` header came with it.
    pub had_authorization: bool,
    /// The status that was answered; `None` if the connection was cut instead.
    pub status: Option<u16>,
}

/// What all requests share.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) state: State,
    pub(crate) clock: Clock,
    pub(crate) throttle: Option<Throttle>,
    pub(crate) faults: Faults,
    /// Whether anybody listens.
    pub(crate) listens: watch::Sender<bool>,
    pub(crate) log: Vec<LoggedRequest>,
    pub(crate) url: String,
    pub(crate) media: String,
}

impl World {
    /// The answer to a request; `limited` requests count against the rate limit.
    pub(crate) fn answer(&mut self, request: &Request, limited: bool) -> Reply {
        Site {
            now: self.clock.now(),
            state: &mut self.state,
            throttle: self.throttle.as_mut().filter(|_| limited),
            url: &self.url,
            media: &self.media,
        }
        .answer(request)
    }
}

/// The world, shared between the server's thread and the test's.
#[derive(Debug, Clone)]
pub(crate) struct SharedWorld(Arc<Mutex<World>>);

impl SharedWorld {
    pub(crate) fn new(world: World) -> Self {
        Self(Arc::new(Mutex::new(world)))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Serves the world until the returned future is dropped.
pub(crate) async fn serve(listener: TcpListener, world: SharedWorld) -> io::Result<()> {
    let tap = Tap {
        address: listener.local_addr()?,
        listener: Some(listener),
        listens: world.lock().listens.subscribe(),
    };
    let app = Router::new()
        .fallback(handle)
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .with_state(world);
    axum::serve(tap, app.into_make_service_with_connect_info::<Cut>()).await
}

async fn handle(
    Shared(world): Shared<SharedWorld>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    http: HttpRequest<Body>,
) -> Response {
    let request = read(http).await;
    let fault = world
        .lock()
        .faults
        .take(&format!("{} {}", request.method, request.target));
    if let Some(Fault::Delay(time)) = &fault {
        tokio::time::sleep(*time).await;
    }
    let mut world = world.lock();
    let mut reply = match &fault {
        Some(Fault::Answer {
            status,
            headers,
            body,
        }) => Reply {
            status: *status,
            headers: headers.clone(),
            body: Bytes::from(body.clone()),
        },
        _ => world.answer(&request, true),
    };
    if matches!(fault, Some(Fault::NobodyListens)) {
        world.listens.send_replace(false);
    }
    if !*world.listens.borrow() {
        cut.instead(Vec::new());
    }
    match &fault {
        Some(Fault::InvalidJson) => reply.body.truncate(reply.body.len() / 2),
        Some(Fault::Json(value)) => reply.body = value.to_string().into(),
        Some(Fault::Mangled(mangle)) => {
            if let Ok(value) = serde_json::from_slice(&reply.body) {
                reply.body = mangle(value).into();
            }
        }
        Some(Fault::Reset) => cut.instead(Vec::new()),
        Some(Fault::CutInHeaders) => cut.instead(b"HTTP/1.1 200 OK\r\nContent-Ty".to_vec()),
        Some(Fault::CutInBody) => cut.instead(half(&reply)),
        _ => {}
    }
    world.log.push(LoggedRequest {
        host: request.header("host").unwrap_or_default().to_owned(),
        had_authorization: request.headers.contains_key(header::AUTHORIZATION),
        status: (!cut.is_planned()).then_some(reply.status),
        method: request.method,
        path: request.target,
    });
    write(reply, fault.as_ref())
}

/// An answer that promises its whole body and sends half of it.
fn half(reply: &Reply) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 {} Cut\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        reply.status,
        reply.body.len().max(2),
    );
    [head.as_bytes(), &reply.body[..reply.body.len() / 2]].concat()
}

async fn read(http: HttpRequest<Body>) -> Request {
    let target = http
        .uri()
        .path_and_query()
        .map_or("/", |target| target.as_str());
    let mut request = Request::new(http.method().as_str(), target);
    request.headers = http.headers().clone();
    let content_type = request
        .header("content-type")
        .unwrap_or_default()
        .to_owned();
    request.payload = if content_type.starts_with("multipart/form-data") {
        form(http)
            .await
            .unwrap_or_else(|detail| Payload::Unreadable(400, detail))
    } else {
        match to_bytes(http.into_body(), LARGEST_BODY).await {
            Ok(bytes) if bytes.is_empty() => Payload::Empty,
            Ok(bytes) if content_type.starts_with("application/json") => Payload::from_json(&bytes),
            Ok(_) => Payload::Unreadable(
                415,
                format!("Unsupported media type \"{content_type}\" in request."),
            ),
            Err(error) => Payload::Unreadable(400, error.to_string()),
        }
    };
    request
}

async fn form(http: HttpRequest<Body>) -> Result<Payload, String> {
    let refused = |error: &dyn std::error::Error| format!("Multipart form parse error - {error}");
    let mut form = Multipart::from_request(http, &())
        .await
        .map_err(|error| refused(&error))?;
    let mut fields = Vec::new();
    while let Some(part) = form.next_field().await.map_err(|error| refused(&error))? {
        let name = part.name().unwrap_or_default().to_owned();
        let file = part.file_name().map(str::to_owned);
        let bytes = part.bytes().await.map_err(|error| refused(&error))?;
        let input = match file {
            Some(name) => Input::File { name, bytes },
            None => Input::Text(String::from_utf8_lossy(&bytes).into_owned()),
        };
        fields.push((name, input));
    }
    Ok(Payload::Fields(fields))
}

fn write(reply: Reply, fault: Option<&Fault>) -> Response {
    let mut response = Response::new(body(reply.body, fault));
    *response.status_mut() =
        StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in reply.headers {
        if let Ok(value) = value.parse() {
            response.headers_mut().append(name, value);
        }
    }
    response
}

/// A body that comes as the fault wants it.
fn body(bytes: Bytes, fault: Option<&Fault>) -> Body {
    match fault {
        Some(&Fault::Drip(each)) => {
            Body::from_stream(stream::unfold(bytes, move |mut rest| async move {
                if rest.is_empty() {
                    return None;
                }
                tokio::time::sleep(each).await;
                Some((Ok::<_, Infallible>(rest.split_to(1)), rest))
            }))
        }
        Some(Fault::Endless) => {
            let blanks = iter::repeat(Bytes::from(vec![b' '; 1 << 16]));
            let all = iter::once(bytes).chain(blanks);
            Body::from_stream(stream::iter(all.map(Ok::<_, Infallible>)))
        }
        _ => Body::from(bytes),
    }
}

/// What one connection sends instead of the next answer, before it ends.
#[derive(Debug, Clone, Default)]
struct Cut(Arc<Mutex<Option<Vec<u8>>>>);

impl Cut {
    fn lock(&self) -> MutexGuard<'_, Option<Vec<u8>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn instead(&self, bytes: Vec<u8>) {
        *self.lock() = Some(bytes);
    }

    fn is_planned(&self) -> bool {
        self.lock().is_some()
    }
}

impl Connected<IncomingStream<'_, Tap>> for Cut {
    fn connect_info(stream: IncomingStream<'_, Tap>) -> Self {
        stream.io().cut.clone()
    }
}

/// A listener whose connections can be cut, and that can go and come back.
struct Tap {
    address: SocketAddr,
    /// `None` while it is away.
    listener: Option<TcpListener>,
    listens: watch::Receiver<bool>,
}

impl Tap {
    /// Listens no more until it is told to. The port stays its own meanwhile.
    async fn go_away(&mut self) -> io::Result<()> {
        drop(self.listener.take());
        let port = self.reserve().await?;
        // Whoever could tell it has gone otherwise.
        let _ = self.listens.wait_for(|listens| *listens).await;
        self.listener = Some(port.listen(1024)?);
        Ok(())
    }
}

impl Tap {
    /// Takes the port again without listening. Somebody's connection may have got it in between: that passes.
    async fn reserve(&self) -> io::Result<TcpSocket> {
        let mut tries = 0;
        loop {
            let port = TcpSocket::new_v4()?;
            port.set_reuseaddr(true)?;
            match port.bind(self.address) {
                Err(_) if tries < 200 => tries += 1,
                bound => return bound.map(|()| port),
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Listener for Tap {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            if let Some(listener) = &mut self.listener {
                tokio::select! {
                    biased;
                    _ = self.listens.wait_for(|listens| !*listens) => {}
                    (stream, address) = Listener::accept(listener) => {
                        let cut = Cut::default();
                        return (Connection { stream, cut }, address);
                    }
                }
            }
            if self.go_away().await.is_err() {
                // Another program took the port: a server that is gone for good.
                std::future::pending::<()>().await;
            }
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        Ok(self.address)
    }
}

struct Connection {
    stream: TcpStream,
    cut: Cut,
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, into)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let cut = self.cut.clone();
        let mut planned = cut.lock();
        let Some(instead) = planned.as_mut() else {
            return Pin::new(&mut self.stream).poll_write(context, bytes);
        };
        if instead.is_empty() {
            // Closing without lingering is what makes it a reset.
            self.stream.set_zero_linger()?;
        }
        while !instead.is_empty() {
            let sent = ready!(Pin::new(&mut self.stream).poll_write(context, instead))?;
            instead.drain(..sent);
        }
        Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
