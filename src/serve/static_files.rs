//! The fallback of the router: a file of the site, or else the page for unknown paths. The files
//! are those of a folder, or those in the binary.

use std::io::{self, ErrorKind};

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{Response, StatusCode};
use percent_encoding::percent_decode_str;
use tower_http::services::ServeDir;
use tower_http::services::fs::{DefaultServeDirFallback, ServeFileSystemResponseBody};

use super::embedded_site::EmbeddedSite;
use super::error_response::{self, ResponseFormat};
use super::{ServeState, pages};
use crate::domain::problem::Problem;
use crate::server::config::Config;

/// The errors that a request's path alone can cause: the file is missing, a part is too long for a
/// file name, a folder of the path is a file, a byte is not allowed in a name, or this process may
/// not read the file.
const NOT_FOUND_ERRORS: [ErrorKind; 5] = [
    ErrorKind::NotFound,
    ErrorKind::InvalidFilename,
    ErrorKind::NotADirectory,
    ErrorKind::InvalidInput,
    ErrorKind::PermissionDenied,
];

/// The service for the site's files. It prefers files that the build has compressed.
#[derive(Debug, Clone)]
pub(super) enum StaticFiles {
    /// The files of `LEPTOS_SITE_ROOT`.
    Folder(ServeDir),
    /// The files in the binary.
    Embedded(ServeDir<DefaultServeDirFallback, EmbeddedSite>),
}

impl StaticFiles {
    pub(super) fn new(config: &Config) -> Self {
        if config.has_embedded_site {
            let files = ServeDir::with_backend("", EmbeddedSite::new());
            return Self::Embedded(
                files.precompressed_br().append_index_html_on_directories(false),
            );
        }
        let files = ServeDir::new(&*config.site.site_root);
        Self::Folder(
            files.precompressed_br().precompressed_gzip().append_index_html_on_directories(false),
        )
    }

    async fn respond(&self, request: Request) -> io::Result<Response<ServeFileSystemResponseBody>> {
        match self {
            Self::Folder(files) => files.clone().try_call(request).await,
            Self::Embedded(files) => files.clone().try_call(request).await,
        }
    }
}

/// Handles a path that has no route.
pub(super) async fn respond(State(state): State<ServeState>, request: Request) -> Response<Body> {
    let (parts, _) = request.into_parts();
    let file = if is_public_file(parts.uri.path()) { read(&state, &parts).await } else { None };
    match file {
        Some(file) => file,
        None => pages::not_found(State(state), Request::from_parts(parts, Body::empty())).await,
    }
}

/// Returns the response with a file, or with an error if the file cannot be read; `None` if there
/// is no such file.
async fn read(state: &ServeState, parts: &Parts) -> Option<Response<Body>> {
    let mut request = Request::new(Body::empty());
    request.method_mut().clone_from(&parts.method);
    request.uri_mut().clone_from(&parts.uri);
    request.headers_mut().clone_from(&parts.headers);
    match state.static_files.respond(request).await {
        Ok(response) if response.status() == StatusCode::NOT_FOUND => None,
        Ok(response) => Some(response.map(Body::new)),
        Err(error) if NOT_FOUND_ERRORS.contains(&error.kind()) => None,
        Err(error) => {
            tracing::error!(%error, "cannot read a file of the site");
            Some(error_response::response(Problem::Unavailable, &ResponseFormat::of_parts(parts)))
        }
    }
}

/// Returns `true` if browsers may load a file. The build leaves type declarations beside its
/// scripts (`x.d.ts`, `x.d.HASH.ts.br`). They are not served, because browsers take `.ts` for a
/// video.
fn is_public_file(path: &str) -> bool {
    let path = percent_decode_str(path).decode_utf8_lossy();
    !path.split(['/', '.']).any(|part| part.eq_ignore_ascii_case("ts"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn type_declarations_are_not_served_under_any_spelling() {
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
        for path in [
            "/pkg/ringkey.AbC.js",
            "/pkg/ringkey.AbC.wasm.br",
            "/boot.js",
            "/account.js",
            "/pkg/fonts.css",
            "/%FF",
        ] {
            assert!(is_public_file(path), "{path}");
        }
    }
}
