//! The choice of a language: a plain form, a button for each, that works with and without scripts.

use std::sync::Arc;

use leptos::prelude::*;

/// The buttons.
#[component]
pub fn LanguageSwitch(
    /// The name of the choice.
    label: String,
    /// Tag and own name of each.
    languages: Arc<[(String, String)]>,
    /// The tag of the page's own.
    current: String,
    /// The path to return to.
    back: String,
) -> impl IntoView {
    view! {
        <form class="languages" method="post" action="/language" aria-label=label>
            <input type="hidden" name="next" value=back />
            {languages.iter().cloned().map(|(tag, name)| {
                let is_current = (tag == current).then_some("true");
                view! { <button class="languages__one" name="language" value=tag.clone() lang=tag aria-current=is_current>{name}</button> }
            }).collect_view()}
        </form>
    }
}
