//! Buttons.

use leptos::prelude::*;

/// The button that submits a form. While the answer is awaited it says that it cannot be pressed again, and its form's owner sees to
/// that: the attribute `disabled` would take the focus away.
#[component]
pub fn SubmitButton(
    /// The button's name.
    label: String,
    /// `true` while the response is awaited.
    pending: Signal<bool>,
) -> impl IntoView {
    let pending = aria_bool(pending);
    view! {
        <button class="button button--primary button--wide" type="submit" aria-disabled=pending aria-busy=pending>
            {label}
        </button>
    }
}

/// A boolean ARIA attribute, whose value is `true` or `false`.
pub fn aria_bool(is: Signal<bool>) -> Signal<String> {
    Signal::derive(move || is.get().to_string())
}
