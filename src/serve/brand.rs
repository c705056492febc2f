//! The deployment's own colour and mark, as files beside the built ones, named by what is in them.

use axum::Router;
use axum::body::Bytes;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use super::ServeState;
use crate::server::config::Brand;

/// The files that a deployment has of its own, made once at boot.
pub(super) struct Files {
    /// The style sheet of the colour.
    pub(super) style: Option<File>,
    /// The mark.
    pub(super) logo: Option<File>,
}

/// One of them.
pub(super) struct File {
    /// Its name, which holds its hash.
    pub(super) name: String,
    media_type: &'static str,
    content: Bytes,
}

impl Files {
    /// Those of this brand.
    pub(super) fn of(brand: &Brand) -> Self {
        let style = brand.accent.map(|accent| File::of("brand", "css", "text/css", accent.css().into()));
        let logo = brand.logo.as_ref();
        let logo = logo.map(|logo| File::of("logo", logo.extension, logo.media_type, Bytes::from_owner(logo.bytes.clone())));
        Self { style, logo }
    }

    /// Their routes.
    pub(super) fn routes(self) -> Router<ServeState> {
        self.style.into_iter().chain(self.logo).fold(Router::new(), |router, File { name, media_type, content }| {
            router.route(&format!("/pkg/{name}"), get(async move || ([(CONTENT_TYPE, media_type)], content)))
        })
    }
}

impl File {
    fn of(name: &str, ending: &str, media_type: &'static str, content: Bytes) -> Self {
        let digest = Sha256::digest(&content);
        Self { name: format!("{name}.{}.{ending}", URL_SAFE_NO_PAD.encode(&digest[..9])), media_type, content }
    }
}
