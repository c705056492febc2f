//! The proof of work, which the page computes in short slices, so that the page stays responsive.

use leptos::prelude::*;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::js_sys::{Date, Promise};

use crate::domain::proof_of_work::{Puzzle, Solver};

/// The milliseconds of work per slice: less than a frame, so that scrolling and typing continue.
const SLICE_MS: f64 = 12.0;
/// The number of nonces that are tried between two readings of the clock.
const HASHES_PER_CLOCK_READ: u32 = 250;

/// Solves a puzzle and returns its proof.
pub async fn solve(puzzle: Puzzle) -> String {
    let mut solver = Solver::new(puzzle);
    loop {
        let end = Date::now() + SLICE_MS;
        while Date::now() < end {
            if let Some(proof) = solver.try_nonces(HASHES_PER_CLOCK_READ) {
                return proof;
            }
        }
        yield_to_browser().await;
    }
}

/// Yields to the browser's event loop.
async fn yield_to_browser() {
    let pause = Promise::new(&mut |resolve, _| {
        let _ = window().set_timeout_with_callback(&resolve);
    });
    // A timer's promise is never rejected.
    let _: Result<JsValue, JsValue> = JsFuture::from(pause).await;
}
