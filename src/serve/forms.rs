//! Plain forms: a page's own `POST` ends in the same use case as its server function, and then in a redirect or in the
//! page again, with what was typed and the words for what went wrong.

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::header::LOCATION;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Response, StatusCode};

use super::refusal::{self, Asker};
use super::{Site, api_layer, language, pages};
use crate::api::ErrorBody;
use crate::components::page_context::FormValues;
use crate::domain::challenge::{Step, recovery_step, recovery_step_for_resend};
use crate::domain::next::{safe_redirect, with_next};
use crate::domain::problem::Problem;
use crate::domain::response::{OtpSent, Outcome};
use crate::server::AppState;
use crate::server::browser::Browser;
use crate::server::sign_in::{self, SendOtp, current_challenge};

/// A form that was posted, and the browser that did.
struct Posted {
    site: Site,
    parts: Parts,
    browser: Browser,
    body: Bytes,
}

impl Posted {
    /// Reads the form of a step; one that cannot be read is that step's page again.
    async fn read(site: Site, request: Request, step: Step) -> Result<Self, Response<Body>> {
        let (parts, body) = request.into_parts();
        let browser = Browser::of(&site.app, &parts);
        let (body, unread) = match api_layer::read_form(&parts.headers, body).await {
            Ok(body) => (body, None),
            Err(problem) => (Bytes::new(), Some(problem)),
        };
        let posted = Self { site, parts, browser, body };
        match unread {
            None => Ok(posted),
            Some(problem) => Err(posted.again(step, problem).await),
        }
    }

    fn field(&self, name: &str) -> Option<String> {
        field(&self.body, name)
    }

    /// Fields that must be there, even if empty.
    fn required<const N: usize>(&self, names: [&str; N]) -> Result<[String; N], Problem> {
        if names.iter().all(|name| self.field(name).is_some()) {
            Ok(names.map(|name| self.text(name)))
        } else {
            Err(Problem::Malformed)
        }
    }

    fn text(&self, name: &str) -> String {
        self.field(name).unwrap_or_default()
    }

    /// On to another page.
    fn see_other(&self, path: &str) -> Response<Body> {
        let mut response = see_other(path);
        self.browser.write_cookies(response.headers_mut());
        response
    }

    /// The page again, at the step where the person can mend it.
    async fn again(mut self, step: Step, problem: Problem) -> Response<Body> {
        let page = pages::page_context(&self.site, &mut self.browser, &self.parts).await;
        if step != Step::Phone && page.as_ref().is_ok_and(|page| page.user.is_some()) {
            // Signed in meanwhile, in another tab or before going back: there is nothing to mend, as the page's own `GET` says.
            let onward = self.onward().await;
            return self.see_other(&onward);
        }
        let step = recovery_step(problem.code(), step);
        // Without a database the form comes back all the same, with everything that was typed.
        let mut page = page.unwrap_or_else(|_| pages::signed_out_context(&self.site, None, &self.parts));
        let mut context = pages::render_context(&self.site, &self.parts);
        let text = |name| self.text(name);
        if let Some(country) = self.field("country").filter(|country| self.site.app.config.countries.serves(country)) {
            context.country = country;
        }
        let flow = &mut page.sign_in;
        flow.step = step;
        flow.next = self.field("next").and_then(|next| safe_redirect(&next).map(str::to_owned)).or(flow.next.take());
        flow.values = FormValues {
            phone: text("phone"),
            wait: String::new(),
            code: text("code"),
            first_name: text("first_name"),
            last_name: text("last_name"),
            email: text("email"),
        };
        let retry_after = match &problem {
            // A browser without scripts cannot solve a puzzle; it waits instead.
            Problem::ProofRequired { wait, wait_seconds, .. } => {
                flow.values.wait.clone_from(wait);
                Some(*wait_seconds)
            }
            problem => problem.retry_after(),
        };
        let refused = ErrorBody::localized(&problem, &language::of(&self.site, &self.parts));
        let status = refusal::status_of(&refused);
        flow.error = Some(refused);
        let mut response = pages::render(page, context, &self.browser, &self.parts.uri, status).await;
        if let Some(seconds) = retry_after {
            response.headers_mut().insert(axum::http::header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }

    /// Where the person wanted to go when the journey began.
    async fn onward(&self) -> String {
        if let Some(next) = self.field("next").as_deref().and_then(safe_redirect) {
            return next.to_owned();
        }
        // If it cannot be looked up, the step that follows will say so itself.
        let challenge = current_challenge(&self.site.app, &self.browser).await.ok().flatten();
        challenge.and_then(|challenge| challenge.next).unwrap_or_else(|| "/".to_owned())
    }
}

/// The first field of this name in a form, or in a query.
pub(super) fn field(form: &[u8], name: &str) -> Option<String> {
    form_urlencoded::parse(form).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// On to another page, by a `GET` whatever was asked.
pub(super) fn see_other(path: &str) -> Response<Body> {
    redirect(StatusCode::SEE_OTHER, path)
}

/// On to a path of this origin.
pub(super) fn redirect(status: StatusCode, path: &str) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    let location = HeaderValue::from_bytes(path.as_bytes()).unwrap_or(HeaderValue::from_static("/"));
    response.headers_mut().insert(LOCATION, location);
    response
}

/// `POST /sign-in` and `POST /sign-up`
pub(super) async fn send_otp(State(site): State<Site>, request: Request) -> Response<Body> {
    let mut posted = match Posted::read(site, request, Step::Phone).await {
        Ok(posted) => posted,
        Err(refused) => return refused,
    };
    let [phone] = match posted.required(["phone"]) {
        Ok(fields) => fields,
        Err(problem) => return posted.again(Step::Phone, problem).await,
    };
    let typed = SendOtp {
        phone: Some(phone),
        country: posted.field("country"),
        next: posted.field("next"),
        proof: posted.field("proof"),
        needs_cookies: posted.field("cookies").is_some(),
    };
    match sign_in::send_otp(&posted.site.app, &mut posted.browser, typed).await {
        Ok(OtpSent { .. }) => posted.see_other("/sign-in/code"),
        Err(problem) => posted.again(Step::Phone, problem).await,
    }
}

/// `POST /sign-in/code`: the code, or the wish for another text.
pub(super) async fn verify_otp(State(site): State<Site>, request: Request) -> Response<Body> {
    let mut posted = match Posted::read(site, request, Step::Code).await {
        Ok(posted) => posted,
        Err(refused) => return refused,
    };
    if posted.field("resend").is_some() {
        let typed = SendOtp { proof: posted.field("proof"), ..SendOtp::default() };
        return match sign_in::send_otp(&posted.site.app, &mut posted.browser, typed).await {
            Ok(OtpSent { .. }) => posted.see_other("/sign-in/code?resent"),
            // A browser without a challenge has no number to send to: to its form it is the same as an unknown challenge.
            Err(Problem::Malformed) => posted.again(Step::Code, Problem::NoChallenge).await,
            Err(problem) => posted.again(recovery_step_for_resend(problem.code(), Step::Code), problem).await,
        };
    }
    let onward = posted.onward().await;
    let [code] = match posted.required(["code"]) {
        Ok(fields) => fields,
        Err(problem) => return posted.again(Step::Code, problem).await,
    };
    let reference = posted.text("reference");
    let outcome = sign_in::verify_otp(&posted.site.app, &mut posted.browser, &code, &reference).await;
    match outcome {
        Ok(Outcome::DetailsRequired) => {
            posted.see_other(&with_next("/sign-in/details", posted.field("next").as_deref().and_then(safe_redirect)))
        }
        Ok(_) => posted.see_other(&onward),
        Err(problem) => posted.again(Step::Code, problem).await,
    }
}

/// `POST /sign-in/details`
pub(super) async fn create_account(State(site): State<Site>, request: Request) -> Response<Body> {
    let mut posted = match Posted::read(site, request, Step::Details).await {
        Ok(posted) => posted,
        Err(refused) => return refused,
    };
    let onward = posted.onward().await;
    let [first, last, email] = match posted.required(["first_name", "last_name", "email"]) {
        Ok(fields) => fields,
        Err(problem) => return posted.again(Step::Details, problem).await,
    };
    match sign_in::create_account(&posted.site.app, &mut posted.browser, &first, &last, &email).await {
        Ok(_) => posted.see_other(&onward),
        Err(problem) => posted.again(Step::Details, problem).await,
    }
}

/// `POST /sign-out`
pub(super) async fn sign_out(State(site): State<Site>, request: Request) -> Response<Body> {
    leave(site, request, async |app, browser| sign_in::sign_out(app, browser).await).await
}

/// `POST /sign-out/everywhere`
pub(super) async fn sign_out_everywhere(State(site): State<Site>, request: Request) -> Response<Body> {
    leave(site, request, async |app, browser| sign_in::sign_out_everywhere(app, browser).await).await
}

async fn leave(
    site: Site,
    request: Request,
    end: impl AsyncFn(&AppState, &mut Browser) -> Result<Outcome, Problem>,
) -> Response<Body> {
    let mut posted = match Posted::read(site, request, Step::Phone).await {
        Ok(posted) => posted,
        Err(refused) => return refused,
    };
    match end(&posted.site.app, &mut posted.browser).await {
        Ok(_) => posted.see_other("/"),
        Err(problem) => refusal::response(problem, &Asker::of_parts(&posted.parts)),
    }
}
