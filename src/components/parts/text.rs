//! Text that changes while the page is open.

use leptos::prelude::*;
use web_sys::Element;

/// The directive `use:text=signal`: the element's text follows the signal. It writes to the element and not to a text node, so
/// that a translator which has replaced the nodes does not freeze it; and only what is new, so that a screen reader says it once.
pub fn text(element: Element, text: Signal<String>) {
    // The server has rendered what the signal is before any effect runs.
    let mut shown = text.get_untracked();
    Effect::new(move |_| {
        let now = text.get();
        if now != shown {
            element.set_text_content(Some(&now));
            shown = now;
        }
    });
}

/// Writes to the element of this id, where the page has one.
pub fn set_text(id: &str, text: &str) {
    if let Some(element) = document().get_element_by_id(id) {
        element.set_text_content(Some(text));
    }
}
