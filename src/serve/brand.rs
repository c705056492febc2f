//! The files of the deployment's brand: a style sheet with its colour, and its logo. They are
//! served beside the built files, under names that contain a hash of their content.

use axum::Router;
use axum::body::Bytes;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use super::ServeState;
use crate::server::config::Brand;

/// The files of the deployment's brand, created once at the start.
pub(super) struct BrandFiles {
    /// The style sheet with the colour; `None` without `BRAND_COLOR`.
    pub(super) style: Option<BrandFile>,
    /// The logo; `None` without `BRAND_LOGO`.
    pub(super) logo: Option<BrandFile>,
}

/// A file with its media type and its content.
pub(super) struct BrandFile {
    /// The name of the file, which contains the hash of its content.
    pub(super) name: String,
    media_type: &'static str,
    content: Bytes,
}

impl BrandFiles {
    /// Creates the files of a brand.
    pub(super) fn of(brand: &Brand) -> Self {
        let style = brand
            .accent
            .map(|accent| BrandFile::of("brand", "css", "text/css", accent.css().into()));
        let logo = brand.logo.as_ref();
        let logo = logo.map(|logo| {
            BrandFile::of(
                "logo",
                logo.extension,
                logo.media_type,
                Bytes::from_owner(logo.bytes.clone()),
            )
        });
        Self { style, logo }
    }

    /// Returns the routes of the files, under `/pkg/`.
    pub(super) fn routes(self) -> Router<ServeState> {
        self.style.into_iter().chain(self.logo).fold(
            Router::new(),
            |router, BrandFile { name, media_type, content }| {
                router.route(
                    &format!("/pkg/{name}"),
                    get(async move || ([(CONTENT_TYPE, media_type)], content)),
                )
            },
        )
    }
}

impl BrandFile {
    fn of(name: &str, ending: &str, media_type: &'static str, content: Bytes) -> Self {
        let digest = Sha256::digest(&content);
        Self {
            name: format!("{name}.{}.{ending}", URL_SAFE_NO_PAD.encode(&digest[..9])),
            media_type,
            content,
        }
    }
}
