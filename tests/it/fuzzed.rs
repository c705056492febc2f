//! Replays the corpus of `fuzz/`, so that each rule still holds for it. `cargo fuzz run NAME`
//! searches for more.

#[path = "../../fuzz/targets.rs"]
#[expect(clippy::expect_used, reason = "a fuzz target that cannot go on should stop")]
mod targets;

use std::fs;
use std::path::Path;

type Target = fn(&[u8]);

const TARGETS: [(&str, Target); 7] = [
    ("phone", targets::phone),
    ("code", targets::code),
    ("body", targets::body),
    ("cookie", targets::cookie),
    ("next", targets::next),
    ("forwarded", targets::forwarded),
    ("head", targets::head),
];

#[test]
fn the_corpus_holds_and_so_do_its_neighbours() {
    for (name, target) in TARGETS {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(name);
        let mut inputs = 0;
        for entry in fs::read_dir(folder).unwrap() {
            let bytes = fs::read(entry.unwrap().path()).unwrap();
            target(&bytes);
            // Each byte is removed, doubled and changed.
            for i in 0..bytes.len().min(200) {
                let [mut gone, mut doubled, mut turned] =
                    [bytes.clone(), bytes.clone(), bytes.clone()];
                gone.remove(i);
                doubled.insert(i, bytes[i]);
                turned[i] ^= 0x20;
                for bytes in [gone, doubled, turned] {
                    target(&bytes);
                }
            }
            inputs += 1;
        }
        assert!(inputs >= 4, "{name} has a corpus");
    }
}
