//! `SECRET_KEY`: given by the operator, or made once and kept for a machine of one's own.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::Path;

use base64::Engine;
use base64::alphabet::STANDARD as ALPHABET;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::Purpose;
use super::origin::Origin;
use super::reader::Reader;
use crate::server::private;
use crate::server::random::Random;

/// Where a loopback instance keeps its own.
const FILE: &str = "data/secret.key";
/// The fewest bytes: as many as the digests that use them.
const LEAST: usize = 32;
/// Standard base64, padding or none.
const BASE64: GeneralPurpose =
    GeneralPurpose::new(&ALPHABET, GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent));

pub(super) fn read_current(reader: &mut Reader<'_>, origin: &Origin, purpose: Purpose) -> Vec<u8> {
    let text = reader.text("SECRET_KEY");
    if !text.is_empty() {
        return decode(reader, "SECRET_KEY", &text);
    }
    if !origin.is_loopback() {
        reader.finding("SECRET_KEY", "is required for an origin that others reach; make one with: openssl rand -base64 32");
        return Vec::new();
    }
    let file = Path::new(FILE);
    let found = if purpose == Purpose::Serve { kept(file) } else { fs::read_to_string(file) };
    let missing = match found {
        Ok(text) => return decode(reader, "SECRET_KEY", &text),
        Err(error) if error.kind() != ErrorKind::NotFound => Some(format!("cannot be kept: {error}")),
        // The server would make it.
        Err(_) if purpose == Purpose::Check => private::obstacle(file, true),
        Err(_) => Some("is not there; run this in the server's folder, with its settings".to_owned()),
    };
    if let Some(why) = missing {
        reader.finding("SECRET_KEY", &format!("is not set and {FILE} {why}"));
    }
    Vec::new()
}

pub(super) fn read_previous(reader: &mut Reader<'_>) -> Option<Vec<u8>> {
    let text = reader.text("SECRET_KEY_PREVIOUS");
    (!text.is_empty()).then(|| decode(reader, "SECRET_KEY_PREVIOUS", &text))
}

fn decode(reader: &mut Reader<'_>, name: &str, text: &str) -> Vec<u8> {
    match BASE64.decode(text.trim().replace('-', "+").replace('_', "/")) {
        Ok(bytes) if bytes.len() < LEAST => {
            reader.finding(name, "has fewer than 32 bytes; make one with: openssl rand -base64 32");
        }
        Ok(bytes) => return bytes,
        Err(_) => reader.finding(name, "is not base64; make one with: openssl rand -base64 32"),
    }
    Vec::new()
}

/// Reads the file, or makes it so that nobody else may read it. Two processes that start together agree on one.
fn kept(path: &Path) -> std::io::Result<String> {
    private::make_folder_of(path)?;
    match fs::read_to_string(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        there => return there,
    }
    let drawn = || Random::system().bytes::<32>().map_err(std::io::Error::other);
    let (key, name) = (drawn()?, drawn()?);
    // Written whole under a name that nobody else has, then linked: the file is never there without its content, and the
    // first of two that start together wins.
    let draft = path.with_extension(format!("key.{}", URL_SAFE_NO_PAD.encode(&name[..9])));
    let mut file = private::options().write(true).create_new(true).open(&draft)?;
    file.write_all(BASE64.encode(key).as_bytes())?;
    file.sync_all()?;
    let linked = fs::hard_link(&draft, path);
    fs::remove_file(&draft)?;
    match linked {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => fs::read_to_string(path),
    }
}
