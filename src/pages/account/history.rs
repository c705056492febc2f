//! The history of the account page: the newest events of the account.

use leptos::prelude::*;

use crate::components::i18n::use_i18n;
use crate::domain::account::HistoryEntry;
use crate::domain::duration::format_age;
use crate::pages::render_context;

/// The section with the history.
#[component]
pub fn History() -> impl IntoView {
    let i18n = use_i18n();
    let context = render_context();
    let entries = context.account.history.clone().into_iter();
    view! {
        <section class="card card--wide" aria-labelledby="history">
            <h2 id="history">{i18n.t("account-history")}</h2>
            <p class="step__note">{i18n.t("account-history-note")}</p>
            <ul class="entries">
                {entries.map(|entry: HistoryEntry| view! {
                    <li class="entries__item">
                        <p class="entries__name">{i18n.t(&entry.message_id())}</p>
                        <p class="entries__note">
                            {format_age(entry.ago, &context.locale)}
                            " " <bdi dir="ltr">{entry.subnet}</bdi>
                        </p>
                    </li>
                }).collect_view()}
            </ul>
        </section>
    }
}
