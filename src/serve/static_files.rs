//! What no route has: a file of the site, or else the page that says that there is none.

use std::io::ErrorKind;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{Response, StatusCode};
use leptos::config::LeptosOptions;
use percent_encoding::percent_decode_str;
use tower_http::services::ServeDir;

use super::error_response::{self, ResponseFormat};
use super::{ServeState, pages};
use crate::domain::problem::Problem;

/// What an address can bring about that is no file's: nothing there, a part too long for a name, a file where a folder should be,
/// a byte that no name has, a file that is not for us.
const NOT_FOUND_ERRORS: [ErrorKind; 5] = [
    ErrorKind::NotFound,
    ErrorKind::InvalidFilename,
    ErrorKind::NotADirectory,
    ErrorKind::InvalidInput,
    ErrorKind::PermissionDenied,
];

/// The site's folder, with what was compressed when it was built.
pub(super) fn of(site: &LeptosOptions) -> ServeDir {
    ServeDir::new(&*site.site_root).precompressed_br().precompressed_gzip().append_index_html_on_directories(false)
}

/// Answers an address that no route has.
pub(super) async fn answer(State(state): State<ServeState>, request: Request) -> Response<Body> {
    let (parts, _) = request.into_parts();
    let file = if is_public_file(parts.uri.path()) { read(&state, &parts).await } else { None };
    match file {
        Some(file) => file,
        None => pages::not_found(State(state), Request::from_parts(parts, Body::empty())).await,
    }
}

/// The file of an address, or why it cannot be had; `None` where there is none.
async fn read(state: &ServeState, parts: &Parts) -> Option<Response<Body>> {
    let mut request = Request::new(Body::empty());
    request.method_mut().clone_from(&parts.method);
    request.uri_mut().clone_from(&parts.uri);
    request.headers_mut().clone_from(&parts.headers);
    match state.static_files.clone().try_call(request).await {
        Ok(response) if response.status() == StatusCode::NOT_FOUND => None,
        Ok(response) => Some(response.map(Body::new)),
        Err(error) if NOT_FOUND_ERRORS.contains(&error.kind()) => None,
        Err(error) => {
            tracing::error!(%error, "cannot read a file of the state");
            Some(error_response::response(Problem::Unavailable, &ResponseFormat::of_parts(parts)))
        }
    }
}

/// Whether a file is for browsers. The types that the build leaves beside its scripts (`x.d.ts`, `x.d.HASH.ts.br`) are for nobody,
/// and `.ts` is a film to whoever gets one.
fn is_public_file(path: &str) -> bool {
    let path = percent_decode_str(path).decode_utf8_lossy();
    !path.split(['/', '.']).any(|part| part.eq_ignore_ascii_case("ts"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_not_for_browsers_however_they_are_asked_for() {
        for path in [
            "/pkg/ringkey.d.ts",
            "/pkg/ringkey.d.AbC-_9.ts",
            "/pkg/ringkey_bg.wasm.d.AbC.ts.br",
            "/pkg/x.d.ts.gz",
            "/pkg/x.d%2Ets",
            "/pkg/x.d.%74s",
            "/pkg//x.d.ts/.",
        ] {
            assert!(!is_public_file(path), "{path}");
        }
        for path in ["/pkg/ringkey.AbC.js", "/pkg/ringkey.AbC.wasm.br", "/boot.js", "/pkg/fonts.css", "/%FF"] {
            assert!(is_public_file(path), "{path}");
        }
    }
}
