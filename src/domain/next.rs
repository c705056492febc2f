//! The path to redirect to after signing in. It must be a path of this origin.

/// Maximum length of a redirect path, in bytes. Our own choice.
const MAX_PATH_BYTES: usize = 512;

/// Returns `path` if it is an absolute path of this origin and safe in a `Location` header, else
/// `None`. A safe path is printable ASCII, begins with one slash and has no backslash. `//host` and
/// `/\host` are refused, also with a percent-encoded slash or backslash.
#[must_use]
pub fn safe_redirect(path: &str) -> Option<&str> {
    let lower = path.to_ascii_lowercase();
    let plain = lower.replace("%2f", "/").replace("%5c", "/").replace('\\', "/");
    let safe = path.starts_with('/')
        && path.len() <= MAX_PATH_BYTES
        && path.bytes().all(|b| b.is_ascii_graphic())
        && !path.contains('\\')
        && !plain.starts_with("//");
    safe.then_some(path)
}

/// Returns `path?next=…` with `next` percent-encoded, or `path` alone if `next` is `None`.
#[must_use]
pub fn with_next(path: &str, next: Option<&str>) -> String {
    let Some(next) = next else { return path.to_owned() };
    let mut url = format!("{path}?next=");
    for byte in next.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'.' | b'_' | b'~' => {
                url.push(char::from(byte));
            }
            other => url.extend(['%', hex(other >> 4), hex(other & 15)]),
        }
    }
    url
}

fn hex(nibble: u8) -> char {
    char::from_digit(u32::from(nibble), 16).unwrap_or('0').to_ascii_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn next_is_encoded_as_a_query_parameter() {
        assert_eq!(with_next("/sign-in/code", None), "/sign-in/code");
        assert_eq!(with_next("/sign-in/code", Some("/account")), "/sign-in/code?next=/account");
        assert_eq!(with_next("/sign-in", Some("/a?b=c&d#e")), "/sign-in?next=/a%3Fb%3Dc%26d%23e");
    }

    #[test]
    fn only_a_path_of_this_origin_is_a_safe_redirect() {
        for path in ["/", "/account", "/a/b?c=d&e=%20f#g", "/a//b"] {
            assert_eq!(safe_redirect(path), Some(path));
        }
        let long = format!("/{}", "a".repeat(512));
        for path in [
            "",
            "account",
            "//evil.example",
            "/\\evil.example",
            "/%2fevil.example",
            "/%5Cevil.example",
            "\\\\evil",
            "https://evil.example",
            "javascript:alert(1)",
            "/a\r\nSet-Cookie: x=y",
            "/a b",
            "/\t/evil.example",
            "/é",
            " /account",
            "/a\\b",
            &long,
        ] {
            assert_eq!(safe_redirect(path), None, "{path:?}");
        }
    }
}
