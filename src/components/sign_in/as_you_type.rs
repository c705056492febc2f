//! The number while it is typed: it groups as its country writes it, finds its country by its calling code, and is read back.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlFormElement, HtmlInputElement, HtmlOptionElement, HtmlSelectElement};

use crate::components::i18n::I18n;
use crate::components::parts::form::target;
use crate::domain::digits;
use crate::domain::phone::{Shape, strip};
use crate::domain::words::{Fill, Tongue};

/// What is said of the number while it is typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum PhoneHint {
    /// Nothing yet.
    #[default]
    None,
    /// Where the text goes: `+91 98765 43210`.
    ReadBack(String),
    /// Its calling code is of no country that is served.
    NotServed,
}

impl PhoneHint {
    /// The words.
    pub fn words(&self, i18n: I18n) -> String {
        match self {
            Self::None => String::new(),
            Self::ReadBack(number) => i18n.say_with("phone-read-back", &[("phone", Fill::Text(number))]),
            Self::NotServed => i18n.t("phone-not-served"),
        }
    }
}

/// Digits of a calling code at most (ITU-T E.164 §6.2.1).
const LONGEST_CODE: usize = 3;

/// Formats the number of the form in which something was typed or chosen, and says what there is to say of it.
pub fn format_as_typed(event: &Event) -> PhoneHint {
    let form = target::<Element>(event).and_then(|target| target.closest("form").ok().flatten()?.dyn_into().ok());
    let Some((form, field)) = form.and_then(|form: HtmlFormElement| Some((form.clone(), phone_of(&form)?))) else {
        return PhoneHint::None;
    };
    let typed = field.value();
    // What is no number is left as it is, for the submitted form to name it.
    let Some(stripped) = strip(&typed) else { return PhoneHint::None };
    let (digits, mut is_international) = (stripped.trim_start_matches('+'), stripped.starts_with('+'));
    let (mut country, mut national) = (selected(&form), digits);
    if is_international {
        let Some(called) = country_of(&form, digits) else {
            return if digits.len() > LONGEST_CODE { PhoneHint::NotServed } else { PhoneHint::None };
        };
        national = digits.get(attribute(&called, "data-code").len()..).unwrap_or_default();
        if target::<HtmlSelectElement>(event).is_some() {
            // A country that is chosen is meant: the rest of the number goes on as one of that country.
            is_international = country.as_ref().is_some_and(|country| country.is_same_node(Some(&called)));
        } else {
            called.set_selected(true);
            country = Some(called);
        }
    }
    let Some(country) = country else { return PhoneHint::None };
    let (code, shape) = (attribute(&country, "data-code"), Shape::parse(&attribute(&country, "data-shape")));
    let grouped = shape.group(national);
    let shown = if is_international { format!("+{code} {grouped}").trim_end().to_owned() } else { grouped };
    set_value_keeping_caret(&field, &typed, &shown);
    let abroad = if is_international { national } else { shape.abroad(national) };
    if shape.is_complete(abroad) { PhoneHint::ReadBack(format!("+{code} {}", shape.group(abroad))) } else { PhoneHint::None }
}

fn phone_of(form: &HtmlFormElement) -> Option<HtmlInputElement> {
    form.elements().named_item("phone")?.dyn_into().ok()
}

/// The country whose calling code is in front of international digits: the chosen one, if the code is its own.
fn country_of(form: &HtmlFormElement, digits: &str) -> Option<HtmlOptionElement> {
    let find = |selector: &str| form.query_selector(selector).ok().flatten()?.dyn_into().ok();
    (1..=LONGEST_CODE).rev().filter_map(|length| digits.get(..length)).find_map(|code| {
        let chosen = selected(form).filter(|option| attribute(option, "data-code") == code);
        chosen.or_else(|| find(&format!("[data-code='{code}'][data-main]"))).or_else(|| find(&format!("[data-code='{code}']")))
    })
}

fn selected(form: &HtmlFormElement) -> Option<HtmlOptionElement> {
    form.query_selector("option:checked").ok().flatten()?.dyn_into().ok()
}

fn attribute(option: &HtmlOptionElement, name: &str) -> String {
    option.get_attribute(name).unwrap_or_default()
}

/// Puts the formatted number in the place of what was typed, the caret behind the same digit as before.
fn set_value_keeping_caret(field: &HtmlInputElement, typed: &str, shown: &str) {
    if typed == shown {
        return;
    }
    let caret = field.selection_start().ok().flatten().and_then(|at| usize::try_from(at).ok());
    field.set_value(shown);
    let Some(caret) = caret.filter(|_| document().active_element().as_ref() == Some(field)) else { return };
    // The browser counts in UTF-16, and everything here is of the basic plane.
    let before = typed.chars().take(caret).filter(|c| digits::fold(*c).is_some()).count();
    let behind = shown.char_indices().filter(|(_, c)| c.is_ascii_digit()).nth(before.wrapping_sub(1)).map(|(at, _)| at + 1);
    let at = match behind {
        _ if caret >= typed.chars().count() => shown.len(),
        Some(at) if before > 0 => at,
        _ => 0,
    };
    let at = u32::try_from(at).unwrap_or_default();
    let _ = field.set_selection_range(at, at);
}
