//! Addresses with a query: the parts that are there, by name.

use url::form_urlencoded::Serializer;

/// The parts that are there.
pub(crate) fn present<'a, const N: usize>(
    parts: [(&'static str, &'a Option<String>); N],
) -> Vec<(&'static str, &'a str)> {
    parts.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?))).collect()
}

/// The path of a list with what is wanted of it, and how many entries at most.
pub(crate) fn list(path: &str, pairs: &[(&str, &str)], limit: Option<u32>) -> String {
    let limit = limit.map(|limit| limit.to_string());
    let mut pairs = pairs.to_vec();
    pairs.extend(limit.as_deref().map(|limit| ("limit", limit)));
    with_query(path, &pairs)
}

/// The path with these parts behind it.
pub(crate) fn with_query(path: &str, pairs: &[(&str, &str)]) -> String {
    if pairs.is_empty() {
        return path.to_owned();
    }
    let query = Serializer::new(String::new()).extend_pairs(pairs).finish();
    format!("{path}?{query}")
}
