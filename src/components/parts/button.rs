//! Buttons.

use leptos::prelude::*;

/// The button that submits a form. While the answer is awaited it cannot be pressed again.
#[component]
pub fn SubmitButton(
    /// The button's name.
    label: String,
    /// Whether the answer is awaited.
    pending: Signal<bool>,
) -> impl IntoView {
    view! {
        <button class="button button--primary button--wide" type="submit" disabled=pending aria-busy=flag(pending)>
            {label}
        </button>
    }
}

/// A yes-or-no attribute of ARIA, which is `true` or `false` and not merely present.
pub fn flag(is: Signal<bool>) -> Signal<String> {
    Signal::derive(move || is.get().to_string())
}
