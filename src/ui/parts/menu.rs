//! A menu behind a button: `details`, so that it opens without scripts.

use leptos::ev;
use leptos::ev::{FocusEvent, KeyboardEvent};
use leptos::html;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use web_sys::Node;

use super::focus::focus;

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
            focus(&[".menu__button"]);
        }
    };
    let holds = move |node: Option<Node>| {
        details.get_untracked().is_some_and(|details| node.as_ref().is_some_and(|node| details.contains(Some(node))))
    };
    Effect::new(move || {
        let listener = window_event_listener(ev::click, move |event| {
            if !holds(event.target().and_then(|target| target.dyn_into::<Node>().ok())) {
                close();
            }
        });
        on_cleanup(move || listener.remove());
    });
    let on_leave = move |event: FocusEvent| {
        let to = event.related_target().and_then(|target| target.dyn_into::<Node>().ok());
        if to.is_some() && !holds(to) {
            close();
        }
    };
    view! {
        <details class="menu" node_ref=details on:keydown=on_key on:focusout=on_leave>
            <summary class="menu__button">
                <span class="menu__initial" aria-hidden="true">{initial}</span>
                <span class="menu__label">{label}</span>
            </summary>
            <div class="menu__panel">{children()}</div>
        </details>
    }
}
