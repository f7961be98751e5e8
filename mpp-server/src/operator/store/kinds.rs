//! The kinds of records of every role: no two roles share a name for different things, so they are right whosever folder it is.

use mpp_store::KnownKind;

/// All of them.
pub(super) fn known_kinds() -> Vec<KnownKind> {
    [
        &mpp_services::central::KINDS[..],
        &mpp_services::client::KINDS,
        &mpp_services::private_share::KINDS,
        &mpp_services::log::LOG_KINDS,
        &mpp_staff::KINDS,
        &mpp_store::EPOCH_KINDS,
        &crate::http::KINDS,
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use super::*;

    /// Every type that is kept under a kind, as the sources of the crates with records say.
    fn kinds_in(folder: &Path, kinds: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                kinds_in(&path, kinds);
            } else if path.extension().is_some_and(|extension| extension == "rs")
                && !path.ends_with("tests.rs")
            {
                let text = fs::read_to_string(&path).unwrap();
                let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
                let declared = code.split("const KIND: RecordKind = RecordKind::new(\"").skip(1);
                kinds.extend(declared.map(|rest| rest.split('"').next().unwrap().to_owned()));
            }
        }
    }

    #[test]
    fn every_kind_a_server_keeps_is_known() {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let mut declared = BTreeSet::new();
        for folder in ["mpp-services/src", "mpp-staff/src", "mpp-server/src", "mpp-store/src/epochs"] {
            kinds_in(&workspace.join(folder), &mut declared);
        }
        let known: BTreeSet<String> =
            known_kinds().iter().map(|known| known.kind().as_str().to_owned()).collect();
        assert_eq!(known, declared);
        assert!(known.len() > 40, "{}", known.len());
    }
}
