//! The country of a phone number: the browser's own list, rendered on the server alone.

use std::sync::Arc;

use leptos::prelude::*;

use crate::domain::phone::Country;

/// The list, with one country preselected.
#[component]
pub fn CountryField(
    /// Its label.
    label: String,
    /// What can be chosen.
    countries: Arc<[Country]>,
    /// What is chosen at first.
    selected: String,
) -> impl IntoView {
    view! {
        <div class="field">
            <label class="field__label" for="country">{label}</label>
            <select class="field__input field__input--select" id="country" name="country" autocomplete="country" aria-describedby="country-error">
                {countries.iter().map(|country| view! {
                    <option
                        value=country.region.clone() selected={country.region == selected}
                        data-code=country.calling_code.clone() data-main=country.is_main data-shape=country.shape.to_string()
                    >
                        // The mark keeps the plus in front where the page runs from right to left.
                        {format!("{} (\u{200E}+{})", country.name, country.calling_code)}
                    </option>
                }).collect_view()}
            </select>
        </div>
    }
}
