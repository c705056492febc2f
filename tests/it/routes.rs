//! Every route that changes something, in one table: whether it needs a session and a recent
//! verification, and which event it leaves in the audit log.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Method;
use reqwest::header::ORIGIN;
use ringkey::server::store::AuditEvent;

use crate::support::{Engine, TestApp};

/// What a route needs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Needs {
    /// It is for everybody, or it checks by itself who sends it.
    Nothing,
    /// It needs a session.
    Session,
    /// It needs a session that was verified in the last minutes.
    StepUp,
    /// It needs the signature or the token of an SMS provider, whose servers have no origin.
    Signature,
}

use Needs::{Nothing, Session, Signature, StepUp};

/// Method, path, what it needs, and the event that its success records; empty for none.
const ROUTES: [(&str, &str, Needs, &str); 53] = [
    ("GET", "/api/auth/session", Nothing, ""),
    ("POST", "/api/auth/send-otp", Nothing, ""),
    ("POST", "/api/auth/verify-otp", Nothing, "signed_in"),
    ("POST", "/api/auth/create-account", Nothing, "signed_up"),
    ("POST", "/api/auth/sign-out", Nothing, "signed_out"),
    ("POST", "/api/auth/sign-out-everywhere", Nothing, "signed_out_everywhere"),
    ("POST", "/api/auth/passkey/options", Nothing, ""),
    ("POST", "/api/auth/passkey", Nothing, "signed_in_with_passkey"),
    ("POST", "/api/auth/recovery", Nothing, "recovery_code_used"),
    ("POST", "/api/auth/confirm-owner", Nothing, "owner_confirmed"),
    ("POST", "/api/account/profile", Session, "profile_changed"),
    ("POST", "/api/account/devices/log-out", Session, "session_ended"),
    ("POST", "/api/account/devices/log-out-others", Session, "other_sessions_ended"),
    ("POST", "/api/account/verify/send", Session, ""),
    ("POST", "/api/account/verify", Session, "stepped_up"),
    ("POST", "/api/account/verify/passkey/options", Session, ""),
    ("POST", "/api/account/verify/passkey", Session, "stepped_up"),
    ("POST", "/api/account/number/send", StepUp, ""),
    ("POST", "/api/account/number", Session, "number_changed"),
    ("POST", "/api/account/passkeys/options", StepUp, ""),
    ("POST", "/api/account/passkeys", StepUp, "passkey_added"),
    ("POST", "/api/account/passkeys/rename", Session, ""),
    ("POST", "/api/account/passkeys/remove", StepUp, "passkey_removed"),
    ("POST", "/api/account/recovery-codes", StepUp, "recovery_codes_made"),
    ("POST", "/api/account/restore", StepUp, "account_restored"),
    ("POST", "/api/account/delete", StepUp, "account_deleted"),
    ("POST", "/sign-in", Nothing, ""),
    ("POST", "/sign-up", Nothing, ""),
    ("POST", "/sign-in/code", Nothing, "signed_in"),
    ("POST", "/sign-in/details", Nothing, "signed_up"),
    ("POST", "/sign-in/recovery", Nothing, "recovery_code_used"),
    ("POST", "/sign-in/owner", Nothing, "owner_confirmed"),
    ("POST", "/sign-out", Nothing, "signed_out"),
    ("POST", "/sign-out/everywhere", Nothing, "signed_out_everywhere"),
    ("POST", "/objection", Nothing, "number_change_undone"),
    ("POST", "/language", Nothing, ""),
    ("POST", "/receipts/{provider}", Signature, ""),
    ("POST", "/receipts/{provider}/{key}", Signature, ""),
    ("POST", "/account", Session, "profile_changed"),
    ("POST", "/account/devices/log-out", Session, "session_ended"),
    ("POST", "/account/devices/log-out-others", Session, "other_sessions_ended"),
    ("POST", "/account/verify/send", Session, ""),
    ("POST", "/account/verify", Session, "stepped_up"),
    ("POST", "/account/number/send", StepUp, ""),
    ("POST", "/account/number", Session, "number_changed"),
    ("POST", "/account/passkeys/rename", Session, ""),
    ("POST", "/account/passkeys/remove", StepUp, "passkey_removed"),
    ("POST", "/account/recovery-codes", StepUp, "recovery_codes_made"),
    ("POST", "/account/restore", StepUp, "account_restored"),
    ("POST", "/account/delete", StepUp, "account_deleted"),
    ("POST", "/account/data", StepUp, "data_exported"),
    ("GET", "/account", Session, ""),
    ("GET", "/account/delete", StepUp, ""),
];

/// Returns the paths to which the router routes a `POST` of a plain form.
fn posted_paths() -> BTreeSet<String> {
    let constants = include_str!("../../src/serve/paths.rs");
    let value_of = |name: &str| {
        let line = constants.lines().find(|line| line.contains(&format!("const {name}: ")));
        line.unwrap().split('"').nth(1).unwrap().to_owned()
    };
    let sources =
        [include_str!("../../src/serve.rs"), include_str!("../../src/serve/account_forms.rs")];
    let mut paths = BTreeSet::new();
    for route in sources.iter().flat_map(|source| source.split(".route(").skip(1)) {
        let (path, handler) = route.split_once(',').unwrap();
        let handler = handler.split(".route(").next().unwrap().lines().next().unwrap();
        if handler.contains("post(") {
            let path = path.trim().trim_start_matches("paths::");
            paths.insert(match path.strip_prefix('"') {
                Some(path) => path.trim_end_matches('"').to_owned(),
                None => value_of(path),
            });
        }
    }
    paths
}

#[test]
fn the_table_has_every_route_that_the_router_has() {
    let of_table = |prefix: &str| -> BTreeSet<String> {
        let routes = ROUTES.iter().filter(|(method, path, ..)| {
            path.starts_with("/api/") == (prefix == "/api/")
                && (*method == "POST" || prefix == "/api/")
        });
        routes.map(|(_, path, ..)| (*path).to_owned()).collect()
    };
    let functions: BTreeSet<String> =
        leptos::server_fn::axum::server_fn_paths().map(|(path, _)| path.to_owned()).collect();
    assert_eq!(of_table("/api/"), functions);
    let docs = include_str!("../../docs/api.md");
    let of_account: Vec<_> =
        functions.iter().filter(|path| path.starts_with("/api/account/")).collect();
    assert_eq!(of_account.len(), 16, "{of_account:?}");
    for path in of_account {
        assert!(docs.contains(&format!("`POST {path}`")), "{path} is not in docs/api.md");
    }
    assert_eq!(of_table("/"), posted_paths());
    for (_, path, _, event) in ROUTES {
        let is_known = AuditEvent::ALL.iter().any(|known| known.as_str() == event);
        assert!(event.is_empty() || is_known, "{path}: {event}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_route_asks_for_what_the_table_says() {
    let app = TestApp::start(Engine::Sqlite).await.unwrap();
    let (member, _) = app.member().await;
    app.advance(300);
    let fields = [
        ("device", "AAAA"),
        ("code", "123456"),
        ("phone", "+919876543210"),
        ("passkey", "AAAA"),
        ("name", "Phone"),
        ("token", "t"),
        ("credential", "{}"),
        ("first_name", "Ada"),
        ("last_name", "Lovelace"),
        ("email", "ada@example.com"),
        ("language", "en"),
        ("next", "/"),
    ];
    let body: BTreeMap<&str, &str> = fields.into_iter().collect();
    for (method, path, needs, _) in ROUTES {
        let (name, method) = (format!("{method} {path}"), Method::try_from(method).unwrap());
        let is_post = method == Method::POST;
        let send = async |person: &crate::support::Person, origin: &str| {
            let request = person.request(method.clone(), path).header(ORIGIN, origin);
            let is_api = path.starts_with("/api/");
            let request = match (is_post, is_api) {
                (true, true) => request.json(&body),
                (true, false) => request.form(&fields),
                _ => request,
            };
            person.send(request).await
        };
        if is_post {
            let foreign = send(&member, "https://evil.example").await;
            let expected = if needs == Signature { 404 } else { 403 };
            assert_eq!(foreign.status, expected, "{name} from another site");
            if path.starts_with("/api/account/") {
                foreign.is(403, "cross_site");
                assert_eq!(member.get(path).await.status, 405, "{path} by GET");
            }
        }
        if matches!(needs, Nothing | Signature) {
            continue;
        }
        let stranger = app.stranger();
        let answer = send(&stranger, stranger.origin()).await;
        if path.starts_with("/api/") {
            answer.is(401, "not_signed_in");
        } else {
            assert!(answer.header("location").starts_with("/sign-in?next=/account"), "{name}");
        }
        let answer = send(&member, member.origin()).await;
        let is_refused = if path.starts_with("/api/") {
            answer.code() == "verification_required"
        } else {
            // A refused code leads back to its page, which may need a verification itself.
            let is_of_page = ["/account/verify/send", "/account/number"].contains(&path);
            answer.header("location").starts_with("/account/verify?next=/account") && !is_of_page
        };
        assert_eq!(is_refused, needs == StepUp, "{name}: {} {}", answer.status, answer.text);
        assert!(!member.user().await.is_null(), "{name} ended the session");
    }
}
