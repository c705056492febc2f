//! The doctor's HTTP client, and the words for a request that got no answer.

use std::error::Error as _;
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Method, RequestBuilder, Response};

use crate::server::config::Finding;
use crate::server::response_text::read_text;

/// The timeouts of a connection attempt and of a whole request.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);
/// The maximum number of bytes that are read of a response.
const MAX_RESPONSE_BYTES: usize = 64 * 1024;

pub(super) struct Client(reqwest::Client);

/// The reason why a request got no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoAnswer {
    /// DNS does not have the name.
    UnknownName,
    /// The host is there, but no program listens on the port of the URL.
    Refused,
    /// The certificate is not valid for the name, or no authority that is known here signed it.
    Certificate,
    /// The connection or the answer took too long.
    TimedOut,
    /// The connection ended without an answer in HTTP.
    Broken,
}

impl NoAnswer {
    fn of(error: &reqwest::Error) -> Self {
        let mut words = String::new();
        let mut source = error.source();
        while let Some(cause) = source {
            words.push_str(&cause.to_string().to_lowercase());
            source = cause.source();
        }
        let says = |list: &[&str]| list.iter().any(|word| words.contains(word));
        if error.is_timeout() {
            Self::TimedOut
        } else if says(&["certificate"]) {
            Self::Certificate
        } else if says(&["dns error", "failed to lookup"]) {
            Self::UnknownName
        } else if error.is_connect() && says(&["refused"]) {
            Self::Refused
        } else {
            Self::Broken
        }
    }

    /// Returns the end of a sentence that begins with the name of the setting.
    pub(super) fn problem(self) -> &'static str {
        match self {
            Self::UnknownName => "has a host that DNS does not know on this machine",
            Self::Refused => "leads to a port that refuses this machine",
            Self::Certificate => "leads to a server whose certificate is not valid",
            Self::TimedOut => "leads to a server that does not answer this machine in time",
            Self::Broken => "leads to a server that does not speak HTTP there",
        }
    }
}

impl Client {
    /// Creates the client for other machines.
    pub(super) fn new() -> Result<Self, Finding> {
        Self::build(|builder| builder)
    }

    /// Creates the client for this machine, which uses no proxy of the environment.
    pub(super) fn local() -> Result<Self, Finding> {
        Self::build(reqwest::ClientBuilder::no_proxy)
    }

    fn build(
        configure: impl FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder,
    ) -> Result<Self, Finding> {
        #[expect(clippy::disallowed_methods, reason = "the doctor asks the site and the providers")]
        let builder = configure(reqwest::Client::builder());
        let client = builder
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(REQUEST_TIMEOUT)
            .redirect(Policy::none())
            .build();
        client.map(Self).map_err(|_| {
            Finding::error(
                "TLS",
                "does not start on this machine, so no provider can be asked",
                "install the certificates of the certificate authorities (ca-certificates)",
            )
        })
    }

    pub(super) fn request(&self, method: Method, url: &str) -> RequestBuilder {
        self.0.request(method, url)
    }

    pub(super) fn get(&self, url: &str) -> RequestBuilder {
        self.request(Method::GET, url)
    }
}

/// Sends a request and waits for the head of the response.
pub(super) async fn send(request: RequestBuilder) -> Result<Response, NoAnswer> {
    request.send().await.map_err(|error| NoAnswer::of(&error))
}

/// Reads the body of a response; empty if it does not come to its end.
pub(super) async fn body(response: Response) -> String {
    read_text(response, MAX_RESPONSE_BYTES).await.unwrap_or_default()
}
