//! Text that changes while the page is open.

use leptos::prelude::*;
use web_sys::Element;

/// The directive `use:text=signal`: the element's text follows the signal. The directive replaces
/// the element's whole content, because a browser's translation may have replaced the text node. It
/// writes only if the text has changed, so that screen readers announce each text once.
pub fn text(element: Element, text: Signal<String>) {
    // The element already shows the signal's first value, because the server has rendered it.
    let mut shown = text.get_untracked();
    Effect::new(move |_| {
        let current = text.get();
        if current != shown {
            element.set_text_content(Some(&current));
            shown = current;
        }
    });
}

/// Sets the text of the element with this id, if the page has one.
pub fn set_text(id: &str, text: &str) {
    if let Some(element) = document().get_element_by_id(id) {
        element.set_text_content(Some(text));
    }
}
