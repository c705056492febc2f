//! The country of a phone number: the browser's own list, rendered on the server alone.

use std::sync::Arc;

use leptos::prelude::*;

use super::render_context;
use crate::components::i18n::use_i18n;
use crate::domain::phone::Country;

/// The options of the list, as markup.
pub(super) fn render_options(countries: &[Country]) -> Arc<str> {
    let option = |country: &Country| {
        view! {
            <option
                value=country.region.clone()
                data-code=country.calling_code.clone() data-main=country.is_main_for_calling_code data-format=country.number_format.to_string()
            >
                // The mark keeps the plus in front where the page runs from right to left.
                {format!("{} (\u{200E}+{})", country.name, country.calling_code)}
            </option>
        }
    };
    countries.iter().map(|country| option(country).to_html()).collect::<String>().into()
}

/// The options with one of them selected.
fn with_selected(options: &str, region: &str) -> String {
    let value = format!("value=\"{region}\"");
    options.replacen(&value, &format!("{value} selected"), 1)
}

/// The field of the country as this page needs it.
#[component]
pub fn PreselectedCountry() -> impl IntoView {
    let context = render_context();
    view! { <CountryField label=use_i18n().t("country-label") countries=Arc::clone(&context.prerendered.countries) selected=context.country.clone() /> }
}

/// The list, with one country preselected.
#[component]
fn CountryField(
    /// The label.
    label: String,
    /// The options as [`render_options`] rendered them.
    countries: Arc<str>,
    /// The region that is preselected.
    selected: String,
) -> impl IntoView {
    view! {
        <div class="field">
            <label class="field__label" for="country">{label}</label>
            <select
                class="field__input field__input--select" id="country" name="country" autocomplete="country"
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
    fn one_country_is_selected_and_names_are_text() {
        let country = |region: &str, name: &str| Country {
            region: region.into(),
            name: name.into(),
            calling_code: "1".into(),
            is_main_for_calling_code: false,
            number_format: NumberFormat::default(),
        };
        let options = render_options(&[country("TT", "Trinidad & Tobago"), country("US", "<b>")]);
        let list = with_selected(&options, "US");
        assert_eq!(list.matches(" selected").count(), 1);
        assert!(
            list.contains("<option value=\"US\" selected")
                && list.contains("&lt;b&gt;")
                && list.contains("Trinidad &amp; Tobago"),
            "{list}"
        );
        assert_eq!(with_selected(&options, "XX"), *options, "one that is not there selects nothing");
    }
}
