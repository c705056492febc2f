//! A labelled input with its error beside it.

use leptos::prelude::*;

use super::button::aria_bool;
use super::text::text;

/// A labelled text field. The input is not bound to a signal; the typed text is only in the input.
#[component]
pub fn Field(
    /// The name in the form, which is also the input's id.
    name: &'static str,
    label: String,
    /// The initial value: the text that was typed into a refused form.
    #[prop(optional)]
    value: String,
    /// The autofill token (`autocomplete`).
    autocomplete: &'static str,
    /// The input's type, which selects the on-screen keyboard.
    #[prop(default = "text")]
    kind: &'static str,
    /// The on-screen keyboard, if the type does not select it.
    #[prop(optional)]
    inputmode: Option<&'static str>,
    /// An additional CSS class of the input.
    #[prop(optional, into)]
    class: Signal<String>,
    /// The help text below the input, which is always visible.
    #[prop(optional)]
    hint: Option<Signal<String>>,
    /// The error message; empty if the value is valid.
    error: Signal<String>,
) -> impl IntoView {
    let error_id = format!("{name}-error");
    let hint_id = format!("{name}-hint");
    let described_by =
        if hint.is_some() { format!("{error_id} {hint_id}") } else { error_id.clone() };
    let invalid = Signal::derive(move || error.with(|error| !error.is_empty()));
    view! {
        <div class="field">
            <label class="field__label" for=name>{label}</label>
            <input
                class=Signal::derive(move || format!("field__input {}", class.get()))
                id=name
                name=name
                type=kind
                value=value
                autocomplete=autocomplete
                inputmode=inputmode
                aria-describedby=described_by
                aria-invalid=aria_bool(invalid)
            />
            <FieldError id=error_id error />
            {hint.map(|hint| view! {
                <p class="field__hint" id=hint_id use:text=hint>{hint.get_untracked()}</p>
            })}
        </div>
    }
}

/// The element for a field's error. It is always in the document, so that screen readers announce a
/// message that appears in it.
#[component]
pub fn FieldError(
    /// The element's id, which the input's `aria-describedby` names.
    id: String,
    /// The error message; empty if the value is valid.
    error: Signal<String>,
) -> impl IntoView {
    let hidden = Signal::derive(move || error.with(String::is_empty));
    view! {
        <p class="field__error" id=id role="alert" hidden=hidden use:text=error>
            {error.get_untracked()}
        </p>
    }
}
