//! The fake SMS gateway: takes every text and keeps its code for whoever asks by number.

use std::cell::RefCell;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::rc::Rc;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

/// Codes by number without its country's.
#[derive(Clone, Default)]
pub struct Codes(Rc<RefCell<HashMap<u64, String>>>);

impl Codes {
    /// The code of the last text to this number.
    pub fn take(&self, mobile: u64) -> Option<String> {
        self.0.borrow_mut().remove(&mobile)
    }

    fn keep(&self, query: &str) {
        let value = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        if let (Some(Ok(mobile)), Some(code)) = (value("mobile").map(str::parse), value("otp")) {
            self.0.borrow_mut().insert(mobile, code.to_owned());
        }
    }
}

/// Takes texts on this port, in `AuthKey`'s form, which the peers speak too.
pub async fn start(port: u16) -> Codes {
    let codes = Codes::default();
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], port))).await.expect("the gateway's port");
    let kept = codes.clone();
    tokio::task::spawn_local(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let _ = stream.set_nodelay(true);
            let codes = kept.clone();
            let take = service_fn(move |request: Request<Incoming>| {
                codes.keep(request.uri().query().unwrap_or_default());
                let text = r#"{"LogID":"1","Message":"Submitted Successfully"}"#;
                async move { Ok::<_, hyper::Error>(Response::new(Full::new(Bytes::from_static(text.as_bytes())))) }
            });
            tokio::task::spawn_local(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), take));
        }
    });
    codes
}
