//! One person's way through, on either server.

use std::cell::RefCell;
use std::time::Instant;

use crate::browser::{Answer, Browser};
use crate::figures::Figures;
use crate::gateway::Codes;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    SignUp,
    SignIn,
}

impl Kind {
    pub fn of(name: &str) -> Self {
        match name {
            "sign-up" => Self::SignUp,
            "sign-in" => Self::SignIn,
            other => panic!("no kind {other}"),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Server {
    Ringkey,
    BetterAuth,
}

/// The n-th person's number: Indian mobiles of the series 98 and 99, spread over all twenty of their prefixes.
fn mobile(person: u64) -> u64 {
    assert!(person < 100_000_000, "no more numbers than that");
    // 7 and 10 share no factor, so neighbours are far apart and no number comes twice.
    let spread = person * 70_000_007 % 200_000_000;
    9_800_000_000 + spread
}

/// The n-th address of a person: each in a block of its own before one has two.
fn source(person: u64) -> String {
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

    /// Comes, signs in, looks, signs out.
    pub async fn journey(self, browser: &mut Browser, kind: Kind, person: u64, codes: &Codes, figures: &RefCell<Figures>) {
        match self.whole(browser, kind, person, codes, figures).await {
            Ok(()) => figures.borrow_mut().journey(),
            Err(why) => figures.borrow_mut().fail(why),
        }
    }

    async fn whole(
        self,
        browser: &mut Browser,
        kind: Kind,
        person: u64,
        codes: &Codes,
        figures: &RefCell<Figures>,
    ) -> Result<(), String> {
        self.sign_in(browser, kind, person, codes, figures).await?;
        let asked = Instant::now();
        let answer = match self {
            Self::Ringkey => browser.get("/api/auth/session").await,
            Self::BetterAuth => browser.get("/api/auth/get-session").await,
        };
        let answer = done("session", asked, answer, figures)?;
        if !answer.body.windows(6).any(|bytes| bytes == b"\"user\"") || answer.body.ends_with(b"\"user\":null}") {
            return Err("session: nobody".to_owned());
        }
        let asked = Instant::now();
        let answer = browser.post("/api/auth/sign-out", "{}".to_owned()).await;
        done("sign-out", asked, answer, figures).map(drop)
    }

    /// As far as being signed in.
    pub async fn sign_in(
        self,
        browser: &mut Browser,
        kind: Kind,
        person: u64,
        codes: &Codes,
        figures: &RefCell<Figures>,
    ) -> Result<(), String> {
        let mobile = mobile(person);
        browser.cookies.clear();
        browser.source = source(person);
        let asked = Instant::now();
        let (send, body) = match self {
            Self::Ringkey => ("/api/auth/send-otp", format!(r#"{{"phone":"+91{mobile}"}}"#)),
            Self::BetterAuth => ("/api/auth/phone-number/send-otp", format!(r#"{{"phoneNumber":"+91{mobile}"}}"#)),
        };
        let answer = browser.post(send, body).await;
        done("send", asked, answer, figures)?;
        let code = codes.take(mobile).ok_or("send: no text")?;
        let asked = Instant::now();
        let (verify, body) = match self {
            Self::Ringkey => ("/api/auth/verify-otp", format!(r#"{{"code":"{code}"}}"#)),
            Self::BetterAuth => {
                ("/api/auth/phone-number/verify", format!(r#"{{"phoneNumber":"+91{mobile}","code":"{code}"}}"#))
            }
        };
        let answer = browser.post(verify, body).await;
        let answer = done("verify", asked, answer, figures)?;
        if self == Self::Ringkey && answer.body.windows(16).any(|bytes| bytes == b"details_required") {
            if kind == Kind::SignIn {
                return Err("verify: no account".to_owned());
            }
            let asked = Instant::now();
            let body = format!(r#"{{"first_name":"Ada","last_name":"Lovelace","email":"ada{person}@example.com"}}"#);
            let answer = browser.post("/api/auth/create-account", body).await;
            done("create-account", asked, answer, figures)?;
        }
        Ok(())
    }
}

fn done(
    step: &'static str,
    asked: Instant,
    answer: Result<Answer, String>,
    figures: &RefCell<Figures>,
) -> Result<Answer, String> {
    let took = asked.elapsed();
    let answer = answer.map_err(|error| format!("{step}: {error}"))?;
    if answer.status == 200 {
        figures.borrow_mut().step(step, took, true);
        return Ok(answer);
    }
    let words = String::from_utf8_lossy(&answer.body);
    let code = words.split("\"code\":\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
    Err(format!("{step}: {} {code}", answer.status))
}
