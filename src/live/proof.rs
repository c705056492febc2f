//! Solving a puzzle in the page, in slices that leave it responsive.

use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::js_sys::{Date, Promise};

use super::call::{Wanted, send_otp};
use super::document::{window, write};
use crate::api::{ApiError, Refusal};
use crate::domain::answer::OtpSent;
use crate::domain::proof_of_work::{Puzzle, Search};

/// Milliseconds that a slice may take: what a frame has, so that scrolling and typing go on.
const SLICE: f64 = 12.0;
/// Tries between two looks at the clock.
const TRIES: u32 = 250;

/// Asks for a text, and again with the proof of a puzzle if one is wanted first. While one is being solved a harder one may
/// have become due, so it is not given up at the first.
pub(super) async fn send_with_proof(mut wanted: Wanted, solving: String) -> Result<OtpSent, ApiError> {
    const PUZZLES: usize = 3;
    for _ in 0..PUZZLES {
        let answer = send_otp(wanted.clone()).await;
        let Err(ApiError { error: Refusal { puzzle: Some(puzzle), .. } }) = answer else { return answer };
        write("#solving", &solving);
        wanted.proof = Some(solve(puzzle).await);
        write("#solving", "");
    }
    send_otp(wanted).await
}

/// The proof of a puzzle.
async fn solve(puzzle: Puzzle) -> String {
    let mut search = Search::new(puzzle);
    loop {
        let end = Date::now() + SLICE;
        while Date::now() < end {
            if let Some(proof) = search.slice(TRIES) {
                return proof;
            }
        }
        breathe().await;
    }
}

/// Lets the browser do what is waiting.
async fn breathe() {
    let pause = Promise::new(&mut |resolve, _| {
        let _ = window().set_timeout_with_callback(&resolve);
    });
    // A timer's promise is never rejected.
    let _: Result<JsValue, JsValue> = JsFuture::from(pause).await;
}
