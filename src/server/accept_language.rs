//! The parser of the `Accept-Language` header (RFC 9110 §12.5.4).
//!
//! The parser of `fluent_langneg` is not used, because it ignores weights.

use axum::http::HeaderMap;
use axum::http::header::ACCEPT_LANGUAGE;

/// The maximum number of language ranges that are read. Browsers send fewer, and the limit bounds
/// the cost of a forged header.
const MAX_RANGES: usize = 10;

/// Returns the `Accept-Language` headers of a request as one list. Each range is decoded
/// separately, so that an invalid range does not hide the others.
#[must_use]
pub fn from_headers(headers: &HeaderMap) -> String {
    let ranges = headers
        .get_all(ACCEPT_LANGUAGE)
        .iter()
        .flat_map(|line| line.as_bytes().split(|byte| *byte == b','));
    let texts: Vec<&str> =
        ranges.take(MAX_RANGES).filter_map(|range| std::str::from_utf8(range).ok()).collect();
    texts.join(",")
}

/// Returns the language tags of an `Accept-Language` header by descending weight (RFC 9110
/// §12.5.4). Tags of weight 0 are left out.
pub fn parse(accept_language: &str) -> impl Iterator<Item = &str> {
    let weighted = accept_language.split(',').map(|range| {
        let (tag, parameters) = range.split_once(';').unwrap_or((range, ""));
        let weight =
            parameters.trim().strip_prefix("q=").map_or(1.0, |q| q.parse::<f32>().unwrap_or(0.0));
        (tag.trim(), weight)
    });
    let mut all: Vec<(&str, f32)> =
        weighted.filter(|(tag, weight)| !tag.is_empty() && *weight > 0.0).collect();
    all.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    all.into_iter().map(|(tag, _)| tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invalid_range_does_not_hide_others_and_only_the_first_ten_are_read() {
        let with_hi_after = |before: usize| format!("{}hi", "xx,".repeat(before)).into_bytes();
        let read = |lines: &[Vec<u8>]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(ACCEPT_LANGUAGE, line.as_slice().try_into().unwrap());
            }
            parse(&from_headers(&headers)).map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(read(&[b"fr;q=0.5, \xE9\xFF, hi;q=0.9, xx;q=0".to_vec()]), ["hi", "fr"]);
        assert_eq!(read(&[b"\xFF".to_vec(), b"hi".to_vec()]), ["hi"]);
        assert_eq!(read(&[b"ar;q=0.4".to_vec(), b"hi;q=0.5".to_vec()]), ["hi", "ar"]);
        assert!(read(&[with_hi_after(9)]).contains(&"hi".to_owned()));
        for before in [10, 10_000] {
            assert!(!read(&[with_hi_after(before)]).contains(&"hi".to_owned()));
        }
    }
}
