//! The map of crates in the README: a picture and a table, drawn from the manifests.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context as _;
use cargo_metadata::Metadata;

use super::edges::{Section, member};

/// Stands before the map in the README.
const BEGIN: &str = "<!-- layers:begin -->\n";
/// Stands after it.
const END: &str = "<!-- layers:end -->";

/// For each of our crates, which of our crates it ships with.
type Edges<'m> = BTreeMap<&'m str, BTreeSet<&'m str>>;

/// The README with its map drawn anew.
///
/// # Errors
/// When the two markers are not both there, in their order.
pub(super) fn redraw(readme: &str, metadata: &Metadata) -> anyhow::Result<String> {
    let (before, rest) =
        readme.split_once(BEGIN).with_context(|| format!("README.md has no line `{}`", BEGIN.trim_end()))?;
    let (_, after) = rest.split_once(END).with_context(|| format!("README.md has no line `{END}`"))?;
    Ok(format!("{before}{BEGIN}{}{END}{after}", draw(metadata)))
}

/// The map itself.
fn draw(metadata: &Metadata) -> String {
    let edges = shipped_edges(metadata);
    let mut map = String::from("```mermaid\ngraph TD\n");
    for (from, targets) in &edges {
        for to in targets.iter().filter(|to| !has_detour(&edges, from, to)) {
            map.push_str(&format!("    {} --> {}\n", node(from), node(to)));
        }
    }
    map.push_str("```\n\n| crate | what it is for | uses |\n| --- | --- | --- |\n");
    for (name, targets) in &edges {
        let purpose = member(metadata, name).and_then(|package| package.description.as_deref());
        let uses = targets.iter().map(|target| format!("`{target}`")).collect::<Vec<_>>().join(", ");
        map.push_str(&format!("| `{name}` | {} | {uses} |\n", purpose.unwrap_or_default()));
    }
    map
}

/// What the manifests say about what ships; tests have no part in the map.
fn shipped_edges(metadata: &Metadata) -> Edges<'_> {
    let mut edges = Edges::new();
    for package in &metadata.packages {
        let targets = edges.entry(package.name.as_str()).or_default();
        let shipped = package.dependencies.iter().filter(|edge| Section::of(edge) == Section::Shipped);
        targets
            .extend(shipped.map(|edge| edge.name.as_str()).filter(|name| member(metadata, name).is_some()));
    }
    edges
}

/// Whether `to` is reached from `from` through a third crate too: the picture leaves such arrows out.
fn has_detour(edges: &Edges<'_>, from: &str, to: &str) -> bool {
    let mut waiting: Vec<&str> = targets_of(edges, from).filter(|next| *next != to).collect();
    let mut seen = BTreeSet::new();
    while let Some(name) = waiting.pop() {
        if name == to {
            return true;
        }
        if name != from && seen.insert(name) {
            waiting.extend(targets_of(edges, name));
        }
    }
    false
}

/// The crates that `name` uses.
fn targets_of<'e>(edges: &'e Edges<'_>, name: &str) -> impl Iterator<Item = &'e str> + use<'e> {
    edges.get(name).into_iter().flatten().copied()
}

/// A node of the picture; the language of the picture dislikes hyphens in names.
fn node(name: &str) -> String {
    format!("{}[\"{name}\"]", name.replace('-', "_"))
}

#[cfg(test)]
mod tests {
    use super::{Edges, has_detour};

    #[test]
    fn an_arrow_with_a_way_round_is_left_out_of_the_picture() {
        let edges: Edges<'_> = [("a", ["b", "c"].into()), ("b", ["c"].into()), ("c", [].into())].into();
        assert!(has_detour(&edges, "a", "c"));
        assert!(!has_detour(&edges, "a", "b"));
        assert!(!has_detour(&edges, "b", "c"));
    }

    #[test]
    fn a_circle_does_not_hang_the_picture() {
        let edges: Edges<'_> = [("a", ["b"].into()), ("b", ["a"].into())].into();
        assert!(!has_detour(&edges, "a", "b"));
    }
}
