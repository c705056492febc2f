//! The language switch: a plain form with a button for each language, with and without scripts.

use std::sync::Arc;

use leptos::prelude::*;

/// Renders a button for each language.
#[component]
pub fn LanguageSwitch(
    /// The accessible name of the form.
    label: String,
    /// The BCP 47 tag and the native name of each language.
    languages: Arc<[(String, String)]>,
    /// The tag of the page's language.
    current: String,
    /// The path of the page, to which the browser returns.
    back: String,
) -> impl IntoView {
    view! {
        <form class="languages" method="post" action="/language" aria-label=label>
            <input type="hidden" name="next" value=back />
            {languages.iter().cloned().map(|(tag, name)| {
                let is_current = (tag == current).then_some("true");
                view! {
                    <button
                        class="languages__one" name="language" value=tag.clone() lang=tag
                        aria-current=is_current
                    >
                        {name}
                    </button>
                }
            }).collect_view()}
        </form>
    }
}
