//! One person's journey on either server.

use std::cell::RefCell;
use std::time::Instant;

use crate::browser::{Browser, Response};
use crate::gateway::Codes;
use crate::stats::Stats;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum JourneyKind {
    SignUp,
    SignIn,
}

impl JourneyKind {
    pub fn of(name: &str) -> Self {
        match name {
            "sign-up" => Self::SignUp,
            "sign-in" => Self::SignIn,
            other => panic!("no kind {other}"),
        }
    }
}

/// The n-th person of a run.
#[derive(Clone, Copy)]
pub struct Person {
    pub n: u64,
    /// The digits of the number's E.164 form.
    pub phone: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Server {
    Ringkey,
    BetterAuth,
}

/// Returns the n-th person's client address. Each subnet has one person before any has two.
fn client_address(person: u64) -> String {
    let n = person * 7_368_787 % 14_680_064;
    format!("{}.{}.{}.{}", 20 + n % 56, n / 56 % 256, n / 14_336 % 256, n / 3_670_016 + 1)
}

impl Server {
    pub fn of(name: &str) -> Self {
        match name {
            "ringkey" => Self::Ringkey,
            "better-auth" => Self::BetterAuth,
            other => panic!("no server {other}"),
        }
    }

    /// Signs in, reads the session and signs out.
    pub async fn journey(
        self,
        browser: &mut Browser,
        kind: JourneyKind,
        person: Person,
        codes: &Codes,
        stats: &RefCell<Stats>,
    ) {
        match self.run(browser, kind, person, codes, stats).await {
            Ok(()) => stats.borrow_mut().record_journey(),
            Err(why) => stats.borrow_mut().record_failure(why),
        }
    }

    async fn run(
        self,
        browser: &mut Browser,
        kind: JourneyKind,
        person: Person,
        codes: &Codes,
        stats: &RefCell<Stats>,
    ) -> Result<(), String> {
        self.sign_in(browser, kind, person, codes, stats).await?;
        let session = match self {
            Self::Ringkey => "/api/auth/session",
            Self::BetterAuth => "/api/auth/get-session",
        };
        let response = step("session", stats, browser.get(session)).await?;
        if !response.body.windows(6).any(|bytes| bytes == b"\"user\"")
            || response.body.ends_with(b"\"user\":null}")
        {
            return Err("session: nobody".to_owned());
        }
        step("sign-out", stats, browser.post("/api/auth/sign-out", "{}")).await.map(drop)
    }

    /// Makes the first part of the journey, until the person is signed in.
    pub async fn sign_in(
        self,
        browser: &mut Browser,
        kind: JourneyKind,
        person: Person,
        codes: &Codes,
        stats: &RefCell<Stats>,
    ) -> Result<(), String> {
        let Person { n, phone } = person;
        browser.cookies.clear();
        browser.client = client_address(n);
        let (send, body) = match self {
            Self::Ringkey => ("/api/auth/send-otp", format!(r#"{{"phone":"+{phone}"}}"#)),
            Self::BetterAuth => {
                ("/api/auth/phone-number/send-otp", format!(r#"{{"phoneNumber":"+{phone}"}}"#))
            }
        };
        step("send", stats, browser.post(send, &body)).await?;
        let code = codes.take(phone).ok_or("send: no text")?;
        let (verify, body) = match self {
            Self::Ringkey => ("/api/auth/verify-otp", format!(r#"{{"code":"{code}"}}"#)),
            Self::BetterAuth => (
                "/api/auth/phone-number/verify",
                format!(r#"{{"phoneNumber":"+{phone}","code":"{code}"}}"#),
            ),
        };
        let response = step("verify", stats, browser.post(verify, &body)).await?;
        if self == Self::Ringkey
            && response.body.windows(16).any(|bytes| bytes == b"details_required")
        {
            if kind == JourneyKind::SignIn {
                return Err("verify: no account".to_owned());
            }
            let body = format!(
                r#"{{"first_name":"Ada","last_name":"Lovelace","email":"ada{n}@example.com"}}"#
            );
            step("create-account", stats, browser.post("/api/auth/create-account", &body)).await?;
        }
        Ok(())
    }
}

/// Makes a step and records its duration. Any status but 200 is an error, which ends the journey.
async fn step(
    name: &'static str,
    stats: &RefCell<Stats>,
    request: impl Future<Output = Result<Response, String>>,
) -> Result<Response, String> {
    let started = Instant::now();
    let response = request.await.map_err(|error| format!("{name}: {error}"))?;
    if response.status == 200 {
        stats.borrow_mut().record_step(name, started.elapsed(), true);
        return Ok(response);
    }
    let words = String::from_utf8_lossy(&response.body);
    let code = words
        .split("\"code\":\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next())
        .unwrap_or_default();
    Err(format!("{name}: {} {code}", response.status))
}
