//! The setting `CLEAR_SITE_DATA`: the header of the response to a sign-out.

use super::reader::Reader;

/// Returns the value of the `Clear-Site-Data` header; `None` to leave it out.
pub(super) fn read(reader: &mut Reader<'_>) -> Option<String> {
    let text = reader.text("CLEAR_SITE_DATA");
    let parts: Vec<&str> = text.split(',').map(str::trim).collect();
    match parts.as_slice() {
        ["none"] => None,
        parts if parts.iter().all(|part| ["cache", "storage"].contains(part)) => {
            Some(parts.iter().map(|part| format!("\"{part}\"")).collect::<Vec<_>>().join(", "))
        }
        _ => {
            let fix = "write cache, storage, cache,storage or none";
            reader.finding("CLEAR_SITE_DATA", "has an unknown value", fix);
            None
        }
    }
}
