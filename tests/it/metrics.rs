//! The metrics: they count exactly, their labels have few values, and the queries of the dashboard
//! and the alerts are answered by a real Prometheus.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use reqwest::Method;
use reqwest::header::ORIGIN;
use serde_json::Value;

use crate::support::gateway::{ACCEPTED, Gateway, Reply};
use crate::support::instance::{ChildGuard, Instance, free_address};
use crate::support::{Person, TestApp, new_phone};

/// Responses are counted only with an address. The site of a test does not listen there.
const METRICS: (&str, &str) = ("METRICS_ADDR", "127.0.0.1:9");

/// Returns the value of a metric with these labels, in their written order; 0 if it is not there.
fn value(metrics: &str, name: &str) -> f64 {
    let line = metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.map_or(0.0, |number| number.parse().unwrap())
}

async fn sign_up(app: &TestApp) -> Person {
    let (person, phone) = (app.person(), new_phone());
    person.sign_up(&app.gateway, &phone).await;
    person
}

on_both_engines! {
    async fn a_known_load_is_counted_exactly(app: TestApp) {
        let twilio = Gateway::start().await;
        twilio.reply_with(Reply::Respond(201, r#"{"sid":"SM01"}"#));
        let app = app
            .restarted_with(&[
                ("SMS_PROVIDERS", "authkey,twilio"),
                ("TWILIO_ACCOUNT_SID", "AC01"),
                ("TWILIO_AUTH_TOKEN", "token"),
                ("TWILIO_FROM", "Acme"),
                ("TWILIO_BASE_URL", twilio.origin()),
                ("SMS_PRICES", "IN=0.5,US=2"),
                ("NUMBER_SENDS_PER_HOUR", "1"),
                METRICS,
            ])
            .await;
        for _ in 0..3 {
            sign_up(&app).await;
        }
        app.person().send_otp("+12025550123").await.is(200, "");
        app.gateway.reply_with(Reply::Respond(203, ""));
        app.person().send_otp(&new_phone()).await.is(200, "");
        twilio.reply_with(Reply::Respond(400, r#"{"code":21610}"#));
        app.person().send_otp(&new_phone()).await.is(422, "invalid");
        app.gateway.reply_with(ACCEPTED);
        let (person, phone) = (app.person(), new_phone());
        person.send_otp(&phone).await.is(200, "");
        app.advance(30);
        person.resend().await.is(428, "proof_required");
        for _ in 0..2 {
            app.person().request(Method::GET, "/healthz").send().await.unwrap();
        }
        let metrics = app.state.metrics.encode();
        for (name, expected) in [
            (r#"sms_sends_total{provider="authkey",country="IN",outcome="accepted"}"#, 4.0),
            (r#"sms_sends_total{provider="authkey",country="IN",outcome="misconfigured"}"#, 2.0),
            (r#"sms_sends_total{provider="authkey",country="US",outcome="accepted"}"#, 1.0),
            (r#"sms_sends_total{provider="twilio",country="IN",outcome="accepted"}"#, 1.0),
            (r#"sms_sends_total{provider="twilio",country="IN",outcome="rejected"}"#, 1.0),
            (r#"sms_spend_total{provider="authkey",country="IN"}"#, 2.0),
            (r#"sms_spend_total{provider="authkey",country="US"}"#, 2.0),
            (r#"sms_spend_total{provider="twilio",country="IN"}"#, 0.5),
            (r#"codes_verified_total{provider="authkey",country="IN"}"#, 3.0),
            (r#"limit_refusals_total{limit="sent/number"}"#, 1.0),
            (r#"http_requests_total{method="POST",route="/api/auth/send-otp",status="200"}"#, 6.0),
            (r#"http_requests_total{method="POST",route="/api/auth/send-otp",status="422"}"#, 1.0),
            (r#"http_requests_total{method="POST",route="/api/auth/send-otp",status="428"}"#, 1.0),
            (r#"http_requests_total{method="GET",route="/healthz",status="200"}"#, 2.0),
            (r#"http_request_duration_seconds_count{route="/api/auth/send-otp"}"#, 8.0),
        ] {
            let found = value(&metrics, &format!("ringkey_{name}"));
            assert!((found - expected).abs() < 1e-9, "{name}: {found}\n{metrics}");
        }
    }

    async fn paths_and_methods_of_clients_make_no_label(app: TestApp) {
        let app = app.restarted_with(&[METRICS]).await;
        let person = app.person();
        for at in 0..200 {
            let method = Method::from_bytes(format!("M{at}").as_bytes()).unwrap();
            person.request(method, "/sign-in").send().await.unwrap();
            person.request(Method::GET, &format!("/n{at}?q={at}")).send().await.unwrap();
            let unknown = person.request(Method::POST, &format!("/api/n{at}"));
            unknown.header(ORIGIN, &app.origin).send().await.unwrap();
        }
        let metrics = app.state.metrics.encode();
        let lines = metrics.lines().filter(|line| line.starts_with("ringkey_http_requests_total"));
        let route = |line: &'_ str| -> String {
            line.split("route=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
        };
        let routes: BTreeSet<String> = lines.map(route).collect();
        assert_eq!(routes, BTreeSet::from(["/api/{*unknown}", "none"].map(str::to_owned)));
        let methods = metrics.lines().filter(|line| line.contains(r#"method="other""#));
        assert_eq!(methods.count(), 1, "{metrics}");
    }

    async fn a_response_and_its_log_lines_have_the_same_id(app: TestApp) {
        let (person, phone) = (app.person(), new_phone());
        let first = person.send_otp(&phone).await;
        let second = person.resend().await;
        let ids = [&first, &second].map(|answer| answer.header("x-request-id").to_owned());
        assert!(ids[0] != ids[1] && ids.iter().all(|id| id.len() >= 10), "{ids:?}");
        let log = crate::support::logs::all();
        let has = |line: &str| line.contains("text accepted") && line.contains(&ids[0]);
        assert!(log.lines().any(|line| has(line) && line.contains(&phone[10..])), "{ids:?}");
    }
}

/// The metrics that a server has from its start, and those that the load of the test adds.
const EXPECTED: [&str; 10] = [
    "ringkey_backup_last_success_timestamp_seconds",
    "ringkey_build_info",
    "ringkey_codes_verified_total",
    "ringkey_http_request_duration_seconds_bucket",
    "ringkey_http_requests_total",
    "ringkey_limit_refusals_total",
    "ringkey_sms_breaker_open",
    "ringkey_sms_budget",
    "ringkey_sms_budget_left",
    "ringkey_sms_sends_total",
];

/// Returns the queries of the dashboard.
fn panel_queries() -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/operate/dashboard.json");
    let dashboard: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let panels = dashboard["panels"].as_array().unwrap().iter();
    let targets = panels.flat_map(|panel| panel["targets"].as_array().unwrap());
    targets.map(|target| target["expr"].as_str().unwrap().to_owned()).collect()
}

/// Returns the queries of the alerts, and what each compares: a comparison has no result while all
/// is well.
fn alert_queries() -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/operate/alerts.yml");
    let alerts = std::fs::read_to_string(path).unwrap();
    let (mut lines, mut queries) = (alerts.lines(), Vec::new());
    while lines.by_ref().any(|line| line.trim() == "expr: >-") {
        let query = lines.next().unwrap().trim();
        let first = query.split(" and ").next().unwrap().split(" unless ").next().unwrap();
        let compared = [" > ", " < ", " == "].iter().find_map(|sign| first.rsplit_once(sign));
        queries.extend([query.to_owned(), compared.unwrap().0.to_owned()]);
    }
    queries
}

#[test]
fn every_alert_has_an_entry_in_the_handbook() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let alerts = std::fs::read_to_string(docs.join("operate/alerts.yml")).unwrap();
    let handbook = std::fs::read_to_string(docs.join("operate.md")).unwrap();
    let names = |text: &str, start: &str| -> Vec<String> {
        text.lines().filter_map(|line| line.trim().strip_prefix(start)).map(str::to_owned).collect()
    };
    let alerts = names(&alerts, "- alert: ");
    assert!(alerts.len() >= 10);
    assert_eq!(alerts, names(&handbook, "### "));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_queries_of_dashboard_and_alerts_resolve_in_prometheus() {
    let is_installed = Command::new("promtool").arg("--version").output().is_ok();
    if !is_installed {
        eprintln!("\n*** Prometheus is NOT installed: its queries are not tried. ***\n");
        return;
    }
    let instance = Instance::new().await;
    let (metrics_address, prometheus) = (free_address(), free_address());
    let mut command = instance.command();
    command
        .env("METRICS_ADDR", metrics_address.to_string())
        .env("BACKUP_DIR", instance.folder.path().join("backups"))
        .env("NUMBER_SENDS_PER_HOUR", "1");
    let _server = ChildGuard(command.spawn().unwrap());
    instance.ready().await;
    let folder = instance.folder.path();
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/operate/alerts.yml");
    let config = folder.join("prometheus.yml");
    let text = format!(
        "global: {{scrape_interval: 1s}}\nrule_files: ['{}']\nscrape_configs:\n- job_name: \
         ringkey\n  static_configs:\n  - targets: ['{metrics_address}']\n",
        rules.display()
    );
    std::fs::write(&config, text).unwrap();
    let checked = Command::new("promtool").args(["check", "config"]).arg(&config).output().unwrap();
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
    let cases = rules.with_file_name("alerts.test.yml");
    let tested = Command::new("promtool").args(["test", "rules"]).arg(&cases).output().unwrap();
    assert!(tested.status.success(), "{}", String::from_utf8_lossy(&tested.stderr));
    let _prometheus = ChildGuard(start_prometheus(&config, folder, prometheus));
    let client = crate::support::person::network();
    let ask = async |query: &str| -> Value {
        let url = format!("http://{prometheus}/api/v1/query");
        let answer = client.get(url).query(&[("query", query)]).send().await.ok();
        match answer {
            // While it starts, its answer is no JSON.
            Some(answer) => answer.json().await.unwrap_or(Value::Null),
            None => Value::Null,
        }
    };
    // A rate needs a series that grows between two reads.
    for _ in 0..200 {
        let person = instance.person();
        person.sign_up(&instance.gateway, &new_phone()).await;
        let limited = instance.person();
        let phone = new_phone();
        limited.send_otp(&phone).await;
        instance.person().send_otp(&phone).await;
        let limits = ask("rate(ringkey_limit_refusals_total[1m]) > 0").await;
        if limits["data"]["result"].as_array().is_some_and(|found| !found.is_empty()) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    for name in EXPECTED {
        let found = ask(name).await["data"]["result"].as_array().map_or(0, Vec::len);
        assert!(found > 0, "{name} has no series");
    }
    let queries = [panel_queries(), alert_queries()].concat();
    assert!(queries.len() > 30, "{}", queries.len());
    for query in queries {
        let answer = ask(&query).await;
        assert_eq!(answer["status"], "success", "{query}: {answer}");
        let named = query.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        for name in named.filter(|name| name.starts_with("ringkey_")) {
            let known = EXPECTED.contains(&name) || name == "ringkey_sms_spend_total";
            assert!(known, "{name} in {query}");
        }
    }
}

fn start_prometheus(config: &Path, folder: &Path, address: std::net::SocketAddr) -> Child {
    Command::new("prometheus")
        .arg(format!("--config.file={}", config.display()))
        .arg(format!("--storage.tsdb.path={}", folder.join("prometheus").display()))
        .arg(format!("--web.listen-address={address}"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}
