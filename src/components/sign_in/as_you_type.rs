//! As-you-type formatting on the page: reads the phone field and the country list, and writes the
//! formatted phone number into the field.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{
    Element, Event, HtmlFormElement, HtmlInputElement, HtmlOptionElement, HtmlSelectElement,
};

use crate::components::i18n::I18n;
use crate::components::parts::form::target;
use crate::domain::digits;
use crate::domain::messages::{Arg, Localize};
use crate::domain::phone::NumberFormat;
use crate::domain::phone::as_you_type::{CountryEntry, PhoneHint, format_as_you_type};

/// Returns the localized text of a hint.
pub fn hint_text(hint: &PhoneHint, i18n: I18n) -> String {
    match hint {
        PhoneHint::None => String::new(),
        PhoneHint::ReadBack(number) => {
            i18n.format("phone-read-back", &[("phone", Arg::Text(number))])
        }
        PhoneHint::NotServed => i18n.t("phone-not-served"),
    }
}

impl CountryEntry for HtmlOptionElement {
    fn calling_code(&self) -> String {
        self.get_attribute("data-code").unwrap_or_default()
    }

    fn number_format(&self) -> NumberFormat {
        NumberFormat::parse(&self.get_attribute("data-format").unwrap_or_default())
    }
}

/// Formats the phone field of the form in which the event occurred, and returns the hint for it.
pub fn format_as_typed(event: &Event) -> PhoneHint {
    let form = target::<Element>(event)
        .and_then(|target| target.closest("form").ok().flatten()?.dyn_into().ok());
    let Some((form, field)) =
        form.and_then(|form: HtmlFormElement| Some((form.clone(), phone_input(&form)?)))
    else {
        return PhoneHint::None;
    };
    let typed = field.value();
    let find_option = |selector: &str| {
        form.query_selector(selector).ok().flatten()?.dyn_into::<HtmlOptionElement>().ok()
    };
    let formatting = format_as_you_type(&typed, find_option("option:checked"), |code| {
        find_option(&format!("[data-code='{code}'][data-main]"))
            .or_else(|| find_option(&format!("[data-code='{code}']")))
    });
    if let Some((shown, country)) = formatting.formatted {
        // The list follows the phone number, except while the person is choosing from the list.
        if target::<HtmlSelectElement>(event).is_none() {
            country.set_selected(true);
        }
        set_value_keeping_caret(&field, &typed, &shown);
    }
    formatting.hint
}

fn phone_input(form: &HtmlFormElement) -> Option<HtmlInputElement> {
    form.elements().named_item("phone")?.dyn_into().ok()
}

/// Replaces the field's value by the formatted phone number and keeps the caret behind the same
/// digit.
fn set_value_keeping_caret(field: &HtmlInputElement, typed: &str, shown: &str) {
    if typed == shown {
        return;
    }
    let caret = field.selection_start().ok().flatten().and_then(|at| usize::try_from(at).ok());
    field.set_value(shown);
    let Some(caret) = caret.filter(|_| document().active_element().as_ref() == Some(field)) else {
        return;
    };
    // The browser counts UTF-16 units. All characters here are in the basic plane, one unit each.
    let digits_before =
        typed.chars().take(caret).filter(|c| digits::to_ascii_digit(*c).is_some()).count();
    let after_same_digit = shown
        .char_indices()
        .filter(|(_, c)| c.is_ascii_digit())
        .nth(digits_before.wrapping_sub(1))
        .map(|(at, _)| at + 1);
    let at = match after_same_digit {
        _ if caret >= typed.chars().count() => shown.len(),
        Some(at) if digits_before > 0 => at,
        _ => 0,
    };
    let at = u32::try_from(at).unwrap_or_default();
    let _ = field.set_selection_range(at, at);
}
