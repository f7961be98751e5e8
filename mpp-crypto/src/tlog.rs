//! Logs that prove themselves: the Merkle tree of RFC 6962 over leaves, kept as tiles, and checkpoints of it as signed notes.
//!
//! | what | where it is specified |
//! | --- | --- |
//! | hashes of leaves and nodes, proofs | RFC 6962 §2.1, RFC 9162 §2.1.3 and §2.1.4 |
//! | tiles of 256 hashes and their paths | C2SP `tlog-tiles` |
//! | checkpoints | C2SP `tlog-checkpoint` |
//! | signed notes, verifier keys | C2SP `signed-note`, signature type 1 (Ed25519) only |
//!
//! Nothing here reads or writes anything: tiles and leaves are handed in, hashes and texts come out. Sizes and places count
//! leaves.

mod checkpoint;
mod edge;
mod note;
mod proof;
mod tile;
mod tree;
mod verify;

pub use checkpoint::{Checkpoint, CheckpointError};
pub use edge::{EdgeError, RightEdge};
pub use note::{KeyName, MAX_NOTE_BYTES, NoteError, NoteSigner, NoteVerifier, SignedNote};
pub use proof::{MissingTile, Tiles};
pub use tile::{InvalidTilePath, TILE_WIDTH, Tile, TileName, TilePath, tiles_of_size};
pub use tree::{TreeHash, empty_root, leaf_hash};
pub use verify::{ProofError, verify_consistency, verify_inclusion};
