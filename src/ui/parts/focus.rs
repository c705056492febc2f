//! Moving the focus to where the person goes on.

use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// Focuses the first element that `selector` finds, once the page shows it.
pub fn focus(selector: &'static str) {
    request_animation_frame(move || {
        let found = document().query_selector(selector).ok().flatten().and_then(|element| element.dyn_into::<HtmlElement>().ok());
        if let Some(element) = found {
            let _ = element.focus();
        }
    });
}
