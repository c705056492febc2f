//! The browser and the platform of a request, in the words that people use for them.

use woothee::parser::Parser;

/// The maximum length of a `User-Agent` header that is parsed, in bytes. Browsers send fewer than
/// 300.
const MAX_LENGTH: usize = 512;
/// The word of the parser for what it does not know.
const UNKNOWN: &str = "UNKNOWN";

/// The names of a browser and its platform, such as `Firefox` and `Linux`. They come from the list
/// of the parser, never from the header itself; empty if they are not in the list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserAgent {
    /// The name of the browser, without its version.
    pub browser: String,
    /// The name of the operating system.
    pub platform: String,
}

impl UserAgent {
    /// Parses the value of a `User-Agent` header.
    #[must_use]
    pub fn parse(header: &str) -> Self {
        if header.len() > MAX_LENGTH {
            return Self::default();
        }
        let Some(parsed) = Parser::new().parse(header) else { return Self::default() };
        let known = |name: &str| if name == UNKNOWN { String::new() } else { name.to_owned() };
        let platform = match parsed.os {
            "Mac OSX" => "macOS",
            // The parser has one name for each version of Windows, and browsers say no newer one.
            os if os.starts_with("Windows") && !os.starts_with("Windows Phone") => "Windows",
            os => os,
        };
        Self { browser: known(parsed.name), platform: known(platform) }
    }
}

impl UserAgent {
    /// Returns both names as one, such as `Firefox (Linux)`.
    #[must_use]
    pub fn name(&self) -> String {
        match (self.browser.is_empty(), self.platform.is_empty()) {
            (false, false) => format!("{} ({})", self.browser, self.platform),
            (true, true) => "Passkey".to_owned(),
            _ => format!("{}{}", self.browser, self.platform),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_of_today_have_the_names_that_people_use() {
        let engine = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0";
        let safari = "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0";
        for (header, browser, platform) in [
            (
                format!("Mozilla/5.0 (Windows NT 10.0; Win64; x64) {engine} Safari/537.36"),
                "Chrome",
                "Windows",
            ),
            (
                format!("Mozilla/5.0 (Linux; Android 10; K) {engine} Mobile Safari/537.36"),
                "Chrome",
                "Android",
            ),
            (
                format!("Mozilla/5.0 (Windows NT 10.0) {engine} Safari/537.36 Edg/142.0.0.0"),
                "Edge",
                "Windows",
            ),
            (
                format!("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {safari} Safari/605.1.15"),
                "Safari",
                "macOS",
            ),
            (
                format!(
                    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) {safari} Mobile/15E148 \
                     Safari/604.1"
                ),
                "Safari",
                "iPhone",
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0".to_owned(),
                "Firefox",
                "Linux",
            ),
        ] {
            let parsed = UserAgent::parse(&header);
            assert_eq!(
                (parsed.browser.as_str(), parsed.platform.as_str()),
                (browser, platform),
                "{header}"
            );
        }
    }

    #[test]
    fn no_text_of_the_header_is_kept() {
        for header in ["", "<script>", "curl\u{2028}<b>", &"Firefox/1".repeat(100)] {
            let UserAgent { browser, platform } = UserAgent::parse(header);
            assert!(!browser.contains('<') && platform.is_empty(), "{header}: {browser}");
        }
    }
}
