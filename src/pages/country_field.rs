//! The country field of the phone step: a `select` element, which only the server renders.

use std::sync::Arc;

use leptos::prelude::*;

use super::render_context;
use crate::components::i18n::use_i18n;
use crate::domain::phone::Country;

/// Renders the options of the list.
pub(super) fn render_options(countries: &[Country]) -> Arc<str> {
    let option = |country: &Country| {
        view! {
            <option
                value=country.region.clone()
                data-code=country.calling_code.clone() data-main=country.is_main_for_calling_code
                data-format=country.number_format.to_string()
            >
                // The mark (U+200E) keeps the plus before the digits on right-to-left pages.
                {format!("{} (\u{200E}+{})", country.name, country.calling_code)}
            </option>
        }
    };
    countries.iter().map(|country| option(country).to_html()).collect::<String>().into()
}

/// Returns the options with one of them selected.
fn with_selected(options: &str, region: &str) -> String {
    let value = format!("value=\"{region}\"");
    options.replacen(&value, &format!("{value} selected"), 1)
}

/// The country field with the preselected country of this page.
#[component]
pub fn PreselectedCountry() -> impl IntoView {
    let context = render_context();
    let (label, selected) = (use_i18n().t("country-label"), context.country.clone());
    view! { <CountryField label countries=Arc::clone(&context.prerendered.countries) selected /> }
}

/// The list of countries, with one of them preselected.
#[component]
fn CountryField(
    label: String,
    /// The options from [`render_options`].
    countries: Arc<str>,
    /// The region to preselect, as an ISO 3166-1 code.
    selected: String,
) -> impl IntoView {
    view! {
        <div class="field">
            <label class="field__label" for="country">{label}</label>
            <select
                class="field__input field__input--select" id="country" name="country"
                autocomplete="country"
                aria-describedby="country-error" inner_html=with_selected(&countries, &selected)
            ></select>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::phone::NumberFormat;

    #[test]
    fn one_country_is_selected_and_names_are_escaped() {
        let country = |region: &str, name: &str| Country {
            region: region.into(),
            name: name.into(),
            calling_code: "1".into(),
            is_main_for_calling_code: false,
            number_format: NumberFormat::default(),
        };
        let options = render_options(&[country("TT", "Trinidad & Tobago"), country("US", "<b>")]);
        let markup = with_selected(&options, "US");
        assert_eq!(markup.matches(" selected").count(), 1);
        assert!(
            markup.contains("<option value=\"US\" selected")
                && markup.contains("&lt;b&gt;")
                && markup.contains("Trinidad &amp; Tobago"),
            "{markup}"
        );
        assert_eq!(with_selected(&options, "XX"), *options, "an unlisted country selects nothing");
    }
}
