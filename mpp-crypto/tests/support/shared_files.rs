//! Third-party files that lie beside the repository where it is developed, and nowhere else.

use std::path::PathBuf;

/// The text of `../shared/<path>`; `None`, with a plain word about it, when it is not there. Fails instead when
/// `MPP_REQUIRE_SHARED=1`.
pub fn read_shared(path: &str) -> Option<String> {
    let full = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared").join(path);
    if let Ok(text) = std::fs::read_to_string(&full) {
        return Some(text);
    }
    let required = std::env::var("MPP_REQUIRE_SHARED").is_ok_and(|value| value == "1");
    assert!(!required, "../shared/{path} is required and not there");
    println!("skipped: ../shared/{path} is not there");
    None
}
