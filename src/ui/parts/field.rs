//! A labelled input with its error beside it.

use leptos::prelude::*;

/// A text field. What is typed stays with the browser; nothing here binds or rewrites it.
#[component]
pub fn Field(
    /// Name in the form, and the element's id.
    name: &'static str,
    /// Its label.
    label: String,
    /// What was typed before.
    #[prop(optional)]
    value: String,
    /// What the browser may fill in (`autocomplete`).
    autocomplete: &'static str,
    /// Which keyboard to show, and which checks the browser makes.
    #[prop(default = "text")]
    kind: &'static str,
    /// Which keyboard to show where the kind does not say.
    #[prop(optional)]
    inputmode: Option<&'static str>,
    /// The input's class.
    #[prop(default = "field__input".to_owned())]
    class: String,
    /// Words that help, shown at all times.
    #[prop(optional, into)]
    hint: Option<String>,
    /// What is wrong with it.
    error: Option<String>,
) -> impl IntoView {
    let error_id = format!("{name}-error");
    let hint_id = format!("{name}-hint");
    let described_by = if hint.is_some() { format!("{error_id} {hint_id}") } else { error_id.clone() };
    view! {
        <div class="field">
            <label class="field__label" for=name>{label}</label>
            <input
                class=class
                id=name
                name=name
                type=kind
                value=value
                autocomplete=autocomplete
                inputmode=inputmode
                aria-describedby=described_by
                aria-invalid=error.is_some().then_some("true")
            />
            <FieldError id=error_id error />
            {hint.map(|hint| view! { <p class="field__hint" id=hint_id>{hint}</p> })}
        </div>
    }
}

/// The place of an error: there from the start, so that a screen reader hears it fill.
#[component]
pub fn FieldError(
    /// Its id, which the input names.
    id: String,
    /// The words.
    error: Option<String>,
) -> impl IntoView {
    let hidden = error.is_none();
    view! { <p class="field__error" id=id role="alert" hidden=hidden>{error}</p> }
}
