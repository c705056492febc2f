//! A browser as far as a load needs one: a connection that is kept, and cookies.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{CONTENT_TYPE, COOKIE, HOST, ORIGIN, SET_COOKIE};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// What came back.
pub struct Answer {
    pub status: u16,
    pub body: Bytes,
}

pub struct Browser {
    address: SocketAddr,
    origin: String,
    /// The address that the proxy in front says it comes from.
    pub source: String,
    pub cookies: BTreeMap<String, String>,
    connection: Option<SendRequest<Full<Bytes>>>,
}

impl Browser {
    pub fn new(address: SocketAddr) -> Self {
        Self { address, origin: format!("http://{address}"), source: String::new(), cookies: BTreeMap::new(), connection: None }
    }

    pub async fn get(&mut self, path: &str) -> Result<Answer, String> {
        self.ask(Method::GET, path, String::new()).await
    }

    pub async fn post(&mut self, path: &str, body: String) -> Result<Answer, String> {
        self.ask(Method::POST, path, body).await
    }

    async fn ask(&mut self, method: Method, path: &str, body: String) -> Result<Answer, String> {
        let mut request = Request::builder().method(&method).uri(path).header(HOST, &self.origin["http://".len()..]);
        if !self.source.is_empty() {
            request = request.header("x-forwarded-for", &self.source);
        }
        if !self.cookies.is_empty() {
            let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header(COOKIE, cookies.join("; "));
        }
        if method == Method::POST {
            request = request.header(ORIGIN, &self.origin).header(CONTENT_TYPE, "application/json");
        }
        let request = request.body(Full::new(Bytes::from(body))).map_err(|error| error.to_string())?;
        let answer = self.connection().await?.send_request(request).await.map_err(|error| error.to_string())?;
        for cookie in answer.headers().get_all(SET_COOKIE) {
            let cookie = cookie.to_str().unwrap_or_default();
            let pair = cookie.split(';').next().and_then(|pair| pair.split_once('='));
            if let Some((name, value)) = pair {
                if value.is_empty() || cookie.contains("Max-Age=0") {
                    self.cookies.remove(name);
                } else {
                    self.cookies.insert(name.to_owned(), value.to_owned());
                }
            }
        }
        let status = answer.status().as_u16();
        let body = answer.into_body().collect().await.map_err(|error| error.to_string())?.to_bytes();
        Ok(Answer { status, body })
    }

    /// The connection, a new one if the server has closed it.
    async fn connection(&mut self) -> Result<&mut SendRequest<Full<Bytes>>, String> {
        let usable = match &mut self.connection {
            Some(connection) => connection.ready().await.is_ok(),
            None => false,
        };
        if !usable {
            let stream = TcpStream::connect(self.address).await.map_err(|error| error.to_string())?;
            let _ = stream.set_nodelay(true);
            let (connection, driver) = handshake(TokioIo::new(stream)).await.map_err(|error| error.to_string())?;
            tokio::task::spawn_local(driver);
            self.connection = Some(connection);
        }
        self.connection.as_mut().ok_or_else(|| "no connection".to_owned())
    }
}
