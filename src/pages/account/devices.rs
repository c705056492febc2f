//! The devices of the account page: the live sessions, and the forms that end them.

use leptos::either::Either;
use leptos::prelude::*;

use super::action::Action;
use crate::components::i18n::use_i18n;
use crate::domain::account::DeviceView;
use crate::domain::duration::format_age;
use crate::domain::messages::{Arg, Localize};
use crate::pages::render_context;

/// The section with the devices.
#[component]
pub fn Devices() -> impl IntoView {
    let i18n = use_i18n();
    let devices = render_context().account.devices.clone();
    let has_others = devices.iter().any(|device| !device.is_current);
    view! {
        <section class="card card--wide" aria-labelledby="devices">
            <h2 id="devices">{i18n.t("account-devices")}</h2>
            <p class="step__note">{i18n.t("account-devices-note")}</p>
            <ul class="entries">
                {devices.into_iter().map(|device| view! { <Device device /> }).collect_view()}
            </ul>
            {has_others.then(|| view! {
                <Action>
                    <form
                        method="post" action="/account/devices/log-out-others"
                        data-next="/account?saved"
                    >
                        <button
                            class="button" type="submit"
                        >{i18n.t("account-log-out-others")}</button>
                    </form>
                </Action>
            })}
            <form method="post" action="/sign-out/everywhere">
                <button
                    class="button button--link" type="submit"
                >{i18n.t("account-end-all")}</button>
            </form>
            <p class="step__note">{i18n.t("account-end-all-note")}</p>
        </section>
    }
}

/// One device, with a form that logs it out.
#[component]
fn Device(device: DeviceView) -> impl IntoView {
    let i18n = use_i18n();
    let DeviceView { id, browser, platform, subnet, opened_ago, seen_ago, is_current } = device;
    let names = [("browser", Arg::Text(&browser)), ("platform", Arg::Text(&platform))];
    let name = match (browser.is_empty(), platform.is_empty()) {
        (false, false) => i18n.format("device-name", &names),
        (true, true) => i18n.t("device-unknown"),
        _ => format!("{browser}{platform}"),
    };
    let locale = &render_context().locale;
    let (opened, seen) = (format_age(opened_ago, locale), format_age(seen_ago, locale));
    let times = [("opened", Arg::Text(&opened)), ("seen", Arg::Text(&seen))];
    let times = i18n.format("device-times", &times);
    let place = (!subnet.is_empty())
        .then(|| view! { " " {i18n.t("device-network")} " " <bdi dir="ltr">{subnet}</bdi> });
    let (path, done) = if is_current {
        ("/sign-out", None)
    } else {
        ("/account/devices/log-out", Some(i18n.t("device-logged-out")))
    };
    let name_id = format!("device-{id}");
    let item = view! {
        <p class="entries__name">
            <strong id=name_id.clone()>{name}</strong>
            {is_current.then(|| view! {
                " " <span class="badge">{i18n.t("device-current")}</span>
            })}
        </p>
        <p class="entries__note">{times}{place}</p>
        <form method="post" action=path data-done=done>
            <input type="hidden" name="device" value=id />
            <button
                class="button" type="submit" aria-describedby=name_id
            >{i18n.t("log-out")}</button>
        </form>
    };
    // Signing out loads a new page, so that nothing of this one is left.
    let item = if is_current {
        Either::Left(item)
    } else {
        Either::Right(view! { <Action>{item}</Action> })
    };
    view! { <li class="entries__item">{item}</li> }
}
