//! The number while it is typed: reads it and the list off the page, and puts on the page what the domain makes of them.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlFormElement, HtmlInputElement, HtmlOptionElement, HtmlSelectElement};

use crate::components::i18n::I18n;
use crate::components::parts::form::target;
use crate::domain::digits;
use crate::domain::phone::Shape;
use crate::domain::phone::as_you_type::{Listed, PhoneHint, read_as_typed};
use crate::domain::words::{Fill, Tongue};

/// The words of what is said of the number.
pub fn words(hint: &PhoneHint, i18n: I18n) -> String {
    match hint {
        PhoneHint::None => String::new(),
        PhoneHint::ReadBack(number) => i18n.say_with("phone-read-back", &[("phone", Fill::Text(number))]),
        PhoneHint::NotServed => i18n.t("phone-not-served"),
    }
}

impl Listed for HtmlOptionElement {
    fn calling_code(&self) -> String {
        self.get_attribute("data-code").unwrap_or_default()
    }

    fn shape(&self) -> Shape {
        Shape::parse(&self.get_attribute("data-shape").unwrap_or_default())
    }
}

/// Formats the number of the form in which something was typed or chosen, and says what there is to say of it.
pub fn format_as_typed(event: &Event) -> PhoneHint {
    let form = target::<Element>(event).and_then(|target| target.closest("form").ok().flatten()?.dyn_into().ok());
    let Some((form, field)) = form.and_then(|form: HtmlFormElement| Some((form.clone(), phone_of(&form)?))) else {
        return PhoneHint::None;
    };
    let typed = field.value();
    let option = |selector: &str| form.query_selector(selector).ok().flatten()?.dyn_into::<HtmlOptionElement>().ok();
    let read = read_as_typed(&typed, option("option:checked"), |code| {
        option(&format!("[data-code='{code}'][data-main]")).or_else(|| option(&format!("[data-code='{code}']")))
    });
    if let Some((shown, country)) = read.shown {
        // The list follows the number, but not under the hand that chooses.
        if target::<HtmlSelectElement>(event).is_none() {
            country.set_selected(true);
        }
        set_value_keeping_caret(&field, &typed, &shown);
    }
    read.hint
}

fn phone_of(form: &HtmlFormElement) -> Option<HtmlInputElement> {
    form.elements().named_item("phone")?.dyn_into().ok()
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
