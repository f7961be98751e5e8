//! Addresses with a query: the parts that are there, by name.

use url::form_urlencoded::Serializer;

/// The parts that are there.
pub(crate) fn present<'a, const N: usize>(
    parts: [(&'static str, &'a Option<String>); N],
) -> Vec<(&'static str, &'a str)> {
    parts.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?))).collect()
}

/// The path with these parts behind it.
pub(crate) fn with_query(path: &str, pairs: &[(&str, &str)]) -> String {
    if pairs.is_empty() {
        return path.to_owned();
    }
    let query = Serializer::new(String::new()).extend_pairs(pairs).finish();
    format!("{path}?{query}")
}
