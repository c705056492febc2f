//! HTTP/1.1 on one connection, written by hand: the load shares the machine with the measured
//! server, so it must need little processor time.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const MAX_HEADERS: usize = 64;

/// An HTTP/1.1 connection and its read buffer.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// The status and the relevant headers of a response.
pub struct Head {
    pub status: u16,
    /// The value of each `Set-Cookie` header.
    pub cookies: Vec<String>,
    closes: bool,
    length: BodyLength,
}

enum BodyLength {
    Bytes(usize),
    Chunked,
}

impl Connection {
    pub fn new(stream: TcpStream) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(4_096) })
    }

    pub async fn connect(address: SocketAddr) -> io::Result<Self> {
        Self::new(TcpStream::connect(address).await?)
    }

    /// Returns `true` if the other side has not closed the idle connection.
    pub fn is_open(&self) -> bool {
        self.stream.try_read(&mut [0]).is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
    }

    pub async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes).await
    }

    /// Returns the first line of the next request, which has no body; `None` at the end of the
    /// connection.
    pub async fn read_request_line(&mut self) -> io::Result<Option<String>> {
        loop {
            if let Some(end) = find(&self.buffer, b"\r\n\r\n") {
                let line = self.buffer.split(|byte| *byte == b'\r').next().unwrap_or_default();
                let line = String::from_utf8_lossy(line).into_owned();
                self.buffer.drain(..end + 4);
                return Ok(Some(line));
            }
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Ok(None);
            }
        }
    }

    /// Returns the next response, and `true` if the connection is kept alive.
    pub async fn read_response(&mut self) -> io::Result<(Head, Vec<u8>, bool)> {
        let head = loop {
            if let Some((head, end)) = parse_head(&self.buffer)? {
                self.buffer.drain(..end);
                break head;
            }
            self.fill().await?;
        };
        let body = match head.length {
            BodyLength::Bytes(length) => self.read_exact(length).await?,
            BodyLength::Chunked => self.read_chunked().await?,
        };
        let keep_alive = !head.closes;
        Ok((head, body, keep_alive))
    }

    async fn read_chunked(&mut self) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let end = loop {
                match find(&self.buffer, b"\r\n") {
                    Some(end) => break end,
                    None => self.fill().await?,
                }
            };
            let size = std::str::from_utf8(&self.buffer[..end])
                .ok()
                .and_then(|size| usize::from_str_radix(size.trim(), 16).ok());
            let size = size.ok_or_else(|| broken("a chunk without a size"))?;
            self.buffer.drain(..end + 2);
            let chunk = self.read_exact(size + 2).await?;
            if size == 0 {
                return Ok(body);
            }
            body.extend_from_slice(&chunk[..size]);
        }
    }

    async fn read_exact(&mut self, length: usize) -> io::Result<Vec<u8>> {
        while self.buffer.len() < length {
            self.fill().await?;
        }
        Ok(self.buffer.drain(..length).collect())
    }

    async fn fill(&mut self) -> io::Result<()> {
        match self.stream.read_buf(&mut self.buffer).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }
}

/// Returns the head at the beginning of `bytes` and its length, once it is complete.
fn parse_head(bytes: &[u8]) -> io::Result<Option<(Head, usize)>> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(end) =
        response.parse(bytes).map_err(|error| broken(&error.to_string()))?
    else {
        return Ok(None);
    };
    let mut head = Head {
        status: response.code.unwrap_or_default(),
        cookies: Vec::new(),
        closes: false,
        length: BodyLength::Bytes(0),
    };
    for header in response.headers.iter() {
        let value = std::str::from_utf8(header.value).unwrap_or_default();
        match header.name.len() {
            10 if header.name.eq_ignore_ascii_case("set-cookie") => {
                head.cookies.push(value.to_owned())
            }
            10 if header.name.eq_ignore_ascii_case("connection") => {
                head.closes = value.eq_ignore_ascii_case("close")
            }
            14 if header.name.eq_ignore_ascii_case("content-length") => {
                head.length =
                    BodyLength::Bytes(value.parse().map_err(|_| broken("content-length"))?);
            }
            17 if header.name.eq_ignore_ascii_case("transfer-encoding") => {
                head.length = BodyLength::Chunked
            }
            _ => {}
        }
    }
    Ok(Some((head, end)))
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

fn broken(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}
