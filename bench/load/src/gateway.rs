//! The fake SMS gateway: accepts every SMS and keeps its code by number.

use std::cell::RefCell;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::rc::Rc;

use tokio::net::TcpListener;

use crate::connection::Connection;

const ACCEPTED_RESPONSE: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: \
                                   application/json\r\ncontent-length: 48\r\n\r\n\
    {\"LogID\":\"1\",\"Message\":\"Submitted Successfully\"}";

/// The codes by number: the digits of its E.164 form.
#[derive(Clone, Default)]
pub struct Codes(Rc<RefCell<HashMap<u64, String>>>);

impl Codes {
    /// Removes and returns the last code that was sent to this number.
    pub fn take(&self, phone: u64) -> Option<String> {
        self.0.borrow_mut().remove(&phone)
    }

    fn insert(&self, query: &str) {
        let value = |name: &str| {
            query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
        };
        let (Some(calling_code), Some(mobile), Some(code)) =
            (value("country_code"), value("mobile"), value("otp"))
        else {
            return;
        };
        if let Ok(phone) = format!("{calling_code}{mobile}").parse() {
            self.0.borrow_mut().insert(phone, code.to_owned());
        }
    }
}

/// Accepts messages on this port, in `AuthKey`'s format, which the peers use too.
pub async fn start(port: u16) -> Codes {
    let codes = Codes::default();
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], port)))
        .await
        .expect("the gateway's port");
    let kept = codes.clone();
    tokio::task::spawn_local(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let codes = kept.clone();
            tokio::task::spawn_local(async move {
                let Ok(mut connection) = Connection::new(stream) else { return };
                // A broken connection is reported by the server.
                while let Ok(Some(line)) = connection.read_request_line().await {
                    let path = line.split(' ').nth(1).unwrap_or_default();
                    codes.insert(path.split_once('?').map_or("", |(_, query)| query));
                    if connection.write(ACCEPTED_RESPONSE).await.is_err() {
                        break;
                    }
                }
            });
        }
    });
    codes
}
