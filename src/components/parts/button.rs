//! Buttons, and their ARIA attributes.

use leptos::prelude::*;

/// The button that submits a form. While a response is awaited it is `aria-disabled`, and its form
/// ignores the submission. The attribute `disabled` would take the focus away.
#[component]
pub fn SubmitButton(
    label: String,
    /// `true` while the response is awaited.
    pending: Signal<bool>,
) -> impl IntoView {
    let pending = aria_bool(pending);
    view! {
        <button
            class="button button--primary button--wide" type="submit" aria-disabled=pending
            aria-busy=pending
        >
            {label}
        </button>
    }
}

/// Returns the value of a boolean ARIA attribute, `true` or `false`.
pub fn aria_bool(is: Signal<bool>) -> Signal<String> {
    Signal::derive(move || is.get().to_string())
}
