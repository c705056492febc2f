//! A simulated browser with a kept connection and cookies.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::net::SocketAddr;

use crate::connection::Connection;

/// A response with its whole body.
pub struct Response {
    pub status: u16,
    pub body: Vec<u8>,
}

pub struct Browser {
    address: SocketAddr,
    /// The client address, sent as `X-Forwarded-For`; empty for none.
    pub client: String,
    pub cookies: BTreeMap<String, String>,
    connection: Option<Connection>,
}

impl Browser {
    pub fn new(address: SocketAddr) -> Self {
        Self { address, client: String::new(), cookies: BTreeMap::new(), connection: None }
    }

    pub async fn get(&mut self, path: &str) -> Result<Response, String> {
        self.send("GET", path, "").await
    }

    pub async fn post(&mut self, path: &str, body: &str) -> Result<Response, String> {
        self.send("POST", path, body).await
    }

    async fn send(&mut self, method: &str, path: &str, body: &str) -> Result<Response, String> {
        let request = self.request(method, path, body);
        let mut connection = match self.connection.take().filter(Connection::is_open) {
            Some(connection) => connection,
            None => Connection::connect(self.address).await.map_err(|error| error.to_string())?,
        };
        connection.write(request.as_bytes()).await.map_err(|error| error.to_string())?;
        let (head, body, keep_alive) =
            connection.read_response().await.map_err(|error| error.to_string())?;
        self.connection = keep_alive.then_some(connection);
        for cookie in &head.cookies {
            let pair = cookie.split(';').next().and_then(|pair| pair.split_once('='));
            if let Some((name, value)) = pair {
                if value.is_empty() || cookie.contains("Max-Age=0") {
                    self.cookies.remove(name);
                } else {
                    self.cookies.insert(name.to_owned(), value.to_owned());
                }
            }
        }
        Ok(Response { status: head.status, body })
    }

    fn request(&self, method: &str, path: &str, body: &str) -> String {
        let address = self.address;
        let mut request = format!("{method} {path} HTTP/1.1\r\nhost: {address}\r\n");
        if !self.client.is_empty() {
            let _ = write!(request, "x-forwarded-for: {}\r\n", self.client);
        }
        for (i, (name, value)) in self.cookies.iter().enumerate() {
            let _ = write!(request, "{}{name}={value}", if i == 0 { "cookie: " } else { "; " });
        }
        if !self.cookies.is_empty() {
            request.push_str("\r\n");
        }
        if method == "POST" {
            let length = body.len();
            let _ = write!(
                request,
                "origin: http://{address}\r\ncontent-type: \
                                     application/json\r\ncontent-length: {length}\r\n"
            );
        }
        request.push_str("\r\n");
        request.push_str(body);
        request
    }
}
