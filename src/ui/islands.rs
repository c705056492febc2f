//! What hydrates: two islands around markup that the server made. They hold no markup of their own, only what it does once it
//! is alive, so the WASM carries no view, and no word that is not said anew.

mod account;
mod countdown;
mod document;
mod journey;
mod number;
mod proof;
mod session_news;
mod steps;

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::visit::Journey as Visited;
use crate::api::Refusal;
use crate::domain::answer::OtpSent;
use crate::domain::challenge::Step;
use crate::domain::words::Words;

use account::Account;
use journey::Journey;

/// Where the steps begin, as the page shows them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Start {
    step: Step,
    sent: Option<OtpSent>,
    refusal: Option<Refusal>,
    next: Option<String>,
}

impl From<&Visited> for Start {
    fn from(journey: &Visited) -> Self {
        let Visited { step, sent, refusal, next, .. } = journey.clone();
        Self { step, sent, refusal, next }
    }
}

/// The header: who is signed in, here and in other tabs, and the dialog's steps, if the page has it.
#[island]
pub fn LiveHeader(
    /// The id of whoever is signed in.
    who: Option<String>,
    /// Where the dialog's steps begin.
    start: Option<Start>,
    /// What they say.
    words: Words,
    children: Children,
) -> impl IntoView {
    Effect::new(move || {
        let account = Account::follow(who.clone());
        if let Some(start) = start.clone() {
            Journey::begin(start, words.clone(), move |user| account.signed_in(&user));
        }
    });
    children()
}

/// The steps of a page. Afterwards the browser goes where the person wanted to.
#[island]
pub fn LiveSteps(
    /// Where they begin.
    start: Start,
    /// What they say.
    words: Words,
    children: Children,
) -> impl IntoView {
    Effect::new(move || {
        let next = start.next.clone().unwrap_or_else(|| "/".to_owned());
        Journey::begin(start.clone(), words.clone(), move |_| document::go(&next));
    });
    children()
}
