//! The plain forms outside the flow of the SMS: those of the account pages, and three of people who
//! are signed out. They run the same use cases as the server functions. A success is a redirect,
//! except for recovery codes and the download. An error is the page again, with the typed values.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::CONTENT_DISPOSITION;
use axum::http::{Response, StatusCode, Uri};
use axum::response::{IntoResponse, Redirect};
use axum::routing::{get, post};
use axum::{Json, Router};

use super::action_form::{next, see_other, submit, text};
use super::form::Form;
use super::paths::{
    ACCOUNT_PAGE, DELETE_PAGE, NUMBER_PAGE, OBJECTION_PAGE, OWNER_PAGE, RECOVERY_CODES_PAGE,
    RECOVERY_PAGE, VERIFY_PAGE,
};
use super::{ServeState, pages};
use crate::domain::next::with_next;
use crate::domain::problem::Problem;
use crate::pages::render_context::{ActionContext, RenderContext};
use crate::server::account::{self, NewNumber};
use crate::server::sign_in::{self, RecoverySignIn};

/// Returns the routes of the forms. A form of the account page posts to the path of its API call
/// without `/api`. The address of a refused form, loaded again, leads to its page.
pub(super) fn routes() -> Router<ServeState> {
    let to_account = async || Redirect::to(ACCOUNT_PAGE);
    let to_verify = async || Redirect::to(VERIFY_PAGE);
    let to_number = async || Redirect::to(NUMBER_PAGE);
    Router::new()
        .route("/account/devices/log-out", get(to_account).post(log_out_device))
        .route("/account/devices/log-out-others", get(to_account).post(log_out_other_devices))
        .route("/account/passkeys/rename", get(to_account).post(rename_passkey))
        .route("/account/passkeys/remove", get(to_account).post(remove_passkey))
        .route(RECOVERY_CODES_PAGE, post(make_recovery_codes))
        .route(RECOVERY_PAGE, post(sign_in_with_recovery_code))
        .route(DELETE_PAGE, post(delete_account))
        .route(OWNER_PAGE, post(confirm_owner))
        .route(OBJECTION_PAGE, post(undo_number_change))
        .route("/account/restore", get(to_account).post(restore_account))
        .route("/account/data", get(to_account).post(download_data))
        .route("/account/verify/send", get(to_verify).post(send_step_up_code))
        .route(VERIFY_PAGE, post(verify_step_up))
        .route("/account/number/send", get(to_number).post(send_new_number_code))
        .route(NUMBER_PAGE, post(change_number))
}

async fn log_out_device(State(state): State<ServeState>, request: Request) -> Response<Body> {
    submit(state, request, ACCOUNT_PAGE, async |app, jar, form| {
        let [device] = form.required(["device"])?;
        account::log_out_device(app, jar, &device).await?;
        Ok(see_other("/account?saved"))
    })
    .await
}

async fn log_out_other_devices(
    State(state): State<ServeState>,
    request: Request,
) -> Response<Body> {
    submit(state, request, ACCOUNT_PAGE, async |app, jar, _| {
        account::log_out_other_devices(app, jar).await?;
        Ok(see_other("/account?saved"))
    })
    .await
}

async fn rename_passkey(State(state): State<ServeState>, request: Request) -> Response<Body> {
    submit(state, request, ACCOUNT_PAGE, async |app, jar, form| {
        let [passkey, name] = form.required(["passkey", "name"])?;
        account::rename_passkey(app, jar, &passkey, &name).await?;
        Ok(see_other("/account?saved"))
    })
    .await
}

async fn remove_passkey(State(state): State<ServeState>, request: Request) -> Response<Body> {
    submit(state, request, ACCOUNT_PAGE, async |app, jar, form| {
        let [passkey] = form.required(["passkey"])?;
        account::remove_passkey(app, jar, &passkey).await?;
        Ok(see_other("/account?saved"))
    })
    .await
}

/// Answers with the page that shows the codes. It is no redirect, because the codes are kept
/// nowhere.
async fn make_recovery_codes(State(state): State<ServeState>, request: Request) -> Response<Body> {
    let shown = state.clone();
    let (mut parts, body) = request.into_parts();
    let request = Request::from_parts(parts.clone(), body);
    parts.uri = Uri::from_static(RECOVERY_CODES_PAGE);
    submit(state, request, ACCOUNT_PAGE, async |app, jar, _| {
        let page = pages::page_context(&shown, jar, &parts).await?;
        let recovery_codes = account::make_recovery_codes(app, jar).await?.codes;
        let action = ActionContext { recovery_codes, ..ActionContext::default() };
        let context = RenderContext { action, ..pages::render_context(&shown, &parts) };
        Ok(pages::render(page, context, jar, &parts.uri, StatusCode::OK).await)
    })
    .await
}

async fn sign_in_with_recovery_code(
    State(state): State<ServeState>,
    request: Request,
) -> Response<Body> {
    submit(state, request, RECOVERY_PAGE, async |app, jar, form| {
        let [phone, code] = form.required(["phone", "code"])?;
        let typed = RecoverySignIn { phone, country: text(form, "country"), code };
        match sign_in::sign_in_with_recovery_code(app, jar, typed).await {
            Ok(_) | Err(Problem::AlreadySignedIn) => Ok(see_other(next(form).unwrap_or("/"))),
            Err(problem) => Err(problem),
        }
    })
    .await
}

/// Answers with the data of the account as a file.
async fn download_data(State(state): State<ServeState>, request: Request) -> Response<Body> {
    submit(state, request, ACCOUNT_PAGE, async |app, jar, _| {
        let export = account::export_account(app, jar).await?;
        let name = (CONTENT_DISPOSITION, "attachment; filename=\"account.json\"");
        let mut response = ([name], Json(export)).into_response();
        pages::mark_personal(&mut response);
        Ok(response)
    })
    .await
}

async fn confirm_owner(State(state): State<ServeState>, request: Request) -> Response<Body> {
    submit(state, request, OWNER_PAGE, async |app, jar, form| {
        let [email] = form.required(["email"])?;
        let challenge = sign_in::current_challenge(app, jar).await?;
        sign_in::confirm_owner(app, jar, &email).await?;
        let earlier = challenge.and_then(|challenge| challenge.next);
        Ok(see_other(next(form).or(earlier.as_deref()).unwrap_or("/")))
    })
    .await
}

async fn undo_number_change(State(state): State<ServeState>, request: Request) -> Response<Body> {
    submit(state, request, OBJECTION_PAGE, async |app, jar, form| {
        let [token] = form.required(["token"])?;
        let is_undone = account::undo_number_change(app, &token, &jar.client.subnet).await?;
        Ok(see_other(if is_undone { "/objection?saved" } else { OBJECTION_PAGE }))
    })
    .await
}

async fn restore_account(State(state): State<ServeState>, request: Request) -> Response<Body> {
    submit(state, request, ACCOUNT_PAGE, async |app, jar, _| {
        account::restore_account(app, jar).await?;
        Ok(see_other("/account?saved"))
    })
    .await
}

async fn delete_account(State(state): State<ServeState>, request: Request) -> Response<Body> {
    submit(state, request, DELETE_PAGE, async |app, jar, _| {
        account::delete_account(app, jar).await?;
        Ok(see_other("/?deleted"))
    })
    .await
}

async fn send_step_up_code(State(state): State<ServeState>, request: Request) -> Response<Body> {
    submit(state, request, VERIFY_PAGE, async |app, jar, form| {
        account::send_step_up_code(app, jar, text(form, "proof")).await?;
        Ok(see_other(&resent(with_next(VERIFY_PAGE, next(form)), form)))
    })
    .await
}

async fn verify_step_up(State(state): State<ServeState>, request: Request) -> Response<Body> {
    submit(state, request, VERIFY_PAGE, async |app, jar, form| {
        let [code] = form.required(["code"])?;
        let reference = form.get("reference").unwrap_or_default();
        account::verify_step_up(app, jar, &code, reference).await?;
        Ok(see_other(next(form).unwrap_or(ACCOUNT_PAGE)))
    })
    .await
}

async fn send_new_number_code(State(state): State<ServeState>, request: Request) -> Response<Body> {
    submit(state, request, NUMBER_PAGE, async |app, jar, form| {
        let [phone, country, proof] = ["phone", "country", "proof"].map(|name| text(form, name));
        let typed = NewNumber { phone, country, proof };
        match account::send_new_number_code(app, jar, typed).await {
            Ok(_) => Ok(see_other(&resent(NUMBER_PAGE.to_owned(), form))),
            // Without a challenge there is no number to send to.
            Err(Problem::Malformed) => Err(Problem::NoChallenge),
            Err(problem) => Err(problem),
        }
    })
    .await
}

async fn change_number(State(state): State<ServeState>, request: Request) -> Response<Body> {
    submit(state, request, NUMBER_PAGE, async |app, jar, form| {
        let [code] = form.required(["code"])?;
        let reference = form.get("reference").unwrap_or_default();
        account::change_number(app, jar, &code, reference).await?;
        Ok(see_other("/account?saved"))
    })
    .await
}

/// Returns the path of a page that says that another SMS is on its way, if the form was a resend.
fn resent(path: String, form: &Form) -> String {
    match (form.get("resend"), path.contains('?')) {
        (None, _) => path,
        (Some(_), true) => format!("{path}&resent"),
        (Some(_), false) => format!("{path}?resent"),
    }
}
