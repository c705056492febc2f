//! Buttons.

use leptos::prelude::*;

/// The button that submits a form. While the answer is awaited it says that it cannot be pressed again, and its form's owner sees to
/// that: the attribute `disabled` would take the focus away.
#[component]
pub fn SubmitButton(
    /// The button's name.
    label: String,
    /// Whether the answer is awaited.
    pending: Signal<bool>,
) -> impl IntoView {
    let pending = flag(pending);
    view! {
        <button class="button button--primary button--wide" type="submit" aria-disabled=pending aria-busy=pending>
            {label}
        </button>
    }
}

/// A yes-or-no attribute of ARIA, which is `true` or `false` and not merely present.
pub fn flag(is: Signal<bool>) -> Signal<String> {
    Signal::derive(move || is.get().to_string())
}
