//! A menu behind a button: `details`, so that it opens without scripts.

use leptos::ev::{FocusEvent, KeyboardEvent};
use leptos::html;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use web_sys::Node;

/// The menu. Escape and leaving it close it.
#[component]
pub fn Menu(
    /// The button's name.
    label: String,
    /// A letter that stands for it.
    initial: String,
    /// What is in it.
    children: Children,
) -> impl IntoView {
    let details = NodeRef::<html::Details>::new();
    let close = move || {
        if let Some(details) = details.get_untracked() {
            details.set_open(false);
        }
    };
    let on_key = move |event: KeyboardEvent| {
        if event.key() == "Escape" {
            close();
        }
    };
    let on_leave = move |event: FocusEvent| {
        let to = event.related_target().and_then(|target| target.dyn_into::<Node>().ok());
        let inside = details.get_untracked().is_some_and(|details| to.as_ref().is_some_and(|to| details.contains(Some(to))));
        if to.is_some() && !inside {
            close();
        }
    };
    view! {
        <details class="menu" node_ref=details on:keydown=on_key on:focusout=on_leave>
            <summary class="menu__button" aria-haspopup="true">
                <span class="menu__initial" aria-hidden="true">{initial}</span>
                <span class="menu__label">{label}</span>
            </summary>
            <div class="menu__panel">{children()}</div>
        </details>
    }
}
