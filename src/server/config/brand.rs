//! The brand of a deployment: name, colour, logo and the links to its terms and privacy pages.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use super::accent::Accent;
use super::reader::Reader;
use crate::domain::next::safe_redirect;

/// The maximum size of a logo, in bytes, because every page loads it.
const MAX_LOGO_BYTES: usize = 65_536;
/// The media types of logos, by file extension.
const LOGO_TYPES: [(&str, &str); 4] = [
    ("svg", "image/svg+xml"),
    ("png", "image/png"),
    ("webp", "image/webp"),
    ("avif", "image/avif"),
];

/// The brand of a deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brand {
    /// The product's name, as titles and messages show it.
    pub name: String,
    /// The accent colour; `None` for the built-in colour.
    pub accent: Option<Accent>,
    /// The logo; `None` for the built-in logo.
    pub logo: Option<Logo>,
    /// The URL of the terms of use; `None` if there are none.
    pub terms: Option<String>,
    /// The URL of the privacy notice; `None` if there is none.
    pub privacy: Option<String>,
}

/// The file of a logo, in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logo {
    /// The file extension in lower case, without a dot.
    pub extension: &'static str,
    /// The media type, for the `Content-Type` header.
    pub media_type: &'static str,
    /// The content of the file.
    pub bytes: Arc<[u8]>,
}

impl Brand {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            name: read_name(reader),
            accent: read_accent(reader),
            logo: read_logo(reader),
            terms: read_link(reader, "TERMS_URL"),
            privacy: read_link(reader, "PRIVACY_URL"),
        }
    }
}

fn read_name(reader: &mut Reader<'_>) -> String {
    let name = reader.text("APP_NAME");
    if name.chars().count() > 30 {
        reader.finding("APP_NAME", "has more than 30 characters", "shorten it");
    }
    name
}

fn read_accent(reader: &mut Reader<'_>) -> Option<Accent> {
    let text = reader.text("BRAND_COLOR");
    let accent = Accent::parse(&text);
    if accent.is_none() && !text.is_empty() {
        reader.finding("BRAND_COLOR", "is not a colour", "write it like #0f6e66");
    }
    accent
}

fn read_logo(reader: &mut Reader<'_>) -> Option<Logo> {
    let text = reader.text("BRAND_LOGO");
    if text.is_empty() {
        return None;
    }
    let path = Path::new(&text);
    let extension = path
        .extension()
        .and_then(|extension| extension.to_str())
        .unwrap_or_default()
        .to_ascii_lowercase();
    let kind = LOGO_TYPES.into_iter().find(|(known, _)| *known == extension);
    match (kind, fs::read(path)) {
        (None, _) => {
            let fix = "name a file that ends in .svg, .png, .webp or .avif";
            reader.finding("BRAND_LOGO", "is not an image of a known type", fix);
        }
        (_, Err(error)) => {
            let fix = "name a file that this user may read";
            reader.finding("BRAND_LOGO", format!("cannot be read: {error}"), fix);
        }
        (_, Ok(bytes)) if bytes.is_empty() || bytes.len() > MAX_LOGO_BYTES => {
            let fix = "make it smaller, because every page loads it";
            reader.finding("BRAND_LOGO", "is empty or larger than 64 KiB", fix);
        }
        (Some((extension, media_type)), Ok(bytes)) => {
            return Some(Logo { extension, media_type, bytes: bytes.into() });
        }
    }
    None
}

/// Reads a link: an https URL or a path of this site. An empty value gives `None`.
fn read_link(reader: &mut Reader<'_>, name: &str) -> Option<String> {
    let text = reader.text(name);
    let is_valid = text.starts_with("https://") && text.len() > 8 || safe_redirect(&text).is_some();
    if !is_valid && !text.is_empty() {
        let fix = "write an https address, or a path of this site like /terms";
        reader.finding(name, "is not a link", fix);
    }
    is_valid.then_some(text)
}
