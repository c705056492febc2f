//! The settings `SECRET_KEY` and `SECRET_KEY_PREVIOUS`. A loopback instance without `SECRET_KEY`
//! generates a key once and stores it in a file.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::Path;

use base64::Engine;
use base64::alphabet::STANDARD as ALPHABET;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::LoadMode;
use super::origin::Origin;
use super::reader::Reader;
use crate::server::private_files;
use crate::server::random::Random;

/// The key file of a loopback instance.
pub const KEY_FILE: &str = "data/secret.key";
/// The advice about a key that is missing or cannot be used.
const MAKE_KEY: &str = "make one with: openssl rand -base64 32";
/// The minimum length of a key, in bytes: the length of the SHA-256 digests that use the key.
const MIN_KEY_BYTES: usize = 32;
/// Standard base64, with or without padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &ALPHABET,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

pub(super) fn read_current(reader: &mut Reader<'_>, origin: &Origin, mode: LoadMode) -> Vec<u8> {
    let text = reader.text("SECRET_KEY");
    if !text.is_empty() {
        return decode(reader, "SECRET_KEY", &text);
    }
    if !origin.is_loopback() {
        reader.finding(
            "SECRET_KEY",
            "is required for an origin that other machines can reach",
            MAKE_KEY,
        );
        return Vec::new();
    }
    let file = Path::new(KEY_FILE);
    let content =
        if mode == LoadMode::Serve { read_or_create(file) } else { fs::read_to_string(file) };
    let problem = match content {
        Ok(text) => return decode(reader, "SECRET_KEY", &text),
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Some(format!("cannot be read or created: {error}"))
        }
        // The server would create the file.
        Err(_) if mode == LoadMode::Check => private_files::access_error(file, true),
        Err(_) => Some("does not exist".to_owned()),
    };
    if let Some(problem) = problem {
        reader.finding(
            "SECRET_KEY",
            format!("is not set and {KEY_FILE} {problem}"),
            "run this in the server's folder, with its settings",
        );
    }
    Vec::new()
}

pub(super) fn read_previous(reader: &mut Reader<'_>) -> Option<Vec<u8>> {
    let text = reader.text("SECRET_KEY_PREVIOUS");
    (!text.is_empty()).then(|| decode(reader, "SECRET_KEY_PREVIOUS", &text))
}

fn decode(reader: &mut Reader<'_>, name: &str, text: &str) -> Vec<u8> {
    match BASE64.decode(text.trim().replace('-', "+").replace('_', "/")) {
        Ok(bytes) if bytes.len() < MIN_KEY_BYTES => {
            reader.finding(name, "has fewer than 32 bytes", MAKE_KEY);
        }
        Ok(bytes) => return bytes,
        Err(_) => reader.finding(name, "is not base64", MAKE_KEY),
    }
    Vec::new()
}

/// Reads the key file, or creates it with access for its owner only. Two processes that start at
/// the same time use the same key.
fn read_or_create(path: &Path) -> std::io::Result<String> {
    private_files::create_parent_folder(path)?;
    match fs::read_to_string(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        result => return result,
    }
    let random_bytes = || Random::system().bytes::<32>().map_err(std::io::Error::other);
    let (key, name) = (random_bytes()?, random_bytes()?);
    // The key is written to a temporary file with a random name, which is then linked to `path`. So
    // the key file is never incomplete, and the first of two processes wins.
    let temporary = path.with_extension(format!("key.{}", URL_SAFE_NO_PAD.encode(&name[..9])));
    let mut file = private_files::open_options().write(true).create_new(true).open(&temporary)?;
    file.write_all(BASE64.encode(key).as_bytes())?;
    file.sync_all()?;
    let linked = fs::hard_link(&temporary, path);
    fs::remove_file(&temporary)?;
    match linked {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => fs::read_to_string(path),
    }
}
