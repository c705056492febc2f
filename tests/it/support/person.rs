//! A person with a browser: cookies, and one method per action.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use futures_util::future::join_all;
use reqwest::header::{HOST, HeaderMap, ORIGIN, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;

use super::Gateway;
use crate::shared;

/// The answer to a request.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    /// Returns the code of the error, or "".
    pub fn code(&self) -> String {
        self.json()["error"]["code"].as_str().unwrap_or_default().to_owned()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    pub fn set_cookies(&self) -> Vec<&str> {
        self.headers.get_all(SET_COOKIE).iter().filter_map(|value| value.to_str().ok()).collect()
    }

    /// Asserts status and code together, as in the table of docs/api.md.
    #[track_caller]
    pub fn is(&self, status: u16, code: &str) -> &Self {
        assert_eq!((self.status, self.code().as_str()), (status, code), "{}", self.text);
        self
    }
}

pub struct Person {
    client: Client,
    address: SocketAddr,
    origin: String,
    forwarded: Mutex<String>,
    cookies: Mutex<BTreeMap<String, String>>,
}

impl Person {
    pub fn new(client: Client, address: SocketAddr, origin: &str) -> Self {
        Self {
            client,
            address,
            origin: origin.to_owned(),
            forwarded: Mutex::default(),
            cookies: Mutex::default(),
        }
    }

    /// Returns the same browser in front of another instance.
    pub fn at_instance(&self, address: SocketAddr, origin: &str) -> Self {
        let person = Self::new(self.client.clone(), address, origin)
            .with_address(&self.forwarded.lock().unwrap());
        *person.cookies.lock().unwrap() = self.cookies.lock().unwrap().clone();
        person
    }

    /// Returns tabs of the same browser.
    pub fn tabs(&self, count: usize) -> Vec<Self> {
        (0..count).map(|_| self.at_instance(self.address, &self.origin)).collect()
    }

    /// Sets the client address of the browser, behind the trusted proxy.
    pub fn with_address(self, address: &str) -> Self {
        address.clone_into(&mut self.forwarded.lock().unwrap());
        self
    }

    pub fn origin(&self) -> &str {
        &self.origin
    }

    pub fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.lock().unwrap().get(name).cloned()
    }

    pub fn set_cookie(&self, name: &str, value: &str) {
        self.cookies.lock().unwrap().insert(name.to_owned(), value.to_owned());
    }

    /// Builds a request with this browser's cookies and no other browser header.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let cookies: Vec<String> = self
            .cookies
            .lock()
            .unwrap()
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let host = self.origin.split("//").nth(1).unwrap().to_owned();
        let request = self
            .client
            .request(method, format!("http://{}{path}", self.address))
            .header(HOST, host);
        let forwarded = self.forwarded.lock().unwrap().clone();
        let request = if forwarded.is_empty() {
            request
        } else {
            request.header("x-forwarded-for", forwarded)
        };
        if cookies.is_empty() { request } else { request.header("cookie", cookies.join("; ")) }
    }

    /// Sends a request and keeps the cookies of the answer.
    pub async fn send(&self, request: RequestBuilder) -> Answer {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        self.store_cookies(&headers);
        let answer = Answer { status, headers, text: response.text().await.unwrap() };
        if answer.header("content-type").contains("json") {
            writeln!(transcript(), "{:?} {}", answer.headers, answer.text).unwrap();
        }
        answer
    }

    fn store_cookies(&self, headers: &HeaderMap) {
        for cookie in headers.get_all(SET_COOKIE) {
            let cookie = cookie.to_str().unwrap();
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            let mut jar = self.cookies.lock().unwrap();
            if cookie.ends_with("Max-Age=0") {
                jar.remove(name)
            } else {
                jar.insert(name.to_owned(), value.to_owned())
            };
        }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    /// Calls the API with a JSON body.
    pub async fn call(&self, name: &str, body: Value) -> Answer {
        let request =
            self.request(Method::POST, &format!("/api/auth/{name}")).header(ORIGIN, &self.origin);
        self.send(request.json(&body)).await
    }

    /// Calls the API of the account with a JSON body.
    pub async fn act(&self, path: &str, body: Value) -> Answer {
        let request = self
            .request(Method::POST, &format!("/api/account/{path}"))
            .header(ORIGIN, &self.origin);
        self.send(request.json(&body)).await
    }

    /// Posts a plain form.
    pub async fn submit(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let request = self.request(Method::POST, path).header(ORIGIN, &self.origin);
        self.send(request.form(fields)).await
    }

    /// Calls a server that may be gone. Returns `None` if it is gone or refuses.
    pub async fn try_call(&self, name: &str, fields: &[(&str, &str)]) -> Option<()> {
        let request =
            self.request(Method::POST, &format!("/api/auth/{name}")).header(ORIGIN, &self.origin);
        let response = request.form(fields).send().await.ok()?;
        self.store_cookies(response.headers());
        let accepted = response.status().is_success();
        // Only an answer that arrives whole is an acknowledgement.
        response.bytes().await.ok().filter(|_| accepted).map(drop)
    }

    pub async fn send_otp(&self, phone: &str) -> Answer {
        self.call("send-otp", json!({ "phone": phone })).await
    }

    /// Requests a code as the page does: with the proof of a puzzle if it is required, and of a
    /// harder one if that is required.
    pub async fn send_otp_solving(&self, phone: &str) -> Answer {
        let mut answer = self.send_otp(phone).await;
        for _ in 0..3 {
            if answer.status != 428 {
                break;
            }
            answer =
                self.call("send-otp", json!({ "phone": phone, "proof": solve(&answer) })).await;
        }
        answer
    }

    pub async fn resend(&self) -> Answer {
        self.call("send-otp", json!({})).await
    }

    pub async fn verify(&self, code: &str) -> Answer {
        self.call("verify-otp", json!({ "code": code })).await
    }

    /// Submits a code and cuts the connection before the answer. The time is enough for the request
    /// to be read and too short for its answer.
    pub async fn verify_and_hang_up(&self, code: &str) {
        self.call_and_hang_up("verify-otp", &format!("code={code}"), Duration::from_millis(2))
            .await;
    }

    /// Calls the API and cuts the connection after this time.
    pub async fn call_and_hang_up(&self, name: &str, body: &str, after: Duration) {
        let cookie = self
            .cookies
            .lock()
            .unwrap()
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect::<Vec<_>>()
            .join("; ");
        let request = format!(
            "POST /api/auth/{name} HTTP/1.1\r\nhost: {}\r\norigin: {}\r\ncookie: {cookie}\r\n\
             content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{body}",
            self.origin.split("//").nth(1).unwrap(),
            self.origin,
            body.len(),
        );
        let mut stream = tokio::net::TcpStream::connect(self.address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        tokio::time::sleep(after).await;
    }

    pub async fn create_account(&self) -> Answer {
        self.call(
            "create-account",
            json!({ "first_name": "Ada", "last_name": "Lovelace", "email": "ada@Example.com" }),
        )
        .await
    }

    pub async fn sign_out(&self) -> Answer {
        self.call("sign-out", json!({})).await
    }

    /// Returns the user of this browser's session, or null.
    pub async fn user(&self) -> Value {
        let answer = self.get("/api/auth/session").await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()["user"].clone()
    }

    /// Changes the number of the signed-in account, which was verified just now.
    pub async fn take_number(&self, gateway: &Gateway, phone: &str) {
        self.act("number/send", json!({ "phone": phone })).await.is(200, "");
        let code = gateway.code_for(phone);
        self.act("number", json!({ "code": code })).await.is(200, "");
    }

    /// Requests a code and submits it. Returns the answer to the code.
    pub async fn prove(&self, gateway: &Gateway, phone: &str) -> Answer {
        assert_eq!(self.send_otp(phone).await.status, 200);
        self.verify(&gateway.code_for(phone)).await
    }

    /// Signs this person up with every step.
    pub async fn sign_up(&self, gateway: &Gateway, phone: &str) {
        assert_eq!(self.prove(gateway, phone).await.json()["status"], "details_required");
        let created = self.create_account().await;
        assert_eq!(
            (created.status, created.json()["status"].as_str()),
            (200, Some("signed_in")),
            "{}",
            created.text
        );
    }
}

/// Sends a code to each person, submits all codes at once and returns the answers.
pub async fn prove_at_once(people: &[Person], gateway: &Gateway, phone: &str) -> Vec<Answer> {
    let mut codes = Vec::new();
    for person in people {
        person.send_otp(phone).await;
        codes.push(gateway.code_for(phone));
    }
    join_all(people.iter().zip(&codes).map(|(person, code)| person.verify(code))).await
}

/// Makes more than a thousand wrong attempts at this browser's challenge, 64 at a time. Returns the
/// answers, unless `cut` cuts each connection before its own.
pub async fn attempt_a_thousand_times(person: &Person, code: &str, cut: bool) -> Vec<Answer> {
    let mut answers = Vec::new();
    for _ in 0..=1_000 / 64 {
        let tabs = person.tabs(64);
        if cut {
            join_all(tabs.iter().map(|tab| tab.verify_and_hang_up(code))).await;
        } else {
            answers.extend(join_all(tabs.iter().map(|tab| tab.verify(code))).await);
        }
    }
    answers
}

/// Returns the client of one test. Its people share it, because a new one reads the machine's
/// certificates, which is slow.
pub fn network() -> Client {
    #[expect(
        clippy::disallowed_methods,
        reason = "a person's browser reaches the site over the network"
    )]
    let client = Client::builder().redirect(Policy::none()).build();
    client.unwrap()
}

/// The text and headers of every JSON answer of the whole test run.
pub fn transcript() -> MutexGuard<'static, String> {
    static ALL: Mutex<String> = Mutex::new(String::new());
    ALL.lock().unwrap()
}

/// Returns another code of the same length.
pub fn wrong_code(code: &str) -> String {
    let last = code.as_bytes()[code.len() - 1];
    format!("{}{}", &code[..code.len() - 1], char::from(b'0' + (last - b'0' + 1) % 10))
}

/// Solves the puzzle of a 428.
pub fn solve(answer: &Answer) -> String {
    shared::solve(serde_json::from_value(answer.json()["error"]["puzzle"].clone()).unwrap())
}
