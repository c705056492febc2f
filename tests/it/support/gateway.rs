//! A fake AuthKey on a real port: it remembers every request and answers as it is told.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use std::convert::Infallible;

use axum::Router;
use axum::body::Body;
use axum::extract::{Query, Request, State};
use axum::http::{Method, Response, StatusCode};
use futures_util::{StreamExt, stream};
use tokio::net::TcpListener;

/// How it answers.
#[derive(Debug, Clone)]
pub enum Reply {
    Say(u16, &'static str),
    Silence(Duration),
    /// So late, and then this status.
    Late(Duration, u16),
    /// Headers and half a body, and then nothing.
    Stall,
}

pub const ACCEPTED: Reply = Reply::Say(200, r#"{"LogID":"28bf7375bb54540ba03a4eb873d4da44","Message":"Submitted Successfully"}"#);

/// One request that it got.
#[derive(Debug, Clone)]
pub struct Got {
    pub method: Method,
    pub query: BTreeMap<String, String>,
}

#[derive(Debug, Clone)]
pub struct Gateway {
    pub url: String,
    got: Arc<Mutex<Vec<Got>>>,
    reply: Arc<Mutex<Reply>>,
}

impl Gateway {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/request", listener.local_addr().unwrap());
        let gateway = Self { url, got: Arc::default(), reply: Arc::new(Mutex::new(ACCEPTED)) };
        let router = Router::new().fallback(answer).with_state(gateway.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        gateway
    }

    pub fn reply_with(&self, reply: Reply) {
        *self.reply.lock().unwrap() = reply;
    }

    pub fn got(&self) -> Vec<Got> {
        self.got.lock().unwrap().clone()
    }

    /// How many texts went to this number.
    pub fn texts_to(&self, phone: &str) -> usize {
        self.got().iter().filter(|got| number(got) == phone).count()
    }

    /// The code of the last text to this number.
    pub fn code_for(&self, phone: &str) -> String {
        self.got().iter().rev().find(|got| number(got) == phone).map(|got| got.query["otp"].clone()).unwrap()
    }
}

fn number(got: &Got) -> String {
    format!("+{}{}", got.query["country_code"], got.query["mobile"])
}

async fn answer(
    State(gateway): State<Gateway>,
    Query(query): Query<BTreeMap<String, String>>,
    request: Request,
) -> Response<Body> {
    gateway.got.lock().unwrap().push(Got { method: request.method().clone(), query });
    let reply = gateway.reply.lock().unwrap().clone();
    let (status, body) = match reply {
        Reply::Say(status, body) => (status, body),
        Reply::Late(long, status) => {
            tokio::time::sleep(long).await;
            (status, "")
        }
        Reply::Stall => {
            let begun = stream::once(async { Ok::<_, Infallible>("{\"LogID\":") });
            return Response::new(Body::from_stream(begun.chain(stream::pending())));
        }
        Reply::Silence(long) => {
            tokio::time::sleep(long).await;
            (200, "")
        }
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    response
}
