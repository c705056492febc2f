//! The recovery codes of the account page: how many are left, and the form that makes new ones.

use leptos::prelude::*;

use crate::components::i18n::use_i18n;
use crate::domain::duration::format_age;
use crate::domain::messages::{Arg, Localize};
use crate::pages::render_context;

/// The section with the recovery codes.
#[component]
pub fn Recovery() -> impl IntoView {
    let (i18n, context) = (use_i18n(), render_context());
    let state = match context.account.recovery {
        Some(codes) => {
            let left = i64::try_from(codes.left).unwrap_or_default();
            let made = format_age(codes.made_ago, &context.locale);
            let args = [("left", Arg::Number(left)), ("made", Arg::Text(&made))];
            context.locale.format("recovery-left", &args)
        }
        None => i18n.t("recovery-none"),
    };
    view! {
        <section class="card card--wide" aria-labelledby="recovery">
            <h2 id="recovery">{i18n.t("account-recovery")}</h2>
            <p class="step__note">{i18n.t("account-recovery-note")}</p>
            <p>{state}</p>
            <form class="account__row" method="post" action="/account/recovery-codes">
                <button class="button" type="submit">{i18n.t("recovery-make")}</button>
            </form>
        </section>
    }
}
