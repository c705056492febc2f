//! Moving the focus to where the person goes on.

use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use web_sys::{HtmlElement, HtmlInputElement};

/// Focuses what the first of `selectors` that finds anything finds, once the page shows it.
pub fn focus(selectors: &'static [&'static str]) {
    request_animation_frame(move || {
        let find = |selector: &&str| document().query_selector(selector).ok().flatten();
        let found = selectors.iter().find_map(find).and_then(|element| element.dyn_into::<HtmlElement>().ok());
        if let Some(element) = found {
            let _ = element.focus();
            // What was wrong there is typed over.
            let code = element.dyn_into::<HtmlInputElement>().ok().filter(|input| input.autocomplete() == "one-time-code");
            if let Some(input) = code {
                input.select();
            }
        }
    });
}
