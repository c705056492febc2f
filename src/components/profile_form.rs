//! The profile form, an example of a reactive form: a server function for signed-in people, and the
//! island that calls it. The page is in `pages/account.rs`. One line in `serve.rs` lets the form
//! work without scripts.

#![expect(missing_docs, reason = "the server macro creates a public field for every argument")]

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use leptos::server_fn::codec::Post;
use leptos::task::spawn_local;

use super::i18n::use_i18n;
use super::page_context::page_context;
use super::parts::button::SubmitButton;
use super::parts::field::{Field, FieldError};
use super::parts::form::{FLASH_ID, FormFields, focus_input};
use super::parts::text::{set_text, text};
use super::session::use_session;
use crate::api::client::FetchClient;
use crate::api::json::Json;
use crate::api::{ApiError, ErrorBody};
use crate::domain::error_code::ErrorCode;
use crate::domain::user::{Details, UserView};

/// Changes the name and e-mail address of the signed-in user.
///
/// # Errors
/// `not_signed_in`; `invalid` with the invalid fields; `unavailable`.
#[server(prefix = "/api", endpoint = "account/profile", client = FetchClient, output = Post<Json>)]
pub async fn update_profile(
    first_name: String,
    last_name: String,
    email: String,
) -> Result<UserView, ApiError> {
    Ok(crate::server::request::run_use_case(async |app, jar| {
        crate::server::account::update_profile(app, jar, &first_name, &last_name, &email).await
    })
    .await?)
}

/// The names of the form's fields. Each name is also the id of its input.
const FIELDS: [&str; 3] = ["first_name", "last_name", "email"];

/// The state of the form. The typed values are only in its inputs.
#[derive(Debug, Clone, Default)]
struct State {
    error: Option<ErrorBody>,
    pending: bool,
    saved: bool,
}

/// The profile form. With scripts it is saved without a page load, and every component that shows
/// the name follows the session signal.
#[island]
pub fn ProfileForm() -> impl IntoView {
    let (session, i18n, form) = (use_session(), use_i18n(), page_context().form.clone());
    let state = RwSignal::new(State { error: form.error.clone(), ..State::default() });
    let show_error = move |error: ErrorBody| {
        if let Some(name) = error.first_invalid(&FIELDS) {
            focus_input(name);
        }
        state.set(State { error: Some(error), ..State::default() });
    };
    let submit = move |event: SubmitEvent| {
        let fields = FormFields::take_submitted(&event);
        if state.with_untracked(|state| state.pending) {
            return;
        }
        set_text(FLASH_ID, "");
        let [first, last, email] = FIELDS.map(|name| fields.value(name));
        if let Err(problem) = Details::parse(&first, &last, &email) {
            return show_error(ErrorBody::localized(&problem, &i18n));
        }
        state.set(State { pending: true, ..State::default() });
        spawn_local(async move {
            match update_profile(first, last, email).await {
                Ok(user) => {
                    state.set(State { saved: true, ..State::default() });
                    session.set(Some(user));
                }
                // The session was ended elsewhere. The page is loaded again, and the server
                // redirects to the sign-in page, as after a plain form.
                Err(refused) if refused.error.code == ErrorCode::NotSignedIn => {
                    let _ = window().location().assign("/account");
                }
                Err(refused) if refused.error.code == ErrorCode::VerificationRequired => {
                    let _ = window().location().assign("/account/verify?next=/account");
                }
                Err(refused) => show_error(refused.error.localize(&i18n)),
            }
        });
    };
    let field_error = move |name: &'static str| {
        Signal::derive(move || {
            state.with(|state| {
                state.error.as_ref().and_then(|error| error.field_message(name)).unwrap_or_default()
            })
        })
    };
    let form_error = Signal::derive(move || {
        state.with(|state| {
            state.error.as_ref().and_then(|error| error.form_message(&[])).unwrap_or_default()
        })
    });
    let user = session.user().unwrap_or_default();
    let value = move |name: &str, saved: &str| {
        form.values.get(name).cloned().unwrap_or_else(|| saved.to_owned())
    };
    view! {
        <form class="step__form" method="post" action="/account" on:submit=submit novalidate>
            <FieldError id="profile-error".to_owned() error=form_error />
            <Field
                name="first_name" label=i18n.t("first-name-label")
                value=value("first_name", &user.first_name)
                autocomplete="given-name" error=field_error("first_name")
            />
            <Field
                name="last_name" label=i18n.t("last-name-label")
                value=value("last_name", &user.last_name)
                autocomplete="family-name" error=field_error("last_name")
            />
            <Field
                name="email" label=i18n.t("email-label") value=value("email", &user.email)
                kind="email"
                autocomplete="email" error=field_error("email")
            />
            <SubmitButton
                label=i18n.t("save")
                pending=Signal::derive(move || state.with(|state| state.pending))
            />
            <p
                class="step__note" role="status"
                use:text=Signal::derive(move || {
                    if state.with(|state| state.saved) { i18n.t("saved") } else { String::new() }
                })
            ></p>
        </form>
    }
}
