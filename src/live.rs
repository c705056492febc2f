//! What comes alive: the WASM finds the markup that the server made and does what its forms and buttons are for. It holds no
//! markup of its own and no framework, only what is done, so the whole of it is read and started in a moment.

mod account;
mod call;
mod countdown;
mod document;
mod journey;
mod json;
pub mod markup;
mod number;
mod proof;
mod session_news;
mod steps;

use web_sys::HtmlElement;

use account::Account;
use document::{find, go};
use journey::Journey;
use markup::Start;

/// Brings the page to life: its header follows who is signed in, here and in other tabs, and its steps are taken in place.
pub fn begin() {
    let Some(control) = find::<HtmlElement>(".account-control") else { return };
    let account = Account::follow(control.get_attribute("data-who"));
    let Some(place) = find::<HtmlElement>(".steps") else { return };
    let Some(start) = place.get_attribute("data-start").as_deref().and_then(json::read::<Start>) else { return };
    if place.closest("dialog").is_ok_and(|dialog| dialog.is_some()) {
        Journey::begin(&place, start, move |user| account.signed_in(&user));
    } else {
        let next = start.next.clone().unwrap_or_else(|| "/".to_owned());
        Journey::begin(&place, start, move |_| go(&next));
    }
}
