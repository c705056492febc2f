//! The text of a response to one of our own HTTP requests.

use reqwest::Response;

/// Reads the body of a response as text, up to this many bytes, so that no service can fill the
/// memory.
///
/// # Errors
/// Fails if the connection ends before the body does, or the request takes too long.
pub(super) async fn read_text(
    mut response: Response,
    max_bytes: usize,
) -> Result<String, reqwest::Error> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        body.extend_from_slice(&chunk);
        if body.len() > max_bytes {
            break;
        }
    }
    body.truncate(max_bytes);
    Ok(String::from_utf8_lossy(&body).into_owned())
}
