//! Forms as the browser holds them. No input is bound to a signal: what is typed stays in its input.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::{spawn_local, tick};
use wasm_bindgen::JsCast;
use web_sys::{Event, FormData, HtmlElement, HtmlFormElement, HtmlInputElement};

/// The id of the flash message: the confirmation after a plain form's redirect. The next action on the page clears it.
pub const FLASH_ID: &str = "done";

/// The fields of a form.
#[derive(Debug)]
pub struct FormFields(Option<FormData>);

impl FormFields {
    /// The fields of the form that is being submitted. The browser's own request is called off.
    pub fn submitted(event: &SubmitEvent) -> Self {
        event.prevent_default();
        Self::of(target(event))
    }

    /// The fields of a form that is being filled in.
    pub fn of(form: Option<HtmlFormElement>) -> Self {
        Self(form.and_then(|form| FormData::new_with_form(&form).ok()))
    }

    /// The value of one field; empty if there is no such field.
    pub fn value(&self, name: &str) -> String {
        self.0.as_ref().and_then(|fields| fields.get(name).as_string()).unwrap_or_default()
    }
}

/// The element that an event happened to, if it is of this type.
pub fn target<T: JsCast>(event: &Event) -> Option<T> {
    event.target()?.dyn_into().ok()
}

/// Empties the forms of the page, for the next person. `boot.js` hears of it and forgets what it keeps.
pub fn reset_forms() {
    let Ok(forms) = document().query_selector_all("form") else { return };
    for index in 0..forms.length() {
        if let Some(form) = forms.item(index).and_then(|node| node.dyn_into::<HtmlFormElement>().ok()) {
            form.reset();
        }
    }
}

/// Moves the focus to the input of this id, as soon as the changes that were made before are on the page: not a frame later, when
/// somebody may be typing elsewhere. A one-time code is selected, to be typed over.
pub fn focus_input(id: &'static str) {
    spawn_local(async move {
        tick().await;
        let Some(element) = document().get_element_by_id(id).and_then(|found| found.dyn_into::<HtmlElement>().ok()) else {
            return;
        };
        let _ = element.focus();
        if let Ok(input) = element.dyn_into::<HtmlInputElement>()
            && input.autocomplete() == "one-time-code"
        {
            input.select();
        }
    });
}
