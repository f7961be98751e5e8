//! The SDK: the shell around the journey.

mod call;
mod fetching;
mod run;

use std::sync::Arc;

use mpp_api::private_share::{PrivateShareClient, StartLogin, VerifyLogin};
use mpp_api::{Anonymous, Caller};
use mpp_core::{Clock, ConsentId, Entropy, MobileNumber, TxnId, Vua};
use mpp_crypto::SigningKey;
use mpp_crypto::rebit::Flavour;
use mpp_transport::Transport;
use tokio::sync::Mutex;
use url::Url;
use zeroize::Zeroizing;

use crate::approval::ApprovalUi;
use crate::artefact::PinnedAccountAggregator;
use crate::error::ShareError;
use crate::folder::{DeviceFolder, FileName};
use crate::journal::KeptJourney;
use crate::journey::Patience;
use crate::login::{KeptLogin, LoginChallenge, LoginSession};
use crate::private_files::{DeviceSecret, PrivateFileError, PrivateFiles, SecretText};
use crate::sealed_documents::SealedDocuments;
use crate::share::{ShareReport, ShareRequest};

/// What an app sets.
#[derive(Debug, Clone)]
pub struct PrivateShareSettings {
    /// Where the private share service is.
    pub service: Url,
    /// The Account Aggregator, with the keys the app has pinned.
    pub account_aggregator: PinnedAccountAggregator,
    /// In which form the phone makes its key material: the one the FIPs in question understand.
    pub flavour: Flavour,
    /// How long to wait for the customer and for the data.
    pub patience: Patience,
}

impl PrivateShareSettings {
    /// Settings with the ecosystem's default flavour and the default patience.
    #[must_use]
    pub fn new(service: Url, account_aggregator: PinnedAccountAggregator) -> Self {
        Self { service, account_aggregator, flavour: Flavour::Ecc, patience: Patience::default() }
    }
}

/// What the SDK works with, given by the app.
#[derive(Debug)]
pub struct PrivateSharePorts {
    /// Carries requests to the service.
    pub transport: Arc<dyn Transport>,
    /// The app-private folder.
    pub folder: Arc<dyn DeviceFolder>,
    /// What is kept is sealed under it.
    pub secret: DeviceSecret,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Gives randomness.
    pub entropy: Arc<dyn Entropy>,
}

/// The private data share SDK: brings Account Aggregator data onto the phone, opens it there, and seals it to the
/// partner. It talks to the private share service only.
#[derive(Debug)]
pub struct PrivateShareSdk {
    settings: PrivateShareSettings,
    caller: Caller,
    files: Arc<PrivateFiles>,
    documents: SealedDocuments,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    login: Mutex<Option<LoginSession>>,
    /// One share at a time: two would make two consents.
    sharing: Mutex<()>,
}

impl PrivateShareSdk {
    /// The SDK. Takes up an earlier login and clears away what is over.
    ///
    /// # Errors
    /// [`ShareError::Device`] when the folder cannot be read.
    pub async fn open(settings: PrivateShareSettings, ports: PrivateSharePorts) -> Result<Self, ShareError> {
        let PrivateSharePorts { transport, folder, secret, clock, entropy } = ports;
        let files = Arc::new(PrivateFiles::new(folder, &secret, Arc::clone(&entropy)));
        let caller = Caller::new(settings.service.clone(), transport, Arc::new(Anonymous));
        let sdk = Self {
            settings,
            caller,
            documents: SealedDocuments::new(Arc::clone(&files)),
            files,
            clock,
            entropy,
            login: Mutex::default(),
            sharing: Mutex::default(),
        };
        *sdk.login.lock().await = sdk.kept_login().await?;
        sdk.tidy().await?;
        Ok(sdk)
    }

    /// The sealed documents on this device.
    #[must_use]
    pub const fn documents(&self) -> &SealedDocuments {
        &self.documents
    }

    /// Removes sealed documents older than a day, private keys of sessions that are over, and a login whose time is over.
    /// Done at every start; an app that runs for days calls it daily.
    ///
    /// # Errors
    /// [`ShareError::Device`].
    pub async fn tidy(&self) -> Result<(), ShareError> {
        let now = self.clock.now();
        self.documents.sweep(now).await?;
        KeptJourney::sweep(&self.files, now).await?;
        // held while the file goes, so that it is not a new one that goes
        let mut login = self.login.lock().await;
        if login.as_ref().is_some_and(|session| session.expires_at <= now) {
            self.files.remove(&login_file()?).await?;
            *login = None;
        }
        Ok(())
    }

    /// The address of the customer who is logged in, if anybody is.
    pub async fn logged_in(&self) -> Option<Vua> {
        self.session().await.ok().map(|session| session.vua)
    }

    /// Asks for a login code by SMS.
    ///
    /// # Errors
    /// [`ShareError::NotAccepted`] (for example `too_many_logins`), [`ShareError::NoConnection`].
    pub async fn start_login(&self, mobile: &MobileNumber) -> Result<LoginChallenge, ShareError> {
        let device_key = SigningKey::generate_p256(&*self.entropy);
        let body = StartLogin { mobile: mobile.clone(), device_key: device_key.public().to_jwk() };
        let (client, key) = (PrivateShareClient::new(self.caller.clone()), self.fresh_key());
        let started = call::answered(|| client.start_login(&key, &body)).await?;
        Ok(LoginChallenge { login: started.login_id, device_key, expires_at: started.expires_at })
    }

    /// Gives the code. The challenge is good for further tries after [`ShareError::WrongCode`].
    ///
    /// # Errors
    /// [`ShareError::WrongCode`], [`ShareError::NewCodeNeeded`], [`ShareError::NoConnection`].
    pub async fn verify_login(&self, challenge: &LoginChallenge, otp: &str) -> Result<(), ShareError> {
        let client = PrivateShareClient::new(self.caller.clone());
        let (key, body) = (self.fresh_key(), VerifyLogin { otp: otp.to_owned() });
        let opened = call::answered(|| client.verify_login(&key, challenge.login, &body)).await?;
        let pem = challenge.device_key.to_pkcs8_pem();
        let device_key = SigningKey::from_pkcs8_pem(&pem).map_err(|_| ShareError::UnusableAnswer)?;
        let session = LoginSession {
            key: SecretText::new(Zeroizing::new(opened.session_key)),
            vua: opened.vua,
            device_key: Arc::new(device_key),
            expires_at: opened.expires_at,
        };
        let mut login = self.login.lock().await;
        self.files.keep(&login_file()?, &KeptLogin::from(&session)).await?;
        *login = Some(session);
        Ok(())
    }

    /// Forgets the login on this device.
    ///
    /// # Errors
    /// [`ShareError::Device`].
    pub async fn log_out(&self) -> Result<(), ShareError> {
        let mut login = self.login.lock().await;
        *login = None;
        Ok(self.files.remove(&login_file()?).await?)
    }

    /// Shares: raises the consent at the Account Aggregator, lets the customer approve there, fetches, opens,
    /// checks, and seals every account's document onto this device. Called again after an interruption, also in a
    /// new process, it goes on where it was.
    ///
    /// # Errors
    /// See [`ShareError`]. Nothing of the data is left on the device but what was sealed.
    pub async fn share(
        &self,
        request: &ShareRequest,
        ui: &dyn ApprovalUi,
    ) -> Result<ShareReport, ShareError> {
        let _sharing = self.sharing.lock().await;
        run::Run::new(self, request, ui).await?.into_report().await
    }

    /// Withdraws the Account Aggregator's consent behind a consent of the partner's side, for ever. Nothing to do
    /// when this device knows of none.
    ///
    /// # Errors
    /// [`ShareError::LogInFirst`], [`ShareError::NoConnection`], [`ShareError::Device`].
    pub async fn revoke(&self, consent: ConsentId) -> Result<(), ShareError> {
        let _sharing = self.sharing.lock().await;
        let Some(journey) = KeptJourney::find(&self.files, consent).await? else { return Ok(()) };
        let client = self.client(&self.session().await?);
        match call::answered(|| client.revoke_consent(journey.key)).await {
            Ok(_) | Err(ShareError::ConsentEnded) => {}
            Err(ShareError::NotAccepted { code, .. })
                if matches!(code.as_str(), "consent_not_approved" | "not_found") => {}
            Err(error) => return Err(error),
        }
        KeptJourney::forget(&self.files, consent).await
    }

    async fn session(&self) -> Result<LoginSession, ShareError> {
        let login = self.login.lock().await.clone();
        login.filter(|session| self.clock.now() < session.expires_at).ok_or(ShareError::LogInFirst)
    }

    async fn kept_login(&self) -> Result<Option<LoginSession>, ShareError> {
        match self.files.find::<KeptLogin>(&login_file()?).await {
            // Of another installation: of no use here.
            Err(PrivateFileError::Altered) => Ok(None),
            found => found?.map(KeptLogin::into_session).transpose(),
        }
    }

    fn fresh_key(&self) -> String {
        TxnId::generate(&*self.entropy).to_string()
    }
}

fn login_file() -> Result<FileName, ShareError> {
    "login".parse().map_err(|_| PrivateFileError::Altered.into())
}
