//! Where to go after signing in: a path of this origin, or nowhere.

/// The longest path that is carried along.
const LONGEST: usize = 512;

/// `path` if it is an absolute path of this origin that is safe in a `Location` header, else `None`: printable ASCII
/// from one slash on, neither `//host` nor `/\host`, nor one of these behind percent signs.
#[must_use]
pub fn same_origin(path: &str) -> Option<&str> {
    let lower = path.to_ascii_lowercase();
    let plain = lower.replace("%2f", "/").replace("%5c", "/").replace('\\', "/");
    let safe = path.starts_with('/')
        && path.len() <= LONGEST
        && path.bytes().all(|b| b.is_ascii_graphic())
        && !path.contains('\\')
        && !plain.starts_with("//");
    safe.then_some(path)
}

/// `path?next=…` for a page that carries it on; only `path` where there is nothing to carry.
#[must_use]
pub fn carry(path: &str, next: Option<&str>) -> String {
    let Some(next) = next else { return path.to_owned() };
    let mut carried = format!("{path}?next=");
    for byte in next.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'.' | b'_' | b'~' => carried.push(char::from(byte)),
            other => carried.extend(['%', hex(other >> 4), hex(other & 15)]),
        }
    }
    carried
}

fn hex(nibble: u8) -> char {
    char::from_digit(u32::from(nibble), 16).unwrap_or('0').to_ascii_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_carried_is_a_query_of_its_own() {
        assert_eq!(carry("/sign-in/code", None), "/sign-in/code");
        assert_eq!(carry("/sign-in/code", Some("/account")), "/sign-in/code?next=/account");
        assert_eq!(carry("/sign-in", Some("/a?b=c&d#e")), "/sign-in?next=/a%3Fb%3Dc%26d%23e");
    }

    #[test]
    fn only_a_path_of_this_origin_is_followed() {
        for path in ["/", "/account", "/a/b?c=d&e=%20f#g", "/a//b"] {
            assert_eq!(same_origin(path), Some(path));
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
            assert_eq!(same_origin(path), None, "{path:?}");
        }
    }
}
