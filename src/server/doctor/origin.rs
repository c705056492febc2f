//! The doctor's look at the way from the internet to the server: DNS, TLS, the proxy, `Host`,
//! `X-Forwarded-For`, cookies and headers. It asks the running server what it sees of two requests.

use std::net::IpAddr;

use reqwest::header::{
    AUTHORIZATION, CONTENT_SECURITY_POLICY, COOKIE, HOST, HeaderMap, LOCATION, SET_COOKIE,
    STRICT_TRANSPORT_SECURITY,
};

use super::http::{Client, NoAnswer, body, send};
use crate::server::client_ip::is_trusted;
use crate::server::clock::Clock;
use crate::server::config::{Config, Finding};
use crate::server::cookie::{CookieConfig, CookieName, PROBE_TTL};
use crate::server::diagnostics::{PATH, RequestReport, sign_token};
use crate::server::token::KeyRing;

/// The setting of nearly all findings here.
const SETTING: &str = "PUBLIC_ORIGIN";
/// An address of nobody (RFC 5737), which the doctor claims to come from. A proxy that lets the
/// claim stand alone lets every client choose its address.
const CLAIMED_ADDRESS: &str = "192.0.2.1";
/// The greatest difference of two clocks in seconds that is no finding.
const MAX_CLOCK_DIFFERENCE: u64 = 10;

/// A report, and the headers of the response that brought it.
pub(super) struct Answer {
    report: RequestReport,
    headers: HeaderMap,
}

/// The reason why no report came.
pub(super) enum NoReport {
    Unreachable(NoAnswer),
    /// The answer is not a report. It has this status and leads to this address.
    Other {
        status: u16,
        location: String,
    },
}

/// Asks the server at this origin for a report.
pub(super) async fn ask_for_report(
    at: &str,
    config: &Config,
    client: &Client,
    keys: &KeyRing,
    clock: &Clock,
) -> Result<Answer, NoReport> {
    ask(at, "", config, client, keys, clock).await
}

async fn ask(
    at: &str,
    cookie: &str,
    config: &Config,
    client: &Client,
    keys: &KeyRing,
    clock: &Clock,
) -> Result<Answer, NoReport> {
    let token = sign_token(keys, &config.origin, clock.now()).unwrap_or_default();
    let request = client
        .get(&format!("{at}{PATH}"))
        .header(HOST, config.origin.authority())
        .header(AUTHORIZATION, format!("Bearer {token}"))
        .header("x-forwarded-for", CLAIMED_ADDRESS);
    let request = if cookie.is_empty() { request } else { request.header(COOKIE, cookie) };
    let response = send(request).await.map_err(NoReport::Unreachable)?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    match serde_json::from_str(&body(response).await) {
        Ok(report) if status == 200 => Ok(Answer { report, headers }),
        _ => Err(NoReport::Other { status, location: text(&headers, LOCATION.as_str()) }),
    }
}

pub(super) async fn examine(
    config: &Config,
    client: &Client,
    keys: &KeyRing,
    clock: &Clock,
) -> Vec<Finding> {
    let origin = config.origin.as_str();
    let answer = match ask_for_report(origin, config, client, keys, clock).await {
        Ok(answer) => answer,
        Err(NoReport::Unreachable(reason)) => {
            return Vec::from_iter(unreachable(reason, config.origin.is_loopback()));
        }
        Err(NoReport::Other { status, location }) => return vec![other_answer(status, &location)],
    };
    let mut findings = Vec::new();
    if !is_direct(config) {
        findings.extend(examine_forwarding(&answer.report, config));
    }
    findings.extend(examine_headers(&answer.headers, config.origin.is_https()));
    let difference = clock.now().0.abs_diff(answer.report.now);
    if difference > MAX_CLOCK_DIFFERENCE {
        findings.push(Finding::warning(
            "clock",
            format!("differs by {difference} seconds from that of the server"),
            "let a time service keep both (timedatectl set-ntp true)",
        ));
    }
    let cookies = CookieConfig { secure: config.origin.is_https() };
    let expected = cookies.set(CookieName::Probe, "1", PROBE_TTL);
    let set_cookie = text(&answer.headers, SET_COOKIE.as_str());
    if set_cookie != expected {
        findings.push(Finding::error(
            SETTING,
            "leads to a proxy that removes or changes cookies, so nobody stays signed in",
            "let the proxy pass Set-Cookie on as it is",
        ));
        return findings;
    }
    let cookie = set_cookie.split(';').next().unwrap_or_default();
    match ask(origin, cookie, config, client, keys, clock).await {
        Ok(answer) if answer.report.has_cookie => {}
        _ => findings.push(Finding::error(
            SETTING,
            "leads to a proxy that removes the cookies of requests, so nobody stays signed in",
            "let the proxy pass Cookie on",
        )),
    }
    findings
}

fn unreachable(reason: NoAnswer, is_loopback: bool) -> Option<Finding> {
    let fix = match reason {
        // Without a proxy nobody answers before the server is started.
        NoAnswer::Refused if is_loopback => return None,
        NoAnswer::UnknownName => "make a DNS record for it that leads to the proxy",
        NoAnswer::Refused => "start the proxy and the server, and open the port",
        NoAnswer::Certificate => "renew the certificate, or let the proxy send its whole chain",
        NoAnswer::TimedOut => "open the port in the firewall, and start the proxy and the server",
        NoAnswer::Broken => "let the proxy end TLS, and pass requests on over HTTP",
    };
    let problem = reason.problem();
    Some(match reason {
        NoAnswer::Certificate | NoAnswer::Broken => Finding::error(SETTING, problem, fix),
        _ => Finding::warning(SETTING, problem, fix),
    })
}

fn other_answer(status: u16, location: &str) -> Finding {
    match status {
        300..=399 => Finding::error(
            SETTING,
            format!("leads on to {location}, so what people submit is lost"),
            "set it to the address at which people end, or remove the redirect",
        ),
        421 => Finding::error(
            SETTING,
            "leads to a proxy that does not pass Host on, so every request is refused",
            "pass it on: `proxy_set_header Host $host` in nginx; Caddy does so by itself",
        ),
        502..=504 => Finding::error(
            SETTING,
            format!("leads to a proxy that does not reach the server (HTTP {status})"),
            "start the server, and let the proxy connect to LEPTOS_SITE_ADDR",
        ),
        _ => Finding::warning(
            SETTING,
            format!("leads to another server, or to one with other settings (HTTP {status})"),
            "restart the server with these settings, and check where the proxy leads",
        ),
    }
}

/// Returns `true` if no proxy is between `PUBLIC_ORIGIN` and the server, as in development.
fn is_direct(config: &Config) -> bool {
    let own_port = format!(":{}", config.site.site_addr.port());
    config.origin.is_loopback() && config.origin.authority().ends_with(&own_port)
}

fn examine_forwarding(report: &RequestReport, config: &Config) -> Option<Finding> {
    let trusted = &config.trusted_proxies;
    let is_trusted =
        |address: &str| address.parse::<IpAddr>().is_ok_and(|address| is_trusted(trusted, address));
    let is_behind_proxy = config.origin.is_https() || !trusted.is_empty();
    let peer = &report.peer;
    let without_claim: Vec<&str> = report
        .forwarded_for
        .iter()
        .map(String::as_str)
        .skip_while(|entry| *entry == CLAIMED_ADDRESS)
        .collect();
    let Some(client) = without_claim.first() else {
        if !is_behind_proxy {
            return None;
        }
        return Some(if report.forwarded_for.is_empty() || !is_trusted(peer) {
            Finding::error(
                "TRUSTED_PROXIES",
                format!(
                    "does not help, because the proxy at {peer} does not say for whom it asks, \
                         so all visitors count as one"
                ),
                "let the proxy set X-Forwarded-For, and name its address",
            )
        } else {
            Finding::error(
                "TRUSTED_PROXIES",
                format!(
                    "trusts {peer}, which passes X-Forwarded-For on as the client wrote it, \
                         so everybody may pretend to be anybody"
                ),
                "let the proxy add the address of its client, or replace the header",
            )
        });
    };
    if !is_trusted(peer) {
        return Some(Finding::error(
            "TRUSTED_PROXIES",
            format!(
                "does not have {peer}, from which the proxy connects, so all visitors count \
                     as one"
            ),
            format!("add {peer}"),
        ));
    }
    // A proxy that the doctor runs on is trusted, so the claim counts, as it may.
    let is_read_to_the_end = is_trusted(client) || report.client.starts_with(client);
    (!is_read_to_the_end).then(|| {
        Finding::error(
            "TRUSTED_PROXIES",
            format!(
                "does not have {}, which is a proxy, too, so all visitors count as one",
                report.client
            ),
            format!("add {}", report.client),
        )
    })
}

fn examine_headers(headers: &HeaderMap, is_https: bool) -> Option<Finding> {
    let expected = [(CONTENT_SECURITY_POLICY, true), (STRICT_TRANSPORT_SECURITY, is_https)];
    let (missing, _) =
        expected.into_iter().find(|(name, is_sent)| *is_sent && !headers.contains_key(name))?;
    Some(Finding::warning(
        SETTING,
        format!("leads to a proxy that removes the header {missing}"),
        "let the proxy pass the server's headers on",
    ))
}

fn text(headers: &HeaderMap, name: &str) -> String {
    let value = headers.get(name).and_then(|value| value.to_str().ok());
    value.unwrap_or_default().to_owned()
}
