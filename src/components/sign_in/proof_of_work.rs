//! The proof of work, solved on the page in slices that leave it responsive.

use leptos::prelude::*;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::js_sys::{Date, Promise};

use crate::domain::proof_of_work::{Puzzle, Search};

/// Milliseconds that a slice may take: what a frame has, so that scrolling and typing go on.
const SLICE: f64 = 12.0;
/// Tries between two looks at the clock.
const TRIES: u32 = 250;

/// Solves a puzzle.
pub async fn solve(puzzle: Puzzle) -> String {
    let mut search = Search::new(puzzle);
    loop {
        let end = Date::now() + SLICE;
        while Date::now() < end {
            if let Some(proof) = search.slice(TRIES) {
                return proof;
            }
        }
        yield_to_browser().await;
    }
}

/// Lets the browser do what is waiting.
async fn yield_to_browser() {
    let pause = Promise::new(&mut |resolve, _| {
        let _ = window().set_timeout_with_callback(&resolve);
    });
    // A timer's promise is never rejected.
    let _: Result<JsValue, JsValue> = JsFuture::from(pause).await;
}
