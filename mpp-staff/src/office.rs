//! A desk in memory, as the tests of this crate need it.

use std::sync::Arc;

use mpp_core::Span;
use mpp_crypto::at_rest::{EpochKey, EpochKeys};
use mpp_store::{EncryptedParcels, LeafIndex, MemoryItemKeys, MemoryStore, ObjectParcels, Vault};
use mpp_testkit::{HandClock, SeededEntropy};
use zeroize::Zeroizing;

use crate::second_factor::code_at;
use crate::{PasskeySite, Person, Portal, Role, SessionKey, StaffDesk, StaffParts};

pub(crate) const PASSWORD: &str = "correct horse battery staple";
/// Where browsers see the portal.
pub(crate) const ORIGIN: &str = "https://portal.kaveri.example";

pub(crate) struct Office {
    pub(crate) desk: StaffDesk,
    pub(crate) parts: StaffParts,
    pub(crate) clock: Arc<HandClock>,
    pub(crate) root: Person,
}

/// Somebody who has joined.
pub(crate) struct Joined {
    pub(crate) totp: Zeroizing<String>,
    pub(crate) session: SessionKey,
    pub(crate) person: Person,
}

pub(crate) fn secret(text: &str) -> Zeroizing<String> {
    Zeroizing::new(text.to_owned())
}

impl Office {
    pub(crate) fn new() -> Self {
        Self::at(Some(ORIGIN))
    }

    /// An office whose portal browsers see at this address, for passkeys.
    pub(crate) fn at(origin: Option<&str>) -> Self {
        let clock = Arc::new(HandClock::new());
        let entropy = Arc::new(SeededEntropy::new(7));
        let epochs = Arc::new(EpochKeys::new(EpochKey::generate(entropy.as_ref()), Vec::new()));
        let keys = Arc::new(MemoryItemKeys::new(entropy.clone()));
        let parts = StaffParts {
            store: Arc::new(MemoryStore::new()),
            vault: Arc::new(Vault::new(epochs, entropy.clone())),
            files: Arc::new(EncryptedParcels::new(
                Arc::new(ObjectParcels::in_memory()),
                keys.clone(),
                entropy.clone(),
            )),
            clock: clock.clone(),
            entropy,
            portal: Portal::Central,
            issuer: "MPP central".to_owned(),
            reserved: ["robot".parse().unwrap()].into(),
            passkeys: origin.map(|origin| PasskeySite::new(&origin.parse().unwrap()).unwrap()),
        };
        let root = Person::with_configured_key("robot".parse().unwrap());
        Self { desk: StaffDesk::new(parts.clone()), parts, clock, root }
    }

    pub(crate) async fn invited(&self, name: &str, roles: &[Role]) -> Zeroizing<String> {
        self.desk.invite(&self.root, name, "Asha Rao", roles).await.unwrap().token
    }

    /// An account with password and second factor. A code is good once, so a minute passes.
    pub(crate) async fn joined(&self, name: &str, roles: &[Role]) -> Joined {
        let token = self.invited(name, roles).await;
        let totp = self.desk.open_invitation(&token).await.unwrap().secret;
        let code = code_at(&totp, self.desk.now());
        let (session, person) = self.desk.join(&token, secret(PASSWORD), &code).await.unwrap();
        self.clock.advance(Span::from_minutes(1));
        Joined { totp, session, person }
    }

    /// What the audit log says, the oldest first.
    pub(crate) async fn leaves(&self) -> Vec<String> {
        let leaves = self.desk.store().leaves(LeafIndex(0), 100).await.unwrap();
        leaves.iter().map(|leaf| String::from_utf8_lossy(leaf.leaf.bytes()).into_owned()).collect()
    }
}
