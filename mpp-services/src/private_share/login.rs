//! Login by a code in an SMS, and the sessions it gives.

use mpp_core::{CustomerRef, Entropy, Kid, LoginId, MobileNumber, PublicJwk, Timestamp, Vua, draw};
use mpp_crypto::{VerifyingKey, customer_ref};
use mpp_store::{RecordKey, RecordReaderExt, Versioned, WriteBatch};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::error::PrivateShareError;
use super::keyed_hash;
use super::login_records::{CustomerSessionRecord, LoginRecord, LoginStanding, LoginStartsRecord};
use super::service::PrivateShareService;
use super::sms::SmsText;

/// A login that waits for its code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartedLogin {
    /// The login.
    pub id: LoginId,
    /// Until when the code is taken.
    pub expires_at: Timestamp,
}

/// A session that was just opened: the only time its key is seen.
pub struct OpenedSession {
    /// The bearer key.
    pub key: Zeroizing<String>,
    /// The customer's address at the Account Aggregator.
    pub vua: Vua,
    /// Until when the session holds.
    pub expires_at: Timestamp,
}

impl std::fmt::Debug for OpenedSession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OpenedSession").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

/// Who is calling: everything the service does for a customer takes one, and touches nothing of others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerSession {
    /// The customer's name at this role.
    pub customer: CustomerRef,
    /// The customer's address at the Account Aggregator.
    pub vua: Vua,
    /// Until when the session holds.
    pub expires_at: Timestamp,
}

/// What is sealed of a login or session.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct WhoLogsIn {
    pub(super) mobile: MobileNumber,
}

impl PrivateShareService {
    /// Texts a fresh code to `mobile`. The login it opens gives a session to the holder of `device_key` only.
    ///
    /// # Errors
    /// [`PrivateShareError::DeviceKey`]; [`PrivateShareError::TooManyLogins`]; [`PrivateShareError::Sms`];
    /// [`PrivateShareError::InProgress`] when too many ask for the same number at this moment.
    pub async fn start_login(
        &self,
        mobile: &MobileNumber,
        device_key: &PublicJwk,
    ) -> Result<StartedLogin, PrivateShareError> {
        device_key_of(device_key)?;
        // A concurrent start changes what is counted: read again, so that no start is left uncounted.
        for _ in 0..Self::DECISIONS {
            let (started, code) = match self.keep_fresh_login(mobile, device_key).await {
                Err(error) if error.is_conflict() => continue,
                kept => kept?,
            };
            self.sms().send(mobile, &self.code_text(&code)).await?;
            return Ok(started);
        }
        Err(PrivateShareError::InProgress)
    }

    /// Exchanges the code for a session.
    ///
    /// # Errors
    /// [`PrivateShareError::WrongOtp`], [`PrivateShareError::LoginLocked`], [`PrivateShareError::LoginExpired`],
    /// [`PrivateShareError::LoginUsed`], [`PrivateShareError::NotFound`].
    pub async fn verify_login(&self, id: LoginId, code: &str) -> Result<OpenedSession, PrivateShareError> {
        let key = RecordKey::new(id);
        // A concurrent try changes the record: read again, so that no try is left uncounted.
        for _ in 0..Self::DECISIONS {
            let login = self.store().get::<LoginRecord>(&key).await?;
            let login = login.ok_or(PrivateShareError::NotFound { what: "login" })?;
            match self.judge_code(login, code).await {
                Err(error) if error.is_conflict() => {}
                settled => return settled,
            }
        }
        Err(PrivateShareError::InProgress)
    }

    /// The key of a device that has a session.
    ///
    /// # Errors
    /// [`PrivateShareError::Store`].
    pub async fn device_key(&self, kid: &Kid) -> Result<Option<VerifyingKey>, PrivateShareError> {
        let index = (CustomerSessionRecord::BY_DEVICE, kid.as_str().into());
        let sessions = self.store().every_by_index::<CustomerSessionRecord>(index.0, index.1).await?;
        let live = sessions.into_iter().find(|session| self.now() < session.record.expires_at);
        live.map(|session| device_key_of(&session.record.device_key)).transpose()
    }

    /// The customer whose session this is. The request must have been signed by the device the session is bound
    /// to: `signer` is the name of the key whose signature stands.
    ///
    /// # Errors
    /// [`PrivateShareError::Unauthenticated`] when the key is unknown, no longer good, or another device's.
    pub async fn authenticate(
        &self,
        session_key: &str,
        signer: &Kid,
    ) -> Result<CustomerSession, PrivateShareError> {
        let name = keyed_hash::of_session_key(&self.secrets().logins, session_key);
        let found = self.store().get::<CustomerSessionRecord>(&RecordKey::new(&name)).await?;
        let now = self.now();
        let holds = |found: &Versioned<CustomerSessionRecord>| {
            now < found.record.expires_at && found.record.device_kid == *signer
        };
        let found = found.filter(holds).ok_or(PrivateShareError::Unauthenticated)?;
        let who: WhoLogsIn =
            self.sealing().open(&CustomerSessionRecord::who_place(&name), &found.record.who)?;
        Ok(CustomerSession {
            customer: found.record.customer,
            vua: self.vua_of(&who.mobile)?,
            expires_at: found.record.expires_at,
        })
    }

    /// Writes a fresh login down, and that it was started, unless its customer has started too many.
    async fn keep_fresh_login(
        &self,
        mobile: &MobileNumber,
        device_key: &PublicJwk,
    ) -> Result<(StartedLogin, Zeroizing<String>), PrivateShareError> {
        let now = self.now();
        let customer = customer_ref(&self.secrets().customers, mobile);
        let known = self.store().get::<LoginStartsRecord>(&RecordKey::new(&customer)).await?;
        let (version, starts) = known.map_or_else(
            || (None, LoginStartsRecord::none_of(customer.clone())),
            |known| (Some(known.version), known.record),
        );
        let starts = starts
            .with_one(now, self.settings().login_window, self.settings().logins_per_window)
            .map_err(|again_at| PrivateShareError::TooManyLogins { again_at })?;
        let id = LoginId::generate(self.entropy());
        let code = draw_code(self.entropy());
        let expires_at = now.plus(self.settings().otp_life);
        let login = LoginRecord {
            id,
            customer,
            who: self.sealing().seal(&LoginRecord::who_place(id), &WhoLogsIn { mobile: mobile.clone() })?,
            code_hash: keyed_hash::of_code(&self.secrets().logins, id, &code),
            device_key: device_key.clone(),
            tries_left: self.settings().otp_tries,
            standing: LoginStanding::Waiting,
            started_at: now,
            expires_at,
        };
        let mut batch = WriteBatch::new();
        match version {
            Some(version) => batch.update(version, &starts),
            None => batch.insert(&starts),
        };
        batch.insert(&login);
        self.store().commit(batch).await?;
        Ok((StartedLogin { id, expires_at }, code))
    }

    async fn judge_code(
        &self,
        Versioned { version, record: login }: Versioned<LoginRecord>,
        code: &str,
    ) -> Result<OpenedSession, PrivateShareError> {
        let now = self.now();
        match login.standing {
            LoginStanding::Locked => return Err(PrivateShareError::LoginLocked),
            LoginStanding::Used => return Err(PrivateShareError::LoginUsed),
            LoginStanding::Waiting if now >= login.expires_at => return Err(PrivateShareError::LoginExpired),
            LoginStanding::Waiting => {}
        }
        let mut batch = WriteBatch::new();
        if !keyed_hash::is_code(&self.secrets().logins, login.id, code, &login.code_hash) {
            let login = login.after_wrong_code();
            batch.update(version, &login);
            self.store().commit(batch).await?;
            return Err(match login.standing {
                LoginStanding::Locked => PrivateShareError::LoginLocked,
                LoginStanding::Waiting | LoginStanding::Used => {
                    PrivateShareError::WrongOtp { tries_left: login.tries_left }
                }
            });
        }
        let (opened, session) = self.session_for(&login, now)?;
        batch.update(version, &LoginRecord { standing: LoginStanding::Used, ..login });
        batch.insert(&session);
        self.store().commit(batch).await?;
        Ok(opened)
    }

    fn session_for(
        &self,
        login: &LoginRecord,
        now: Timestamp,
    ) -> Result<(OpenedSession, CustomerSessionRecord), PrivateShareError> {
        let who: WhoLogsIn = self.sealing().open(&LoginRecord::who_place(login.id), &login.who)?;
        let key = Zeroizing::new(hex::encode(Zeroizing::new(draw::<32>(self.entropy()))));
        let name = keyed_hash::of_session_key(&self.secrets().logins, &key);
        let expires_at = now.plus(self.settings().session_life);
        let vua = self.vua_of(&who.mobile)?;
        let record = CustomerSessionRecord {
            who: self.sealing().seal(&CustomerSessionRecord::who_place(&name), &who)?,
            name,
            customer: login.customer.clone(),
            device_key: login.device_key.clone(),
            device_kid: device_key_of(&login.device_key)?.kid().clone(),
            expires_at,
        };
        Ok((OpenedSession { key, vua, expires_at }, record))
    }

    fn vua_of(&self, mobile: &MobileNumber) -> Result<Vua, PrivateShareError> {
        Vua::from_mobile(mobile, &self.settings().aa_handle)
            .map_err(|_| PrivateShareError::Inconsistent { what: "Account Aggregator's handle" })
    }

    fn code_text(&self, code: &str) -> SmsText {
        let minutes = self.settings().otp_life.as_millis() / 60_000;
        SmsText::new(format!(
            "{code} is your code to share your data. It is good for {minutes} minutes. Do not tell it to anyone, \
             not even to people who say they are from your bank."
        ))
    }
}

fn device_key_of(jwk: &PublicJwk) -> Result<VerifyingKey, PrivateShareError> {
    VerifyingKey::from_jwk(jwk).map_err(|_| PrivateShareError::DeviceKey)
}

/// Six digits, each equally likely.
fn draw_code(entropy: &dyn Entropy) -> Zeroizing<String> {
    /// The largest multiple of a million that fits into 32 bits: numbers from there on would favour some codes.
    const FAIR: u32 = 4_294_000_000;
    loop {
        let number = u32::from_be_bytes(draw(entropy));
        if number < FAIR {
            return Zeroizing::new(format!("{:06}", number % 1_000_000));
        }
    }
}
