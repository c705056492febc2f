//! The plain forms of the account pages. They run the same use cases as the server functions under
//! `/api/account`. After a success the response is a redirect. Otherwise it is the page again, with
//! the typed values and the error.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_DISPOSITION, RETRY_AFTER, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Response, StatusCode, Uri};
use axum::response::{IntoResponse, Redirect};
use axum::routing::get;
use axum::{Json, Router};

use super::error_response::{self, ResponseFormat};
use super::form::Form;
use super::paths::{
    ACCOUNT_PAGE, DELETE_PAGE, NUMBER_PAGE, RECOVERY_CODES_PAGE, RECOVERY_PAGE, VERIFY_PAGE,
};
use super::{ServeState, account_pages, locale, pages};
use crate::api::ErrorBody;
use crate::domain::next::{safe_redirect, with_next};
use crate::domain::problem::Problem;
use crate::pages::render_context::{ActionContext, RenderContext};
use crate::server::account::{self, NewNumber};
use crate::server::cookie_jar::CookieJar;
use crate::server::sign_in::{self, RecoverySignIn};
use crate::server::state::AppState;

/// Returns the routes of the forms. A form posts to the path of its API call without `/api`. The
/// address of a refused form, loaded again, leads to its page.
pub(super) fn routes() -> Router<ServeState> {
    let to_account = async || Redirect::to(ACCOUNT_PAGE);
    let to_verify = async || Redirect::to(VERIFY_PAGE);
    let to_number = async || Redirect::to(NUMBER_PAGE);
    Router::new()
        .route("/account/devices/log-out", get(to_account).post(log_out_device))
        .route("/account/devices/log-out-others", get(to_account).post(log_out_other_devices))
        .route("/account/passkeys/rename", get(to_account).post(rename_passkey))
        .route("/account/passkeys/remove", get(to_account).post(remove_passkey))
        .route(RECOVERY_CODES_PAGE, axum::routing::post(make_recovery_codes))
        .route(RECOVERY_PAGE, axum::routing::post(sign_in_with_recovery_code))
        .route(DELETE_PAGE, axum::routing::post(delete_account))
        .route("/account/data", get(to_account).post(download_data))
        .route("/account/verify/send", get(to_verify).post(send_step_up_code))
        .route(VERIFY_PAGE, axum::routing::post(verify_step_up))
        .route("/account/number/send", get(to_number).post(send_new_number_code))
        .route(NUMBER_PAGE, axum::routing::post(change_number))
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
    submit(state, request, ACCOUNT_PAGE, async |app, jar, _| {
        let recovery_codes = account::make_recovery_codes(app, jar).await?.codes;
        let mut parts = Request::new(Body::empty()).into_parts().0;
        parts.uri = Uri::from_static(RECOVERY_CODES_PAGE);
        let page = pages::page_context(&shown, jar, &parts).await?;
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

fn see_other(path: &str) -> Response<Body> {
    Redirect::to(path).into_response()
}

fn text(form: &Form, name: &str) -> Option<String> {
    form.get(name).map(str::to_owned)
}

/// Returns the path of a page that says that another SMS is on its way, if the form was a resend.
fn resent(path: String, form: &Form) -> String {
    match (form.get("resend"), path.contains('?')) {
        (None, _) => path,
        (Some(_), true) => format!("{path}&resent"),
        (Some(_), false) => format!("{path}?resent"),
    }
}

fn next(form: &Form) -> Option<&str> {
    form.get("next").and_then(safe_redirect)
}

/// Runs a use case with the fields of a form. It returns the response to a success.
async fn submit(
    state: ServeState,
    request: Request,
    page: &'static str,
    use_case: impl AsyncFnOnce(&AppState, &mut CookieJar, &Form) -> Result<Response<Body>, Problem>,
) -> Response<Body> {
    let (mut parts, body) = request.into_parts();
    let format = ResponseFormat::of_parts(&parts);
    let mut jar = CookieJar::of(&state.app, &parts);
    let form = match Form::read(&parts.headers, body).await {
        Ok(form) => form,
        Err(problem) => return error_response::response(problem, &format),
    };
    let result = match use_case(&state.app, &mut jar, &form).await {
        Ok(response) => Ok(response),
        Err(problem @ (Problem::NotSignedIn | Problem::VerificationRequired)) => Err(problem),
        Err(problem) => {
            parts.uri = Uri::from_static(page);
            show_error(&state, &parts, &mut jar, &form, problem).await
        }
    };
    // An error of the page itself may also be that it needs a verification.
    let mut response = match result {
        Ok(response) => response,
        Err(Problem::NotSignedIn) => see_other(&with_next("/sign-in", Some(page))),
        Err(Problem::VerificationRequired) => see_other(&with_next(VERIFY_PAGE, Some(page))),
        Err(problem) => error_response::response(problem, &format),
    };
    if !response.headers().contains_key(SET_COOKIE) {
        jar.write_cookies(response.headers_mut());
    }
    response
}

/// Renders the page again with the error of its form.
async fn show_error(
    state: &ServeState,
    parts: &Parts,
    jar: &mut CookieJar,
    form: &Form,
    problem: Problem,
) -> Result<Response<Body>, Problem> {
    let page = pages::page_context(state, jar, parts).await?;
    let account = account_pages::account_view(state, jar, &page, parts).await?;
    let action = account_pages::action_context(state, jar, parts).await?;
    // A browser without scripts cannot solve a puzzle, so its next form presents a wait token.
    let (wait, retry_after) = match &problem {
        Problem::ProofRequired { wait, wait_seconds, .. } => (wait.clone(), Some(*wait_seconds)),
        problem => (String::new(), problem.retry_after()),
    };
    let error = ErrorBody::localized(&problem, &locale::of(state, parts));
    let status = error_response::status_of(&error);
    // A form with a number is shown again, also if an earlier number waits for its code.
    let challenge = action.challenge.filter(|_| form.get("phone").is_none());
    let action = ActionContext {
        challenge,
        error: Some(error),
        wait,
        phone: form.get("phone").unwrap_or_default().to_owned(),
        code: form.get("code").unwrap_or_default().to_owned(),
        next: next(form).map(str::to_owned).or(action.next),
        has_passkeys: action.has_passkeys,
        recovery_codes: Vec::new(),
    };
    let mut context = RenderContext { account, action, ..pages::render_context(state, parts) };
    if let Some(country) = text(form, "country")
        && state.app.config.countries.serves(&country)
    {
        context.country = country;
    }
    let mut response = pages::render(page, context, jar, &parts.uri, status).await;
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    Ok(response)
}
