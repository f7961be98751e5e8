//! Tiles: the tree in pieces of 256 hashes (C2SP `tlog-tiles`).

use std::fmt;
use std::str::FromStr;

use super::tree::{TreeHash, perfect_root};
use crate::primitives::base64;

/// How many hashes a full tile has.
pub const TILE_WIDTH: u16 = 256;

/// The bits of a place that one level of tiles takes.
pub(super) const TILE_HEIGHT: u32 = 8;

/// Where a tile stands: hash `i` of tile `index` at `level` is over the leaves from `(256 * index + i) * 256^level` on,
/// `256^level` of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TileName {
    /// The level, from 0 (hashes of leaves) up.
    pub level: u8,
    /// The place among the tiles of its level, from 0.
    pub index: u64,
}

impl TileName {
    /// How many hashes the tile has in a tree of `size` leaves: 0 when it is not there, [`TILE_WIDTH`] when it is full.
    #[must_use]
    pub fn width_at(self, size: u64) -> u16 {
        let hashes = hashes_at(self.level, size);
        let before = self.index.checked_mul(TILE_WIDTH.into());
        let width = before.map_or(0, |before| hashes.saturating_sub(before)).min(TILE_WIDTH.into());
        u16::try_from(width).unwrap_or(TILE_WIDTH)
    }

    /// The place behind the last leaf a full tile of this name is over.
    #[must_use]
    pub fn end(self) -> u64 {
        let leaves = 1_u64.checked_shl(TILE_HEIGHT.saturating_mul(u32::from(self.level).saturating_add(1)));
        let end = leaves.and_then(|leaves| self.index.checked_add(1)?.checked_mul(leaves));
        end.unwrap_or(u64::MAX)
    }
}

/// How many hashes all tiles of a level have together.
fn hashes_at(level: u8, size: u64) -> u64 {
    size.checked_shr(TILE_HEIGHT.saturating_mul(level.into())).unwrap_or_default()
}

/// The tiles of a tree with fewer than 256 hashes, from the lowest level up, each with its width: its right edge.
#[must_use]
pub fn tiles_of_size(size: u64) -> Vec<(TileName, u16)> {
    let levels = (0_u8..8).map(|level| {
        let hashes = hashes_at(level, size);
        let width = u16::try_from(hashes % u64::from(TILE_WIDTH)).unwrap_or_default();
        (TileName { level, index: hashes / u64::from(TILE_WIDTH) }, width)
    });
    levels.filter(|(_, width)| *width > 0).collect()
}

/// A tile: up to 256 hashes side by side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tile {
    /// Where it stands.
    pub name: TileName,
    /// Its hashes, from 1 to [`TILE_WIDTH`] of them.
    pub hashes: Vec<TreeHash>,
}

impl Tile {
    /// The tile whose hashes are these bytes, one after the other; `None` when they are no whole number from 1 to 256 of them.
    #[must_use]
    pub fn from_bytes(name: TileName, bytes: &[u8]) -> Option<Self> {
        let (hashes, rest) = bytes.as_chunks::<32>();
        if !rest.is_empty() || hashes.is_empty() || hashes.len() > usize::from(TILE_WIDTH) {
            return None;
        }
        Some(Self { name, hashes: hashes.iter().copied().map(TreeHash::from_bytes).collect() })
    }

    /// Its hashes one after the other: what is served.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.hashes.iter().flat_map(|hash| *hash.as_bytes()).collect()
    }

    /// Its bytes as standard base64: how they are kept in texts.
    #[must_use]
    pub fn to_base64(&self) -> String {
        base64::encode_standard(&self.to_bytes())
    }

    /// The tile of this text; `None` when it is none.
    #[must_use]
    pub fn from_base64(name: TileName, text: &str) -> Option<Self> {
        Self::from_bytes(name, &base64::decode_standard(text)?)
    }

    /// What a full tile adds to the level above; `None` for a partial one.
    #[must_use]
    pub fn root(&self) -> Option<TreeHash> {
        if self.hashes.len() == usize::from(TILE_WIDTH) { perfect_root(&self.hashes) } else { None }
    }
}

/// The path of a tile below `tile/`: `<L>/<N>`, or `<L>/<N>.p/<W>` for a partial one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TilePath {
    /// Where it stands.
    pub name: TileName,
    /// How many hashes, from 1 to [`TILE_WIDTH`].
    pub width: u16,
}

/// The text is no path of a tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the path of a tile")]
pub struct InvalidTilePath;

/// The highest level a path may name.
const MAX_LEVEL: u8 = 63;

impl FromStr for TilePath {
    type Err = InvalidTilePath;

    fn from_str(text: &str) -> Result<Self, InvalidTilePath> {
        let (level, rest) = text.split_once('/').ok_or(InvalidTilePath)?;
        let level = plain_number::<u8>(level).filter(|level| *level <= MAX_LEVEL).ok_or(InvalidTilePath)?;
        let (index, width) = match rest.split_once(".p/") {
            Some((index, width)) => {
                let width = plain_number::<u16>(width).filter(|width| (1..TILE_WIDTH).contains(width));
                (index, width.ok_or(InvalidTilePath)?)
            }
            None => (rest, TILE_WIDTH),
        };
        let path = Self { name: TileName { level, index: index_of(index).ok_or(InvalidTilePath)? }, width };
        // one text for one path: `x000/001` would be a second name of `001`
        if path.to_string() == text { Ok(path) } else { Err(InvalidTilePath) }
    }
}

fn index_of(text: &str) -> Option<u64> {
    let elements: Vec<&str> = text.split('/').collect();
    let (last, others) = elements.split_last()?;
    let others = others.iter().map(|element| element.strip_prefix('x'));
    others.chain([Some(*last)]).try_fold(0_u64, |index, element| {
        let digits = element.filter(|digits| digits.len() == 3 && is_decimal(digits))?;
        index.checked_mul(1000)?.checked_add(digits.parse().ok()?)
    })
}

fn is_decimal(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A number without sign and needless zeros.
pub(super) fn plain_number<N: FromStr>(text: &str) -> Option<N> {
    let is_plain = is_decimal(text) && (text == "0" || !text.starts_with('0'));
    if is_plain { text.parse().ok() } else { None }
}

impl fmt::Display for TilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/", self.name.level)?;
        let mut groups = Vec::new();
        let mut rest = self.name.index;
        loop {
            groups.push(rest % 1000);
            rest /= 1000;
            if rest == 0 {
                break;
            }
        }
        let last = groups.first().copied().unwrap_or_default();
        groups.iter().skip(1).rev().try_for_each(|group| write!(f, "x{group:03}/"))?;
        write!(f, "{last:03}")?;
        if self.width < TILE_WIDTH { write!(f, ".p/{}", self.width) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn widths(size: u64) -> Vec<(u8, u64, u16)> {
        tiles_of_size(size).into_iter().map(|(name, width)| (name.level, name.index, width)).collect()
    }

    #[test]
    fn the_right_edge_is_as_in_the_specification() {
        assert_eq!(widths(70_000), [(0, 273, 112), (1, 1, 17), (2, 0, 1)]);
        assert_eq!(widths(256), [(1, 0, 1)]);
        assert_eq!(widths(0), []);
        assert_eq!(widths(u64::MAX).len(), 8);
    }

    #[test]
    fn widths_grow_with_the_tree() {
        let name = TileName { level: 1, index: 1 };
        assert_eq!(name.width_at(65_536), 0);
        assert_eq!(name.width_at(65_792), 1);
        assert_eq!(name.width_at(u64::MAX), TILE_WIDTH);
        assert_eq!(TileName { level: 9, index: 0 }.width_at(u64::MAX), 0);
        assert_eq!(name.end(), 131_072);
        assert_eq!(TileName { level: 200, index: u64::MAX }.end(), u64::MAX);
    }

    #[test]
    fn paths_are_written_and_read_in_one_way() {
        for (text, level, index, width) in [
            ("0/000", 0, 0, 256),
            ("0/x001/x234/067", 0, 1_234_067, 256),
            ("2/x001/000.p/112", 2, 1000, 112),
            ("63/999.p/1", 63, 999, 1),
        ] {
            let path: TilePath = text.parse().unwrap();
            assert_eq!((path.name.level, path.name.index, path.width), (level, index, width));
            assert_eq!(path.to_string(), text);
        }
        for refused in [
            "",
            "0",
            "0/",
            "0/0",
            "00/000",
            "64/000",
            "0/x000/001",
            "0/001/002",
            "0/000.p/0",
            "0/000.p/256",
            "0/000.p/01",
            "0/000.p/",
            "0/+01",
            "0/x001",
            "-1/000",
            "0/000/",
            "0/000.p/1/",
            "0/x999/x999/x999/x999/x999/x999/x999/999",
        ] {
            assert_eq!(refused.parse::<TilePath>(), Err(InvalidTilePath), "{refused}");
        }
    }
}
