//! The doctor's look at the way from the internet to the server: DNS, TLS, the proxy, `Host`,
//! `X-Forwarded-For`, cookies and headers. It asks the running server what it sees of two requests.

use std::collections::BTreeSet;

use reqwest::header::{
    AUTHORIZATION, CONTENT_SECURITY_POLICY, COOKIE, HOST, HeaderMap, LOCATION, SET_COOKIE,
    STRICT_TRANSPORT_SECURITY,
};

use super::Examiner;
use super::clock::compare;
use super::http::{Client, NoAnswer, body, send};
use crate::domain::client_network::ClientNetwork;
use crate::domain::time::Timestamp;
use crate::server::client_ip::{is_trusted, parse_hop};
use crate::server::config::{Config, Finding, Severity};
use crate::server::cookie::{CookieConfig, CookieName, PROBE_TTL};
use crate::server::diagnostics::{PATH, RequestReport, sign_token};

/// The setting of nearly all findings here.
const SETTING: &str = "PUBLIC_ORIGIN";
/// An address of nobody (RFC 5737), which the doctor claims to come from. A proxy that lets the
/// claim stand alone lets every client choose its address.
const CLAIMED_ADDRESS: &str = "192.0.2.1";

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

impl Examiner<'_> {
    /// Asks the server at this origin for a report, with this cookie.
    pub(super) async fn ask_for_report(
        &self,
        client: &Client,
        at: &str,
        cookie: &str,
    ) -> Result<Answer, NoReport> {
        let origin = &self.config.origin;
        let token = sign_token(&self.keys, origin, self.clock.now()).unwrap_or_default();
        let request = client
            .get(&format!("{at}{PATH}"))
            .header(HOST, origin.authority())
            .header(AUTHORIZATION, format!("Bearer {token}"))
            .header("x-forwarded-for", CLAIMED_ADDRESS);
        let request = if cookie.is_empty() { request } else { request.header(COOKIE, cookie) };
        let response = send(request).await.map_err(NoReport::Unreachable)?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        match serde_json::from_str(&body(response).await) {
            Ok(report) if status == 200 => Ok(Answer { report, headers }),
            _ => {
                let location = headers.get(LOCATION).and_then(|value| value.to_str().ok());
                let location = location.unwrap_or_default().to_owned();
                Err(NoReport::Other { status, location })
            }
        }
    }
}

/// `is_running` says that the server of these settings runs on this machine. Before the start it is
/// to be expected that a proxy does not reach it.
pub(super) async fn examine(examiner: &Examiner<'_>, is_running: bool) -> Vec<Finding> {
    let (config, clock) = (examiner.config, examiner.clock);
    let (origin, is_loopback) = (config.origin.as_str(), config.origin.is_loopback());
    let client = if is_loopback { &examiner.local_client } else { &examiner.client };
    let answer = match examiner.ask_for_report(client, origin, "").await {
        Ok(answer) => answer,
        Err(reason) => return Vec::from_iter(no_report(reason, is_loopback, is_running)),
    };
    let mut findings = Vec::new();
    if !is_direct(config) {
        findings.extend(examine_forwarding(&answer.report, config));
    }
    findings.extend(examine_headers(&answer.headers, config.origin.is_https()));
    let of_server = Timestamp(answer.report.now);
    findings.extend(compare(clock.now(), of_server, "that of the server"));
    let cookies = CookieConfig { secure: config.origin.is_https() };
    let expected = cookies.set(CookieName::Probe, "1", PROBE_TTL);
    if !has_cookie(&answer.headers, &expected) {
        findings.push(Finding::error(
            SETTING,
            "leads to a proxy that removes or changes cookies, so nobody stays signed in",
            "let the proxy pass Set-Cookie on as it is",
        ));
        return findings;
    }
    let cookie = expected.split(';').next().unwrap_or_default();
    match examiner.ask_for_report(client, origin, cookie).await {
        Ok(answer) if answer.report.has_cookie => {}
        _ => findings.push(Finding::error(
            SETTING,
            "leads to a proxy that removes the cookies of requests, so nobody stays signed in",
            "let the proxy pass Cookie on",
        )),
    }
    findings
}

/// Returns `true` if a response sets a cookie with the value and all attributes of `expected`. A
/// proxy may add attributes, and cookies of its own.
fn has_cookie(headers: &HeaderMap, expected: &str) -> bool {
    let attributes = |cookie: &str| -> BTreeSet<String> {
        cookie.split(';').map(|part| part.trim().to_lowercase()).collect()
    };
    let expected = attributes(expected);
    let set = headers.get_all(SET_COOKIE).iter().filter_map(|value| value.to_str().ok());
    set.map(attributes).any(|cookie| expected.is_subset(&cookie))
}

fn no_report(reason: NoReport, is_loopback: bool, is_running: bool) -> Option<Finding> {
    // From this machine the origin may be out of reach although others reach it.
    let is_proven = match &reason {
        NoReport::Unreachable(reason) => *reason == NoAnswer::Certificate,
        NoReport::Other { status, .. } => (502..=504).contains(status),
    };
    let finding = match reason {
        // Without a proxy nobody answers before the server is started.
        NoReport::Unreachable(NoAnswer::Refused) if is_loopback && !is_running => return None,
        NoReport::Unreachable(reason) => unreachable(reason),
        NoReport::Other { status, location } => other_answer(status, &location),
    };
    let severity = if is_proven && is_running { Severity::Error } else { finding.severity };
    Some(Finding { severity, ..finding })
}

fn unreachable(reason: NoAnswer) -> Finding {
    let fix = match reason {
        NoAnswer::UnknownName => "make a DNS record for it that leads to the proxy",
        NoAnswer::Refused => "start the proxy and the server, and open the port",
        NoAnswer::Certificate => "renew the certificate, or let the proxy send its whole chain",
        NoAnswer::TimedOut => "open the port in the firewall, and start the proxy and the server",
        NoAnswer::Broken => "let the proxy end TLS, and pass requests on over HTTP",
    };
    Finding::warning(SETTING, reason.problem(), fix)
}

fn other_answer(status: u16, location: &str) -> Finding {
    match status {
        300..=399 => Finding::error(
            SETTING,
            format!("leads on to {location}, so forms that people send are lost"),
            "set it to the address to which it leads, or remove the redirect",
        ),
        421 => Finding::error(
            SETTING,
            "leads to a proxy that does not pass Host on, so every request is refused",
            "pass it on: `proxy_set_header Host $http_host` in nginx; Caddy does so by itself",
        ),
        502..=504 => Finding::warning(
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
        |address: &str| parse_hop(address).is_some_and(|address| is_trusted(trusted, address));
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
    // If the doctor runs on the machine of the proxy, its own address is trusted, and the server
    // rightly takes the claimed address before it.
    if is_trusted(client) {
        return None;
    }
    let counted = parse_hop(client).map(|client| ClientNetwork::from_ip(client).address);
    if counted.as_ref() == Some(&report.client) {
        return None;
    }
    // The entry nearest to the server that is not trusted is the proxy that is missing.
    let hops = without_claim.iter().rev().filter_map(|hop| parse_hop(hop));
    let mut untrusted = hops.map(|hop| hop.to_string()).filter(|hop| !is_trusted(hop));
    let proxy = untrusted.next()?;
    Some(Finding::error(
        "TRUSTED_PROXIES",
        format!("does not have {proxy}, which is a proxy, too, so all visitors count as one"),
        format!("add {proxy}, if it is yours"),
    ))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_may_add_attributes_and_cookies_of_its_own() {
        let headers = |cookies: &[&str]| -> HeaderMap {
            cookies.iter().map(|cookie| (SET_COOKIE, cookie.parse().unwrap())).collect()
        };
        let ours = "__Host-probe=1; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=86400";
        for (cookies, expected) in [
            (vec![ours], true),
            (vec!["balancer=7; Path=/", ours], true),
            (
                vec!["__Host-probe=1; path=/; secure; httponly; samesite=lax; max-age=86400; x"],
                true,
            ),
            (vec!["__Host-probe=1; HttpOnly; SameSite=Lax; Path=/; Max-Age=86400"], false),
            (vec!["balancer=7; Path=/"], false),
            (vec![], false),
        ] {
            assert_eq!(has_cookie(&headers(&cookies), ours), expected, "{cookies:?}");
        }
    }
}
