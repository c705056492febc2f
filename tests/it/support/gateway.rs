//! A fake SMS provider on a real port. It keeps every request and gives the answer that a test has
//! set. Its own accepted answer is that of AuthKey.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use std::convert::Infallible;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, Method, Response, StatusCode};
use futures_util::{StreamExt, stream};
use serde_json::Value;
use tokio::net::TcpListener;

/// The answer of the gateway.
#[derive(Debug, Clone)]
pub enum Reply {
    Respond(u16, &'static str),
    NoAnswer(Duration),
    /// This status after this delay.
    Delayed(Duration, u16),
    /// Headers and half of a body, and then silence.
    Stall,
}

pub const ACCEPTED: Reply = Reply::Respond(
    200,
    r#"{"LogID":"28bf7375bb54540ba03a4eb873d4da44","Message":"Submitted Successfully"}"#,
);

/// One request to the gateway.
#[derive(Debug, Clone)]
pub struct ReceivedRequest {
    pub method: Method,
    pub path: String,
    pub query: BTreeMap<String, String>,
    pub headers: HeaderMap,
    pub body: String,
}

impl ReceivedRequest {
    /// Returns the fields of a form.
    pub fn form(&self) -> BTreeMap<String, String> {
        form_urlencoded::parse(self.body.as_bytes()).into_owned().collect()
    }

    /// Returns a body in JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

#[derive(Debug, Clone)]
pub struct Gateway {
    pub url: String,
    requests: Arc<Mutex<Vec<ReceivedRequest>>>,
    reply: Arc<Mutex<Reply>>,
}

impl Gateway {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/request", listener.local_addr().unwrap());
        let gateway = Self { url, requests: Arc::default(), reply: Arc::new(Mutex::new(ACCEPTED)) };
        let router = Router::new().fallback(answer).with_state(gateway.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        gateway
    }

    /// Returns the URL without a path.
    pub fn origin(&self) -> &str {
        self.url.trim_end_matches("/request")
    }

    pub fn reply_with(&self, reply: Reply) {
        *self.reply.lock().unwrap() = reply;
    }

    pub fn requests(&self) -> Vec<ReceivedRequest> {
        self.requests.lock().unwrap().clone()
    }

    /// Returns the number of SMS to this number.
    pub fn sms_count(&self, phone: &str) -> usize {
        self.requests().iter().filter(|request| number(request) == phone).count()
    }

    /// Returns the code of the last SMS to this number.
    pub fn code_for(&self, phone: &str) -> String {
        self.requests()
            .iter()
            .rev()
            .find(|request| number(request) == phone)
            .map(|request| request.query["otp"].clone())
            .unwrap()
    }
}

fn number(request: &ReceivedRequest) -> String {
    format!("+{}{}", request.query["country_code"], request.query["mobile"])
}

async fn answer(
    State(gateway): State<Gateway>,
    Query(query): Query<BTreeMap<String, String>>,
    request: Request,
) -> Response<Body> {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, 64 * 1024).await.unwrap();
    let received = ReceivedRequest {
        method: head.method,
        path: head.uri.path().to_owned(),
        query,
        headers: head.headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
    };
    gateway.requests.lock().unwrap().push(received);
    let reply = gateway.reply.lock().unwrap().clone();
    let (status, body) = match reply {
        Reply::Respond(status, body) => (status, body),
        Reply::Delayed(long, status) => {
            tokio::time::sleep(long).await;
            (status, "")
        }
        Reply::Stall => {
            let begun = stream::once(async { Ok::<_, Infallible>("{\"LogID\":") });
            return Response::new(Body::from_stream(begun.chain(stream::pending())));
        }
        Reply::NoAnswer(long) => {
            tokio::time::sleep(long).await;
            (200, "")
        }
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    response
}
