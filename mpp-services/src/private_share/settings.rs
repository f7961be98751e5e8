//! What an operator can set, and the role's secrets.

use mpp_core::{Entropy, Span, draw};
use mpp_crypto::CustomerRefKey;
use url::Url;
use zeroize::Zeroizing;

use crate::RetentionWindows;

/// How the role behaves. [`PrivateShareSettings::new`] gives the values of the design.
#[derive(Debug, Clone)]
pub struct PrivateShareSettings {
    /// The handle of the Account Aggregator in customers' addresses, for example `onemoney`.
    pub aa_handle: String,
    /// The Account Aggregator's page where customers link accounts and approve; the consent handle is added to
    /// its query as `handle`.
    pub approval_page: Url,
    /// How long a login code is good.
    pub otp_life: Span,
    /// How many wrong codes lock a login.
    pub otp_tries: u8,
    /// How many codes one number may ask for within [`PrivateShareSettings::login_window`].
    pub logins_per_window: usize,
    /// The window in which logins are counted.
    pub login_window: Span,
    /// How long a session's bearer key is good.
    pub session_life: Span,
    /// How long a data session may stay without the Account Aggregator's word (guideline DR001: 60 minutes).
    pub data_session_life: Span,
    /// How long to trust that a notification would have come, before asking the Account Aggregator.
    pub reread_after: Span,
    /// The longest a long poll is held.
    pub longest_hold: Span,
    /// How long evidence is kept.
    pub retention: RetentionWindows,
}

impl PrivateShareSettings {
    /// The values of the design for an Account Aggregator.
    #[must_use]
    pub fn new(aa_handle: impl Into<String>, approval_page: Url) -> Self {
        Self {
            aa_handle: aa_handle.into(),
            approval_page,
            otp_life: Span::from_minutes(3),
            otp_tries: 5,
            logins_per_window: 5,
            login_window: Span::from_minutes(10),
            session_life: Span::from_hours(12),
            data_session_life: Span::from_minutes(60),
            reread_after: Span::from_seconds(10),
            longest_hold: Span::from_seconds(25),
            retention: RetentionWindows::USUAL,
        }
    }

    /// Where the customer decides on the request the Account Aggregator calls `handle`.
    pub(super) fn approval_url(&self, handle: &str) -> Url {
        let mut url = self.approval_page.clone();
        url.query_pairs_mut().append_pair("handle", handle);
        url
    }
}

/// The role's secrets; wiped on drop.
#[derive(Debug)]
pub struct PrivateShareSecrets {
    /// Names customers without saying who.
    pub customers: CustomerRefKey,
    /// Hashes login codes and session keys.
    pub logins: LoginSecret,
}

/// The secret under which login codes and session keys are hashed. Wiped on drop.
pub struct LoginSecret(Zeroizing<[u8; 32]>);

impl LoginSecret {
    /// A fresh secret.
    #[must_use]
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self(Zeroizing::new(draw(entropy)))
    }

    /// The secret with these bytes, from sealed storage.
    #[must_use]
    pub const fn from_bytes(bytes: Zeroizing<[u8; 32]>) -> Self {
        Self(bytes)
    }

    pub(super) fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl std::fmt::Debug for LoginSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LoginSecret(..)")
    }
}
