//! Reading a form that is being submitted.

use leptos::ev::SubmitEvent;
use leptos::wasm_bindgen::JsCast;
use web_sys::{FormData, HtmlFormElement};

/// The fields of the form that `event` submits, as the browser holds them. The browser's own sending is called off.
pub(crate) struct Fields(Option<FormData>);

impl Fields {
    /// Takes them.
    pub fn take(event: &SubmitEvent) -> Self {
        event.prevent_default();
        let form = event.target().and_then(|target| target.dyn_into::<HtmlFormElement>().ok());
        Self::of(form)
    }

    /// Those of a form that is still being filled in.
    pub fn of(form: Option<HtmlFormElement>) -> Self {
        Self(form.and_then(|form| FormData::new_with_form(&form).ok()))
    }

    /// The text of one field; empty where there is none.
    pub fn text(&self, name: &str) -> String {
        self.0.as_ref().and_then(|fields| fields.get(name).as_string()).unwrap_or_default()
    }
}
