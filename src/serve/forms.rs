//! `POST` handlers of the HTML forms, for browsers without scripts. They run the same use cases as
//! the server functions. The response is a redirect, or the page again with the typed values and
//! the error.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Response};
use axum::response::{IntoResponse, Redirect};

use super::error_response::{self, ResponseFormat};
use super::form::Form;
use super::paths::OWNER_PAGE;
use super::{ServeState, locale, pages};
use crate::api::ErrorBody;
use crate::components::page_context::FormValues;
use crate::domain::next::{safe_redirect, with_next};
use crate::domain::problem::Problem;
use crate::domain::response::{OtpSent, Outcome};
use crate::domain::step::Step;
use crate::server::AppState;
use crate::server::cookie_jar::CookieJar;
use crate::server::sign_in::{self, SendOtp, current_challenge};

/// A posted form, with its request and the cookies of the browser.
struct PostedForm {
    state: ServeState,
    parts: Parts,
    jar: CookieJar,
    form: Form,
}

impl PostedForm {
    /// Reads the form of a step. If the form cannot be read, the error is the response: that step's
    /// page again, with a message.
    async fn read(state: ServeState, request: Request, step: Step) -> Result<Self, Response<Body>> {
        let (parts, body) = request.into_parts();
        let jar = CookieJar::of(&state.app, &parts);
        let (form, error) = match Form::read(&parts.headers, body).await {
            Ok(form) => (form, None),
            Err(problem) => (Form::default(), Some(problem)),
        };
        let posted = Self { state, parts, jar, form };
        match error {
            None => Ok(posted),
            Some(problem) => Err(posted.rerender_with_error(step, problem).await),
        }
    }

    fn field(&self, name: &str) -> Option<String> {
        self.form.get(name).map(str::to_owned)
    }

    fn text(&self, name: &str) -> String {
        self.field(name).unwrap_or_default()
    }

    /// Returns a redirect (303) to another page, with the cookies that were set.
    fn see_other(&self, path: &str) -> Response<Body> {
        let mut response = Redirect::to(path).into_response();
        self.jar.write_cookies(response.headers_mut());
        response
    }

    /// Returns the page again, at the step where the person can fix the error.
    async fn rerender_with_error(mut self, step: Step, problem: Problem) -> Response<Body> {
        let page = pages::page_context(&self.state, &mut self.jar, &self.parts).await;
        if step != Step::Phone && page.as_ref().is_ok_and(|page| page.user.is_some()) {
            // The person has already signed in, in another tab or before going back. There is
            // nothing to fix, so the response is the redirect that a `GET` of the page would give.
            let target = self.redirect_target().await;
            return self.see_other(&target);
        }
        let step = problem.code().recovery_step(step);
        // Without a database the form is still rendered, with all typed values.
        let mut page =
            page.unwrap_or_else(|_| pages::signed_out_context(&self.state, None, &self.parts));
        let mut context = pages::render_context(&self.state, &self.parts);
        let text = |name| self.text(name);
        if let Some(country) =
            self.field("country").filter(|country| self.state.app.config.countries.serves(country))
        {
            context.country = country;
        }
        let flow = &mut page.sign_in;
        flow.step = step;
        flow.next = self
            .field("next")
            .and_then(|next| safe_redirect(&next).map(str::to_owned))
            .or(flow.next.take());
        flow.values = FormValues {
            phone: text("phone"),
            wait: String::new(),
            code: text("code"),
            first_name: text("first_name"),
            last_name: text("last_name"),
            email: text("email"),
        };
        let retry_after = match &problem {
            // A browser without scripts cannot solve a puzzle, so its next form presents a wait
            // token.
            Problem::ProofRequired { wait, wait_seconds, .. } => {
                flow.values.wait.clone_from(wait);
                Some(*wait_seconds)
            }
            problem => problem.retry_after(),
        };
        let error_body = ErrorBody::localized(&problem, &locale::of(&self.state, &self.parts));
        let status = error_response::status_of(&error_body);
        flow.error = Some(error_body);
        let mut response = pages::render(page, context, &self.jar, &self.parts.uri, status).await;
        if let Some(seconds) = retry_after {
            response
                .headers_mut()
                .insert(axum::http::header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }

    /// Returns the path that the person requested before the sign-in, or `/`.
    async fn redirect_target(&self) -> String {
        if let Some(next) = self.field("next").as_deref().and_then(safe_redirect) {
            return next.to_owned();
        }
        // An error of the database is ignored here, because the use case reports it.
        let challenge = current_challenge(&self.state.app, &self.jar).await.ok().flatten();
        challenge.and_then(|challenge| challenge.next).unwrap_or_else(|| "/".to_owned())
    }
}

/// Handles `POST /sign-in` and `POST /sign-up`: sends a message.
pub(super) async fn send_otp(State(state): State<ServeState>, request: Request) -> Response<Body> {
    let mut posted = match PostedForm::read(state, request, Step::Phone).await {
        Ok(posted) => posted,
        Err(error_page) => return error_page,
    };
    let [phone] = match posted.form.required(["phone"]) {
        Ok(fields) => fields,
        Err(problem) => return posted.rerender_with_error(Step::Phone, problem).await,
    };
    let typed = SendOtp {
        phone: Some(phone),
        country: posted.field("country"),
        next: posted.field("next"),
        proof: posted.field("proof"),
        needs_cookies: posted.field("cookies").is_some(),
    };
    match sign_in::send_otp(&posted.state.app, &mut posted.jar, typed).await {
        Ok(OtpSent { .. }) => posted.see_other("/sign-in/code"),
        Err(problem) => posted.rerender_with_error(Step::Phone, problem).await,
    }
}

/// Handles `POST /sign-in/code`: verifies the typed code, or sends another message.
pub(super) async fn verify_otp(
    State(state): State<ServeState>,
    request: Request,
) -> Response<Body> {
    let mut posted = match PostedForm::read(state, request, Step::Code).await {
        Ok(posted) => posted,
        Err(error_page) => return error_page,
    };
    if posted.field("resend").is_some() {
        let typed = SendOtp { proof: posted.field("proof"), ..SendOtp::default() };
        return match sign_in::send_otp(&posted.state.app, &mut posted.jar, typed).await {
            Ok(OtpSent { .. }) => posted.see_other("/sign-in/code?resent"),
            // Without a challenge there is no phone number to send to. The page shows the error for
            // an unknown challenge.
            Err(Problem::Malformed) => {
                posted.rerender_with_error(Step::Code, Problem::NoChallenge).await
            }
            Err(problem) => {
                posted
                    .rerender_with_error(
                        problem.code().recovery_step_for_resend(Step::Code),
                        problem,
                    )
                    .await
            }
        };
    }
    let target = posted.redirect_target().await;
    let [code] = match posted.form.required(["code"]) {
        Ok(fields) => fields,
        Err(problem) => return posted.rerender_with_error(Step::Code, problem).await,
    };
    let reference = posted.text("reference");
    let outcome = sign_in::verify_otp(&posted.state.app, &mut posted.jar, &code, &reference).await;
    match outcome {
        Ok(Outcome::DetailsRequired) => posted.see_other(&with_next(
            "/sign-in/details",
            posted.field("next").as_deref().and_then(safe_redirect),
        )),
        Ok(Outcome::OwnerCheckRequired) => posted.see_other(&with_next(
            OWNER_PAGE,
            posted.field("next").as_deref().and_then(safe_redirect),
        )),
        Ok(_) => posted.see_other(&target),
        Err(problem) => posted.rerender_with_error(Step::Code, problem).await,
    }
}

/// Handles `POST /sign-in/details`: creates the account.
pub(super) async fn create_account(
    State(state): State<ServeState>,
    request: Request,
) -> Response<Body> {
    let mut posted = match PostedForm::read(state, request, Step::Details).await {
        Ok(posted) => posted,
        Err(error_page) => return error_page,
    };
    let target = posted.redirect_target().await;
    let [first, last, email] = match posted.form.required(["first_name", "last_name", "email"]) {
        Ok(fields) => fields,
        Err(problem) => return posted.rerender_with_error(Step::Details, problem).await,
    };
    match sign_in::create_account(&posted.state.app, &mut posted.jar, &first, &last, &email).await {
        Ok(_) => posted.see_other(&target),
        Err(problem) => posted.rerender_with_error(Step::Details, problem).await,
    }
}

/// Handles `POST /sign-out`: ends the session of this browser.
pub(super) async fn sign_out(State(state): State<ServeState>, request: Request) -> Response<Body> {
    end_session(state, request, async |app, jar| sign_in::sign_out(app, jar).await).await
}

/// Handles `POST /sign-out/everywhere`: ends all sessions of the account.
pub(super) async fn sign_out_everywhere(
    State(state): State<ServeState>,
    request: Request,
) -> Response<Body> {
    end_session(state, request, async |app, jar| sign_in::sign_out_everywhere(app, jar).await).await
}

async fn end_session(
    state: ServeState,
    request: Request,
    end: impl AsyncFn(&AppState, &mut CookieJar) -> Result<Outcome, Problem>,
) -> Response<Body> {
    let mut posted = match PostedForm::read(state, request, Step::Phone).await {
        Ok(posted) => posted,
        Err(error_page) => return error_page,
    };
    match end(&posted.state.app, &mut posted.jar).await {
        Ok(_) => posted.see_other("/"),
        Err(problem) => error_response::response(problem, &ResponseFormat::of_parts(&posted.parts)),
    }
}
