//! What the steps show, changed in place: which of them, what is wrong with it, and that an answer is awaited.

use wasm_bindgen::JsCast;
use web_sys::{HtmlButtonElement, HtmlElement};

use super::document::{find, find_all, hide, mark, write, write_or_hide};
use super::markup::{code_class, fields_of, id_of};
use crate::api::Refusal;
use crate::domain::answer::OtpSent;
use crate::domain::challenge::Step;
use crate::domain::words::{Fill, Tongue, Words};

const ALL: [Step; 3] = [Step::Phone, Step::Code, Step::Details];

/// Shows one step.
pub(super) fn show(step: Step) {
    for other in ALL {
        hide(&format!("#{}", id_of(other)), other != step);
    }
}

/// Shows to whom a code is on its way, and what it looks like.
pub(super) fn write_sent(sent: &OtpSent, words: &Words) {
    write("#sent-phone", &sent.phone);
    write("#sent-reference", &sent.reference);
    write("#code-hint", &words.say_with("code-hint", &[("length", Fill::Number(sent.code_length.into()))]));
    if let Some(input) = find::<HtmlElement>("#code") {
        input.set_class_name(&code_class(sent.code_length));
    }
    if let Some(help) = find::<HtmlElement>("#no-text").filter(|_| sent.wants_help()) {
        mark(&help, "open", true);
    }
}

/// Shows the words of a refusal beside its fields and above the form of the step, and takes all others away.
pub(super) fn write_refusal(refusal: Option<&Refusal>, shown: Step) {
    for step in ALL {
        for name in fields_of(step) {
            let words = refusal.and_then(|refusal| refusal.words_for(name));
            write_or_hide(&format!("#{name}-error"), words.as_deref());
            if let Some(input) = find::<HtmlElement>(&format!("#{name}")) {
                mark(&input, "aria-invalid", words.is_some());
            }
        }
        let words = refusal.filter(|_| step == shown).and_then(|refusal| refusal.words_for_form(fields_of(step)));
        write_or_hide(&format!("#{}-error", id_of(step)), words.as_deref());
    }
}

/// While an answer is awaited no button of the steps can be pressed, and the one of the step says so.
pub(super) fn set_busy(busy: bool) {
    for button in find_all(".step button[type=submit]").filter_map(|element| element.dyn_into::<HtmlButtonElement>().ok()) {
        button.set_disabled(busy);
        mark(&button, "aria-busy", busy && button.matches(".step:not([hidden]) .button--primary").unwrap_or_default());
    }
}
