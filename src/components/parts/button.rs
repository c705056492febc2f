//! The submit button, and the values of boolean ARIA attributes.

use leptos::prelude::*;

/// The button that submits a form. While a response is awaited, the button is `aria-disabled`, and
/// its form ignores submissions. The attribute `disabled` would take the focus away.
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
pub fn aria_bool(value: Signal<bool>) -> Signal<String> {
    Signal::derive(move || value.get().to_string())
}
