//! The number while it is typed: it groups as its country writes it, finds its country by its calling code, and is read back.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlFormElement, HtmlInputElement, HtmlOptionElement, HtmlSelectElement};

use crate::components::i18n::I18n;
use crate::components::parts::form::target;
use crate::domain::dialling::{Dialling, LONGEST_CODE, NumberingPlan, group, read};
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

/// Formats the number of the form in which something was typed or chosen, and says what there is to say of it.
pub fn format_as_typed(event: &Event) -> PhoneHint {
    let form = target::<Element>(event).and_then(|target| target.closest("form").ok().flatten()?.dyn_into().ok());
    let Some((form, field)) = form.and_then(|form: HtmlFormElement| Some((form.clone(), phone_of(&form)?))) else {
        return PhoneHint::None;
    };
    let typed = field.value();
    // What is no number is left as it is, for the submitted form to name it.
    let Some(stripped) = strip(&typed) else { return PhoneHint::None };
    let mut country = selected(&form);
    if let Some(digits) = stripped.strip_prefix('+') {
        let Some(called) = country_of(&form, digits) else {
            let is_foreign = digits.len() > LONGEST_CODE && !digits.starts_with('0');
            return if is_foreign { PhoneHint::NotServed } else { PhoneHint::None };
        };
        // The number says its country, whatever the list says. The list follows it, but not under the hand that chooses.
        if target::<HtmlSelectElement>(event).is_none() {
            called.set_selected(true);
        }
        country = Some(called);
    }
    let Some(plan) = country.as_ref().map(plan_of) else { return PhoneHint::None };
    let reading = read(&stripped, Some(&plan), |code| plans_of(&form, code));
    if let Some(shown) = group(&stripped, &plan, reading.as_ref()) {
        set_value_keeping_caret(&field, &typed, &shown);
    }
    reading.map_or(PhoneHint::None, |reading| PhoneHint::ReadBack(reading.to_string()))
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

/// The numbering plan of a country, as its option in the list has it.
fn plan_of(option: &HtmlOptionElement) -> NumberingPlan {
    NumberingPlan {
        code: attribute(option, "data-code"),
        shape: Shape::parse(&attribute(option, "data-shape")),
        dialling: Dialling::parse(&attribute(option, "data-dialling")),
    }
}

/// The plans of the countries that are served under a calling code.
fn plans_of(form: &HtmlFormElement, code: &str) -> Vec<NumberingPlan> {
    let Ok(found) = form.query_selector_all(&format!("[data-code='{code}']")) else { return Vec::new() };
    let options = (0..found.length()).filter_map(|index| found.item(index)?.dyn_into::<HtmlOptionElement>().ok());
    options.map(|option| plan_of(&option)).collect()
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
