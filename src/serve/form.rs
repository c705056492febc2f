//! Reading and checking the body of a plain form.
//!
//! `axum::Form` is not used, for three reasons. It sets no deadline for a body. It decodes invalid
//! UTF-8 to replacement characters, which would end up in a person's name. Its refusals are plain
//! text, not the errors of this application.

use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use percent_encoding::percent_decode;

use crate::domain::problem::Problem;

/// The media type of forms.
pub(super) const MEDIA_TYPE: &str = "application/x-www-form-urlencoded";
/// The maximum size of a body, in bytes.
const MAX_BODY_BYTES: usize = 16 * 1024;
/// The timeout of a body: enough for 16 KiB from the slowest phones. A request that sends nothing
/// keeps its permit no longer than this.
const BODY_TIMEOUT: Duration = Duration::from_secs(5);

/// The fields of a form, in order.
#[derive(Debug, Clone, Default)]
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    /// Reads and parses a form. Fails with `malformed` or `too_large`.
    pub(super) async fn read(headers: &HeaderMap, body: Body) -> Result<Self, Problem> {
        Ok(Self::parse(&read(headers, body).await?))
    }

    pub(super) fn parse(body: &[u8]) -> Self {
        Self(
            form_urlencoded::parse(body)
                .map(|(name, value)| (name.into_owned(), value.into_owned()))
                .collect(),
        )
    }

    /// Returns the first value of a field; `None` if the field is missing.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Returns the values of these fields, which may be empty. Fails with `malformed` if a field is
    /// missing.
    pub(super) fn required<const N: usize>(
        &self,
        names: [&str; N],
    ) -> Result<[String; N], Problem> {
        if names.iter().all(|name| self.get(name).is_some()) {
            Ok(names.map(|name| self.get(name).unwrap_or_default().to_owned()))
        } else {
            Err(Problem::Malformed)
        }
    }

    pub(super) fn into_fields(self) -> impl Iterator<Item = (String, String)> {
        self.0.into_iter()
    }
}

/// Reads the body of a form and checks it, without decoding it.
pub(super) async fn read(headers: &HeaderMap, body: Body) -> Result<Bytes, Problem> {
    checked(media_type(headers).as_deref().unwrap_or_default(), read_body(body).await?)
}

/// Returns the media type of a body in lower case. Its parameters, which may contain any bytes, are
/// left out.
pub(super) fn media_type(headers: &HeaderMap) -> Option<String> {
    let media_type = headers.get(CONTENT_TYPE)?.as_bytes().split(|byte| *byte == b';').next()?;
    Some(String::from_utf8_lossy(media_type.trim_ascii()).to_ascii_lowercase())
}

/// Checks that a body is a form, and that it is valid UTF-8 after its percent signs are decoded.
/// The separators of fields are ASCII, so no character spans two fields.
pub(super) fn checked(media_type: &str, form: Bytes) -> Result<Bytes, Problem> {
    let is_valid = media_type == MEDIA_TYPE && percent_decode(&form).decode_utf8().is_ok();
    if is_valid || form.is_empty() { Ok(form) } else { Err(Problem::Malformed) }
}

/// Reads a whole body. Fails if it is too long or too slow.
pub(super) async fn read_body(body: Body) -> Result<Bytes, Problem> {
    let whole = tokio::time::timeout(BODY_TIMEOUT, to_bytes(body, MAX_BODY_BYTES))
        .await
        .map_err(|_| Problem::Malformed)?;
    whole.map_err(|error| {
        #[expect(
            clippy::redundant_closure_for_method_calls,
            reason = "the method's path cannot be written without its own lint"
        )]
        let too_long = std::error::Error::source(&error)
            .is_some_and(|source| source.is::<http_body_util::LengthLimitError>());
        if too_long { Problem::TooLarge } else { Problem::Malformed }
    })
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn a_form_must_be_valid_utf_8() {
        let check = |kind: &str, form: &'static [u8]| checked(kind, Bytes::from_static(form));
        for form in [
            &b"first_name=Jos%C3%A9"[..],
            "first_name=José".as_bytes(),
            b"a=%EF%BF%BD&b=%",
            b"a=%zz",
            b"",
            b"&&=",
        ] {
            assert_eq!(check(MEDIA_TYPE, form), Ok(Bytes::from_static(form)));
        }
        for form in [
            &b"first_name=Jos%E9"[..],
            b"first_name=Jos\xE9",
            b"Jos%e9=",
            b"a=%C3&b=%A9",
            b"a=%ED%A0%80",
            b"a=%C0%AF",
        ] {
            assert_eq!(
                check(MEDIA_TYPE, form),
                Err(Problem::Malformed),
                "{}",
                String::from_utf8_lossy(form)
            );
        }
        assert_eq!(check("text/plain", b"a=b"), Err(Problem::Malformed));
        assert_eq!(check("text/plain", b""), Ok(Bytes::new()));
    }

    #[test]
    fn a_media_type_is_read_without_its_parameters() {
        let read = |kind: &'static [u8]| {
            media_type(
                &[(CONTENT_TYPE, HeaderValue::from_bytes(kind).unwrap())].into_iter().collect(),
            )
        };
        assert_eq!(read(b"Application/JSON ; charset=\xE9").as_deref(), Some("application/json"));
        assert_eq!(
            read(b"application/x-www-form-urlencoded;charset=UTF-8").as_deref(),
            Some(MEDIA_TYPE)
        );
        assert_eq!(
            read(b"application/x-www-form-urlencodedx").as_deref(),
            Some("application/x-www-form-urlencodedx")
        );
        assert_eq!(media_type(&HeaderMap::new()), None);
    }
}
