//! Text that changes while the page is open.

use leptos::prelude::*;
use web_sys::Element;

/// The directive `use:text=signal`: the element's text follows the signal. It replaces the
/// element's content, because a translator may have replaced the text node. It writes only new
/// text, so that screen readers announce it once.
pub fn text(element: Element, text: Signal<String>) {
    // The server has rendered the signal's first value before any effect runs.
    let mut shown = text.get_untracked();
    Effect::new(move |_| {
        let now = text.get();
        if now != shown {
            element.set_text_content(Some(&now));
            shown = now;
        }
    });
}

/// Sets the text of the element with this id, if the page has one.
pub fn set_text(id: &str, text: &str) {
    if let Some(element) = document().get_element_by_id(id) {
        element.set_text_content(Some(text));
    }
}
