//! The deployment's own colour and mark, as files beside the built ones, named by what is in them.

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use super::Site;
use crate::server::config::Brand;

/// Name, media type and content of a file.
type File = (String, &'static str, Vec<u8>);

/// The style sheet of the colour.
pub(super) fn style(brand: &Brand) -> Option<File> {
    brand.accent.map(|accent| file("brand", "css", "text/css", accent.css().into_bytes()))
}

/// The mark.
pub(super) fn logo(brand: &Brand) -> Option<File> {
    brand.logo.as_ref().map(|logo| file("logo", logo.ending, logo.media_type, logo.bytes.to_vec()))
}

fn file(name: &str, ending: &str, media_type: &'static str, content: Vec<u8>) -> File {
    let digest = Sha256::digest(&content);
    (format!("{name}.{}.{ending}", URL_SAFE_NO_PAD.encode(&digest[..9])), media_type, content)
}

/// Their routes.
pub(super) fn routes(brand: &Brand) -> Router<Site> {
    style(brand).into_iter().chain(logo(brand)).fold(Router::new(), |router, (name, media_type, content)| {
        router.route(&format!("/pkg/{name}"), get(async move || ([(CONTENT_TYPE, media_type)], content)))
    })
}
