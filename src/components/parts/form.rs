//! Helpers for forms in the browser: reading fields, resetting forms and moving the focus. No input
//! is bound to a signal; the typed text is only in its input.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::task::{spawn_local, tick};
use wasm_bindgen::JsCast;
use web_sys::{Event, FormData, HtmlElement, HtmlFormElement, HtmlInputElement};

/// The id of the flash message: the confirmation after a plain form's redirect. The next action on
/// the page clears the message.
pub const FLASH_ID: &str = "done";

/// The values of a form's fields, as the browser would send them.
#[derive(Debug)]
pub struct FormFields(Option<FormData>);

impl FormFields {
    /// Prevents the default action, which is the browser's own request, and returns the fields of
    /// the submitted form.
    pub fn take_submitted(event: &SubmitEvent) -> Self {
        event.prevent_default();
        Self::of(target(event))
    }

    /// Returns the fields of a form that is being filled in.
    pub fn of(form: Option<HtmlFormElement>) -> Self {
        Self(form.and_then(|form| FormData::new_with_form(&form).ok()))
    }

    /// Returns the value of one field, or an empty string if there is no such field.
    pub fn value(&self, name: &str) -> String {
        self.0.as_ref().and_then(|fields| fields.get(name).as_string()).unwrap_or_default()
    }
}

/// Returns the target of an event, if it is an element of this type.
pub fn target<T: JsCast>(event: &Event) -> Option<T> {
    event.target()?.dyn_into().ok()
}

/// Resets every form of the page, so that the next person finds no typed text. `boot.js` receives
/// the `reset` events and deletes the saved text.
pub fn reset_forms() {
    let Ok(forms) = document().query_selector_all("form") else { return };
    for index in 0..forms.length() {
        if let Some(form) =
            forms.item(index).and_then(|node| node.dyn_into::<HtmlFormElement>().ok())
        {
            form.reset();
        }
    }
}

/// Moves the focus to the input of this id as soon as the preceding changes are on the page. The
/// next animation frame would be too late, because the person may already be typing elsewhere. A
/// one-time code is selected, so that typing replaces it.
pub fn focus_input(id: &'static str) {
    spawn_local(async move {
        tick().await;
        let Some(element) =
            document().get_element_by_id(id).and_then(|node| node.dyn_into::<HtmlElement>().ok())
        else {
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
