//! `ringkey check` against broken deployments: each is found, with the setting and with its fix.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Output;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{
    CONTENT_SECURITY_POLICY, COOKIE, HOST, HeaderName, HeaderValue, LOCATION, SET_COOKIE,
};
use axum::http::{HeaderMap, Response, StatusCode};
use serde_json::Value;
use tokio::net::TcpListener;

use crate::support::gateway::{Gateway, Reply};
use crate::support::instance::{ChildGuard, Instance};
use crate::support::person::network;
use crate::support::postgres;

pub(crate) const ANOTHER_KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// A deployment without a finding, in which a test breaks one thing.
async fn sound() -> Instance {
    let instance = Instance::new().await;
    let site = instance.folder.path().join("target/site/pkg");
    fs::create_dir_all(&site).unwrap();
    fs::write(site.join("ringkey.css"), "").unwrap();
    instance
}

fn run(instance: &Instance, arguments: &[&str], settings: &[(&str, &str)]) -> Output {
    let mut command = instance.command();
    command.args(arguments).envs(settings.iter().copied());
    command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    command.output().unwrap()
}

/// Returns the settings with a finding, after asserting what holds for every finding.
fn found(instance: &Instance, settings: &[(&str, &str)]) -> Vec<String> {
    let (json, text) =
        (run(instance, &["check", "--json"], settings), run(instance, &["check"], settings));
    assert_eq!(json.status.code(), text.status.code(), "{settings:?}");
    let said: Value = serde_json::from_slice(&json.stdout).unwrap();
    let findings = said["findings"].as_array().unwrap();
    let lines = String::from_utf8(text.stderr).unwrap();
    assert_eq!(lines.lines().count(), findings.len(), "{lines}");
    for finding in findings {
        let part = |name: &str| finding[name].as_str().unwrap();
        assert!(!part("problem").is_empty() && !part("fix").is_empty(), "{finding}");
        let line = format!("{}: {}; {}", part("setting"), part("problem"), part("fix"));
        assert!(lines.lines().any(|said| said == line), "{line}\n{lines}");
    }
    let has_error = findings.iter().any(|finding| finding["severity"] == "error");
    assert_eq!((said["ok"].as_bool(), text.status.success()), (Some(!has_error), !has_error));
    findings.iter().map(|finding| finding["setting"].as_str().unwrap().to_owned()).collect()
}

/// Asserts that a deployment with these settings has exactly one finding, about this setting.
fn finds(instance: &Instance, setting: &str, settings: &[(&str, &str)]) {
    assert_eq!(found(instance, settings), [setting], "{settings:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_broken_setting_is_found() {
    let instance = sound().await;
    assert!(found(&instance, &[]).is_empty(), "the sound deployment");
    let said = String::from_utf8(run(&instance, &["check"], &[]).stdout).unwrap();
    assert_eq!(said, "settings: ok\n");
    let key = |bytes: &[u8]| {
        use base64::Engine as _;
        base64::engine::general_purpose::STANDARD.encode(bytes)
    };
    let (zeros, typed) = (key(&[0; 32]), key(b"correct horse battery staple 123"));
    let long = "company=a name that is much longer than thirty characters";
    let twilio = |setting: (&'static str, &'static str)| {
        let rest = [
            ("SMS_PROVIDERS", "twilio"),
            ("TWILIO_AUTH_TOKEN", "t"),
            ("TWILIO_BASE_URL", "http://127.0.0.1:1"),
        ];
        rest.into_iter().chain([setting]).collect::<Vec<_>>()
    };
    for (setting, broken) in [
        ("PUBLIC_ORIGIN", vec![("PUBLIC_ORIGIN", "id.example.com")]),
        ("LEPTOS_SITE_ADDR", vec![("LEPTOS_SITE_ADDR", "3000")]),
        ("LEPTOS_SITE_ADDR", vec![("LEPTOS_SITE_ADDR", "192.0.2.1:3000")]),
        ("LEPTOS_SITE_ROOT", vec![("LEPTOS_SITE_ROOT", "nowhere")]),
        ("METRICS_ADDR", vec![("METRICS_ADDR", "9464")]),
        ("METRICS_ADDR", vec![("METRICS_ADDR", "0.0.0.0:0")]),
        ("APP_NAME", vec![("APP_NAME", "Ringkey ☎")]),
        ("DATABASE_URL", vec![("DATABASE_URL", "mysql://x")]),
        ("DATABASE_URL", vec![("DATABASE_URL", "sqlite://target/nowhere.db?mode=rw")]),
        ("DATABASE_URL", vec![("DATABASE_URL", "postgres://u:p@127.0.0.1:1/d")]),
        ("SECRET_KEY", vec![("SECRET_KEY", "c2hvcnQ=")]),
        ("SECRET_KEY", vec![("SECRET_KEY", &zeros)]),
        ("SECRET_KEY", vec![("SECRET_KEY", &typed)]),
        ("SECRET_KEY_PREVIOUS", vec![("SECRET_KEY_PREVIOUS", crate::support::SECRET_KEY)]),
        ("SMS_PROVIDERS", vec![("SMS_PROVIDERS", "pigeon")]),
        ("AUTHKEY_API_KEY", vec![("AUTHKEY_API_KEY", "")]),
        ("AUTHKEY_OTP_VARIABLE", vec![("AUTHKEY_OTP_VARIABLE", "2fa")]),
        ("AUTHKEY_OTP_TEMPLATE_ID", vec![("AUTHKEY_OTP_TEMPLATE_ID", "1107161234567890123")]),
        ("AUTHKEY_NOTICE_TEMPLATE_ID", vec![("AUTHKEY_NOTICE_TEMPLATE_ID", "1001")]),
        ("AUTHKEY_EXTRA_VARIABLES", vec![("AUTHKEY_EXTRA_VARIABLES", long)]),
        ("AUTHKEY_BASE_URL", vec![("AUTHKEY_BASE_URL", "http://api.example.com/request")]),
        ("TWILIO_ACCOUNT_SID", twilio(("TWILIO_FROM", "+15005550006"))),
        ("WEBHOOK_SECRETS", vec![("SMS_PROVIDERS", "webhook"), ("WEBHOOK_BASE_URL", "https://x")]),
        ("ALLOWED_COUNTRIES", vec![("ALLOWED_COUNTRIES", "IN,XX")]),
        ("SMS_PRICES", vec![("SMS_PRICES", "IN")]),
        (
            "SMS_BUDGET_COUNTRY_SHARE",
            vec![("ALLOWED_COUNTRIES", "IN"), ("SMS_BUDGET_COUNTRY_SHARE", "0")],
        ),
        (
            "SMS_BUDGET_HOUR_SHARE",
            vec![("ALLOWED_COUNTRIES", "IN"), ("SMS_BUDGET_HOUR_SHARE", "0")],
        ),
        ("TRUSTED_PROXIES", vec![("TRUSTED_PROXIES", "0.0.0.0/0")]),
        ("NUMBER_GUESSES_PER_DAY", vec![("NUMBER_GUESSES_PER_DAY", "1000")]),
        ("RUST_LOG", vec![("RUST_LOG", "ringkey=loud")]),
    ] {
        // An empty key makes AuthKey a provider only if it is named.
        let named = [("SMS_PROVIDERS", "authkey")];
        finds(&instance, setting, &named.into_iter().chain(broken).collect::<Vec<_>>());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_broken_file_and_database_is_found() {
    let instance = sound().await;
    let server = ChildGuard(instance.start());
    instance.ready().await;
    assert!(found(&instance, &[]).is_empty(), "beside its server");
    let other_origin = [("PUBLIC_ORIGIN", "http://localhost:1")];
    // The address is in use by a server with another origin.
    finds(&instance, "LEPTOS_SITE_ADDR", &other_origin);
    server.stop();
    finds(&instance, "SECRET_KEY", &[("SECRET_KEY", ANOTHER_KEY)]);
    let mode = |path: &str, mode: u32| {
        let path = instance.folder.path().join(path);
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    mode("ringkey.db", 0o644);
    finds(&instance, "DATABASE_URL", &[]);
    mode("ringkey.db", 0o600);
    fs::write(instance.folder.path().join(".env"), "").unwrap();
    mode(".env", 0o644);
    finds(&instance, ".env", &[]);
    mode(".env", 0o600);
    finds(&instance, "DATABASE_URL", &[("DATABASE_URL", "sqlite://ringkey.db?mode=ro")]);
    // The temporary folder and the backups are on one disk.
    finds(&instance, "BACKUP_DIR", &[("BACKUP_DIR", "backups")]);
    let memory = tempfile::tempdir_in("/dev/shm").ok();
    if let Some(folder) = memory.as_ref().and_then(|folder| folder.path().to_str()) {
        let disk = |path: &std::path::Path| {
            use std::os::unix::fs::MetadataExt;
            fs::metadata(path).unwrap().dev()
        };
        if disk(folder.as_ref()) != disk(instance.folder.path()) {
            let settings = [("BACKUP_DIR", folder)];
            let of_space = found(&instance, &settings).len();
            fs::write(format!("{folder}/ringkey-20260101T000000Z.db"), "").unwrap();
            assert_eq!(found(&instance, &settings).len(), of_space + 1, "an old backup");
        }
    }
    let newer = instance.folder.path().join("newer.db");
    fs::copy(instance.file(), &newer).unwrap();
    let of_newer = [("DATABASE_URL", "sqlite://newer.db")];
    execute(&of_newer_url(&newer), "PRAGMA user_version = 1000").await;
    finds(&instance, "DATABASE_URL", &of_newer);
    // The middle of the file is lost.
    let mut bytes = fs::read(instance.file()).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 8_192].fill(0x55);
    fs::write(instance.folder.path().join("damaged.db"), bytes).unwrap();
    fs::set_permissions(
        instance.folder.path().join("damaged.db"),
        fs::Permissions::from_mode(0o600),
    )
    .unwrap();
    let no_database = instance.folder.path().join("no_database.db");
    fs::write(&no_database, [0x55; 8_192]).unwrap();
    fs::set_permissions(no_database, fs::Permissions::from_mode(0o600)).unwrap();
    for url in ["sqlite://damaged.db", "sqlite://no_database.db"] {
        finds(&instance, "DATABASE_URL", &[("DATABASE_URL", url)]);
        let told = run(&instance, &["check"], &[("DATABASE_URL", url)]);
        let told = String::from_utf8_lossy(&[told.stdout, told.stderr].concat()).into_owned();
        assert!(told.contains("restore a backup with `ringkey restore`"), "{url}: {told}");
    }
    // The clock of the machine was years ahead when the database was last used.
    let ahead = "INSERT INTO clock (id, trusted_at) VALUES (1, 4000000000) \
                 ON CONFLICT (id) DO UPDATE SET trusted_at = excluded.trusted_at";
    execute(&instance.database(), ahead).await;
    finds(&instance, "clock", &[]);
}

fn of_newer_url(path: &std::path::Path) -> String {
    format!("sqlite://{}", path.display())
}

pub(crate) async fn execute(url: &str, sql: &'static str) {
    use sqlx::{Connection, Executor};
    sqlx::any::install_default_drivers();
    let mut connection = sqlx::AnyConnection::connect(url).await.unwrap();
    connection.execute(sql).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_settings_of_a_postgresql_server_are_read_back() {
    let Some(url) = postgres::new_database().await else { return };
    let instance = sound().await;
    let with = |more: &[(&'static str, &'static str)]| {
        let settings = [("DATABASE_URL", url.clone())];
        let more = more.iter().map(|(name, value)| (*name, (*value).to_owned()));
        settings.into_iter().chain(more).collect::<Vec<_>>()
    };
    let of = |settings: &[(&str, String)]| {
        let settings: Vec<(&str, &str)> =
            settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
        found(&instance, &settings)
    };
    let nowhere = with(&[]).into_iter().map(|(name, url)| (name, url.replace("test_", "no_")));
    assert!(of(&nowhere.collect::<Vec<_>>()).is_empty(), "the server creates the database");
    let mut command = instance.command();
    command.env("DATABASE_URL", &url);
    let server = ChildGuard(command.spawn().unwrap());
    instance.ready().await;
    server.stop();
    // The server of the tests loses data at a power loss, and they connect as its superuser.
    assert_eq!(of(&with(&[])), ["DATABASE_URL", "DATABASE_URL"]);
    let many = of(&with(&[("DATABASE_CONNECTIONS", "1000")]));
    assert_eq!(many, ["DATABASE_CONNECTIONS", "DATABASE_URL", "DATABASE_URL"]);
    let own = of(&with(&[("SECRET_KEY", ANOTHER_KEY)]));
    assert!(own.contains(&"SECRET_KEY".to_owned()), "{own:?}");
}

/// The fault of a proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    None,
    LosesHost,
    IsDown,
    Redirects,
    LeadsElsewhere,
    SetsNoForwardedFor,
    PassesForwardedForOn,
    HasAnotherProxyBefore,
    RemovesSetCookie,
    // These three are none.
    HasIpv6Client,
    WritesPorts,
    AddsCookies,
    RemovesSecure,
    RemovesCookie,
    RemovesHeaders,
}

#[derive(Clone)]
struct Proxy {
    to: String,
    client: reqwest::Client,
    fault: Arc<Mutex<Fault>>,
}

impl Proxy {
    fn change_request(&self, fault: Fault, headers: &mut HeaderMap) {
        match fault {
            Fault::LosesHost => {
                headers.insert(HOST, HeaderValue::try_from(&self.to).unwrap());
            }
            Fault::SetsNoForwardedFor => {
                headers.remove(X_FORWARDED_FOR);
            }
            Fault::RemovesCookie => {
                headers.remove(COOKIE);
            }
            _ => {}
        }
        let forwarded = match fault {
            Fault::SetsNoForwardedFor | Fault::PassesForwardedForOn => return,
            // The second address is that of the first proxy.
            Fault::HasAnotherProxyBefore => "192.0.2.1, 198.51.100.7, 10.0.7.9",
            Fault::HasIpv6Client => "192.0.2.1, 2001:db8:1:2::7",
            Fault::WritesPorts => "192.0.2.1, 198.51.100.7:4711",
            _ => "192.0.2.1, 198.51.100.7",
        };
        headers.insert(X_FORWARDED_FOR, HeaderValue::from_static(forwarded));
    }

    fn change_response(fault: Fault, headers: &mut HeaderMap) {
        match fault {
            Fault::RemovesSetCookie => {
                headers.remove(SET_COOKIE);
            }
            Fault::RemovesSecure => {
                let cookie = headers[SET_COOKIE].to_str().unwrap().replace("; HttpOnly", "");
                headers.insert(SET_COOKIE, HeaderValue::try_from(cookie).unwrap());
            }
            Fault::RemovesHeaders => {
                headers.remove(CONTENT_SECURITY_POLICY);
            }
            Fault::AddsCookies => {
                let ours = headers.remove(SET_COOKIE).unwrap();
                headers.insert(SET_COOKIE, HeaderValue::from_static("balancer=7; Path=/"));
                headers.append(SET_COOKIE, ours);
            }
            _ => {}
        }
    }
}

async fn forward(State(proxy): State<Proxy>, request: Request) -> Response<Body> {
    let fault = *proxy.fault.lock().unwrap();
    let mut response = Response::new(Body::empty());
    match fault {
        Fault::IsDown => *response.status_mut() = StatusCode::BAD_GATEWAY,
        Fault::LeadsElsewhere => *response.body_mut() = Body::from("welcome to nginx"),
        Fault::Redirects => {
            *response.status_mut() = StatusCode::MOVED_PERMANENTLY;
            let to = HeaderValue::from_static("https://www.example.com/");
            response.headers_mut().insert(LOCATION, to);
        }
        _ => {
            let mut headers = request.headers().clone();
            proxy.change_request(fault, &mut headers);
            let url = format!("http://{}{}", proxy.to, request.uri());
            let answer = proxy.client.get(url).headers(headers).send().await.unwrap();
            *response.status_mut() = answer.status();
            *response.headers_mut() = answer.headers().clone();
            *response.body_mut() = Body::from(answer.bytes().await.unwrap());
            Proxy::change_response(fault, response.headers_mut());
        }
    }
    response
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_broken_proxy_is_found() {
    let instance = sound().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://localhost:{}", listener.local_addr().unwrap().port());
    let fault = Arc::new(Mutex::new(Fault::None));
    let to = instance.address.to_string();
    let proxy = Proxy { to, client: network(), fault: Arc::clone(&fault) };
    let router = Router::new().fallback(forward).with_state(proxy);
    tokio::spawn(async move { axum::serve(listener, router).await });
    let mut command = instance.command();
    command.env("PUBLIC_ORIGIN", &origin);
    let _server = ChildGuard(command.spawn().unwrap());
    instance.ready().await;
    let at_origin = [("PUBLIC_ORIGIN", origin.as_str())];
    assert!(found(&instance, &at_origin).is_empty(), "the sound proxy");
    for (broken, setting) in [
        (Fault::LosesHost, "PUBLIC_ORIGIN"),
        (Fault::IsDown, "PUBLIC_ORIGIN"),
        (Fault::Redirects, "PUBLIC_ORIGIN"),
        (Fault::LeadsElsewhere, "PUBLIC_ORIGIN"),
        (Fault::SetsNoForwardedFor, "TRUSTED_PROXIES"),
        (Fault::PassesForwardedForOn, "TRUSTED_PROXIES"),
        (Fault::HasAnotherProxyBefore, "TRUSTED_PROXIES"),
        (Fault::RemovesSetCookie, "PUBLIC_ORIGIN"),
        (Fault::RemovesSecure, "PUBLIC_ORIGIN"),
        (Fault::RemovesCookie, "PUBLIC_ORIGIN"),
        (Fault::RemovesHeaders, "PUBLIC_ORIGIN"),
    ] {
        *fault.lock().unwrap() = broken;
        assert_eq!(found(&instance, &at_origin), [setting], "{broken:?}");
    }
    for sound in [Fault::HasIpv6Client, Fault::WritesPorts, Fault::AddsCookies] {
        *fault.lock().unwrap() = sound;
        assert!(found(&instance, &at_origin).is_empty(), "{sound:?}");
    }
    *fault.lock().unwrap() = Fault::None;
    // The server trusts 127.0.0.1; these settings trust another machine, so they are not the
    // server's, and the report shows the difference.
    let another = [at_origin[0], ("TRUSTED_PROXIES", "10.0.7.9")];
    finds(&instance, "TRUSTED_PROXIES", &another);
    let another = [at_origin[0], ("SECRET_KEY", ANOTHER_KEY)];
    let named: BTreeSet<String> = found(&instance, &another).into_iter().collect();
    assert!(named.contains("PUBLIC_ORIGIN") && named.contains("SECRET_KEY"), "{named:?}");
    // Nobody else gets a report.
    for token in ["", "Bearer x", "Basic x"] {
        let person = instance.person().at_instance(instance.address, &origin);
        let request = person.request(reqwest::Method::GET, "/diagnostics");
        let answer = person.send(request.header("authorization", token)).await;
        assert_eq!(answer.status, 404, "{token}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_broken_account_with_a_provider_is_found_without_a_text() {
    let (instance, gateway) = (sound().await, Gateway::start().await);
    let url = gateway.origin().to_owned();
    let settings = |provider: &'static str| {
        [
            ("SMS_PROVIDERS", provider.to_owned()),
            ("AUTHKEY_BALANCE_URL", format!("{url}/balance")),
            ("TWILIO_ACCOUNT_SID", "AC0123456789".to_owned()),
            ("TWILIO_AUTH_TOKEN", "twilio-token".to_owned()),
            ("TWILIO_FROM", "+15005550006".to_owned()),
            ("TWILIO_BASE_URL", url.clone()),
            ("MSG91_AUTH_KEY", "msg91-key".to_owned()),
            ("MSG91_TEMPLATE_ID", "template-7".to_owned()),
            ("MSG91_BASE_URL", url.clone()),
        ]
    };
    let sound_twilio = r#"{"status":"active","type":"Full","balance":"5.00",
        "incoming_phone_numbers":[{"capabilities":{"sms":true}}]}"#;
    for (provider, status, body, setting) in [
        ("authkey", 200, r#"{"success":true,"balance":12.5,"currency":"INR"}"#, ""),
        ("authkey", 203, r#"{"Message":"Invalid authkey"}"#, "AUTHKEY_API_KEY"),
        ("authkey", 200, r#"{"success":true,"balance":"0.00"}"#, "AUTHKEY_API_KEY"),
        ("authkey", 500, "oops", ""),
        ("twilio", 200, sound_twilio, ""),
        ("twilio", 401, r#"{"code":20003}"#, "TWILIO_AUTH_TOKEN"),
        ("twilio", 404, r#"{"code":20404}"#, "TWILIO_ACCOUNT_SID"),
        ("twilio", 200, r#"{"status":"suspended"}"#, "TWILIO_ACCOUNT_SID"),
        ("twilio", 200, r#"{"status":"active","type":"Trial"}"#, "TWILIO_ACCOUNT_SID"),
        ("twilio", 200, r#"{"status":"active","balance":"-0.10"}"#, "TWILIO_ACCOUNT_SID"),
        ("twilio", 200, r#"{"status":"active","incoming_phone_numbers":[]}"#, "TWILIO_FROM"),
        ("msg91", 400, r#"{"type":"error","message":"mobile is missing"}"#, ""),
        ("msg91", 401, r#"{"type":"error","message":"Authentication failure"}"#, "MSG91_AUTH_KEY"),
        ("msg91", 418, "", "MSG91_AUTH_KEY"),
    ] {
        gateway.reply_with(Reply::Respond(status, body));
        let settings = settings(provider);
        let settings: Vec<(&str, &str)> =
            settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let named = found(&instance, &settings);
        let expected: Vec<&str> =
            Some(setting).filter(|name| !name.is_empty()).into_iter().collect();
        assert_eq!(named, expected, "{provider} {status} {body}");
    }
    let sent = |path: &str| path.contains("Messages") || path.ends_with("/otp");
    assert!(gateway.requests().iter().all(|request| !sent(&request.path)));
    assert!(instance.gateway.requests().is_empty(), "AuthKey sent nothing");
    for (provider, setting) in [("authkey", "AUTHKEY_BALANCE_URL"), ("webhook", "WEBHOOK_BASE_URL")]
    {
        let secret = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz";
        let settings = [
            ("SMS_PROVIDERS", provider),
            (setting, "http://127.0.0.1:1/x"),
            ("WEBHOOK_SECRETS", secret),
        ];
        finds(&instance, setting, &settings);
    }
}
