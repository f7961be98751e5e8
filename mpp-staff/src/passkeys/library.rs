//! The rules of WebAuthn, as the library keeps them: what a browser is asked for, and whether its answer holds.

use webauthn_rp::AuthenticatedCredential;
use webauthn_rp::bin::{Decode, Encode};
use webauthn_rp::request::auth::{
    AuthenticationVerificationOptions, DiscoverableAuthenticationServerState,
    DiscoverableCredentialRequestOptions,
};
use webauthn_rp::request::register::{
    CredProtect, Nickname, PublicKeyCredentialCreationOptions, PublicKeyCredentialUserEntity,
    RegistrationServerState, RegistrationVerificationOptions, USER_HANDLE_MAX_LEN, UserHandle64, Username,
};
use webauthn_rp::request::{ExtensionInfo, PublicKeyCredentialDescriptor};
use webauthn_rp::response::auth::DiscoverableAuthentication64;
use webauthn_rp::response::auth::error::AuthCeremonyErr;
use webauthn_rp::response::register::{DynamicState, Registration, StaticState};
use webauthn_rp::response::{AuthTransports, CredentialId};

use super::records::{HexBytes, PasskeyRecord};
use super::{PasskeyRefused, PasskeySite};
use crate::StaffError;

/// What goes to the browser, and what is kept until it answers.
pub(super) struct Begun {
    /// The options, as `PublicKeyCredential.parse…OptionsFromJSON` takes them.
    pub(super) options: serde_json::Value,
    /// The challenge and what was asked for.
    pub(super) state: HexBytes,
}

/// A credential that an authenticator made.
pub(super) struct Made {
    pub(super) credential: Vec<u8>,
    pub(super) key: HexBytes,
    pub(super) standing: HexBytes,
}

/// What the names and keys of the account's other passkeys are made of.
pub(super) struct Owner<'a> {
    pub(super) account: &'a str,
    pub(super) handle: &'a [u8],
    pub(super) known: &'a [PasskeyRecord],
}

fn broken<E>(_: E) -> StaffError {
    StaffError::Crypto("a passkey's parts cannot be read or written")
}

/// Asks for a new passkey: kept by the authenticator, with the person verified, and without attestation.
pub(super) fn begin_adding(site: &PasskeySite, owner: &Owner<'_>) -> Result<Begun, StaffError> {
    let handle = handle(owner.handle)?;
    let user = PublicKeyCredentialUserEntity {
        name: Username::try_from(owner.account).map_err(broken)?,
        id: &handle,
        display_name: Some(Nickname::try_from(owner.account).map_err(broken)?),
    };
    let known = owner.known.iter().map(|record| {
        let id = CredentialId::try_from(record.credential.0.clone()).map_err(broken)?;
        Ok(PublicKeyCredentialDescriptor { id, transports: AuthTransports::NONE })
    });
    let known = known.collect::<Result<Vec<_>, StaffError>>()?;
    let mut options = PublicKeyCredentialCreationOptions::passkey(site.rp_id(), user, known);
    // telephones and computers know no such policy and would refuse: the server asks for the person every time anyway
    options.extensions.cred_protect =
        CredProtect::UserVerificationRequired(ExtensionInfo::AllowDontEnforceValue);
    let (kept, sent) = options.start_ceremony().map_err(broken)?;
    Ok(Begun {
        options: serde_json::to_value(&sent).map_err(broken)?,
        state: HexBytes(kept.encode().map_err(broken)?),
    })
}

/// Checks what an authenticator made.
pub(super) fn finish_adding(site: &PasskeySite, state: &HexBytes, answer: &str) -> Result<Made, StaffError> {
    let state = RegistrationServerState::<USER_HANDLE_MAX_LEN>::decode(&state.0).map_err(broken)?;
    let answer = Registration::from_json_relaxed(answer.as_bytes()).map_err(|_| PasskeyRefused::Unusable)?;
    let options = RegistrationVerificationOptions::<PasskeySite, PasskeySite> {
        allowed_origins: std::slice::from_ref(site),
        // an authenticator may say more than it was asked
        error_on_unsolicited_extensions: false,
        ..RegistrationVerificationOptions::default()
    };
    let made = state.verify(site.rp_id(), &answer, &options).map_err(|_| PasskeyRefused::Unusable)?;
    Ok(Made {
        credential: made.id().as_ref().to_vec(),
        key: HexBytes(made.static_state().encode().map_err(broken)?),
        standing: HexBytes(made.dynamic_state().encode().map_err(broken)?.to_vec()),
    })
}

/// Asks for any passkey of this site, with the person verified.
pub(super) fn begin_sign_in(site: &PasskeySite) -> Result<Begun, StaffError> {
    let options = DiscoverableCredentialRequestOptions::passkey(site.rp_id());
    let (kept, sent) = options.start_ceremony().map_err(broken)?;
    Ok(Begun {
        options: serde_json::to_value(&sent).map_err(broken)?,
        state: HexBytes(kept.encode().map_err(broken)?),
    })
}

/// An answer to a challenge, read and not yet believed.
pub(super) struct Assertion(DiscoverableAuthentication64);

impl Assertion {
    /// Reads an answer.
    pub(super) fn read(answer: &str) -> Result<Self, PasskeyRefused> {
        DiscoverableAuthentication64::from_json_relaxed(answer.as_bytes())
            .map(Self)
            .map_err(|_| PasskeyRefused::NotAccepted)
    }

    /// Which credential answers, as it says.
    pub(super) fn credential(&self) -> Vec<u8> {
        self.0.raw_id().as_ref().to_vec()
    }

    /// Checks the answer against challenge, site and passkey; gives the passkey's standing from now on.
    pub(super) fn check(
        &self,
        site: &PasskeySite,
        state: &HexBytes,
        passkey: &PasskeyRecord,
    ) -> Result<HexBytes, StaffError> {
        let state = DiscoverableAuthenticationServerState::decode(&state.0).map_err(broken)?;
        let key = StaticState::decode(&passkey.key.0).map_err(broken)?;
        let standing = passkey.standing.0.as_slice().try_into().map_err(broken)?;
        let standing = DynamicState::decode(standing).map_err(broken)?;
        let handle = handle(&passkey.handle.0)?;
        let mut credential =
            AuthenticatedCredential::new(self.0.raw_id(), &handle, key, standing).map_err(broken)?;
        let options = AuthenticationVerificationOptions::<PasskeySite, PasskeySite> {
            allowed_origins: std::slice::from_ref(site),
            error_on_unsolicited_extensions: false,
            ..AuthenticationVerificationOptions::default()
        };
        match state.verify(site.rp_id(), &self.0, &mut credential, &options) {
            Ok(_) => Ok(HexBytes(credential.dynamic_state().encode().map_err(broken)?.to_vec())),
            Err(AuthCeremonyErr::SignatureCounter) => Err(PasskeyRefused::CountsBack.into()),
            Err(_) => Err(PasskeyRefused::NotAccepted.into()),
        }
    }
}

fn handle(bytes: &[u8]) -> Result<UserHandle64, StaffError> {
    UserHandle64::decode(bytes.try_into().map_err(broken)?).map_err(broken)
}
