use async_trait::async_trait;
use mpp_core::{Clock, PartnerId, Span};
use mpp_crypto::EnvelopePrivateKey;
use mpp_crypto::envelope::{self, Context, EnvelopeError, verify_sender};
use mpp_private_share::{DeviceFolder, FilesystemFolder};
use mpp_testkit::{HandClock, SeededEntropy};

use super::*;
use crate::upload::SealedBytes;

struct Stored(Vec<u8>);

#[async_trait]
impl ParcelSource for Stored {
    async fn open(&self) -> Result<SealedBytes, SdkError> {
        Ok(Box::new(std::io::Cursor::new(self.0.clone())))
    }
}

struct Phone {
    device: DeviceIdentity,
    recipient: PartnerKeyRecord,
    consent: ConsentId,
    parcel: ParcelId,
    sealed: Vec<u8>,
}

impl Phone {
    async fn new(change: impl FnOnce(&mut Context)) -> Self {
        let entropy = SeededEntropy::new(21);
        let folder = tempfile::tempdir().unwrap();
        let folder: &dyn DeviceFolder = &FilesystemFolder::open(folder.path()).await.unwrap();
        let key = EnvelopePrivateKey::generate(&entropy);
        let now = HandClock::new().now();
        let recipient = PartnerKeyRecord {
            partner: PartnerId::generate(&entropy),
            partner_name: "Kaveri Finance Ltd".into(),
            kid: key.kid().clone(),
            key: key.public().to_jwk(),
            valid_from: now,
            valid_to: now.plus(Span::from_days(1)),
            issued_at: now,
        };
        let (consent, parcel) = (ConsentId::generate(&entropy), ParcelId::generate(&entropy));
        let mut context = Context {
            purpose: Purpose::Parcel,
            partner: recipient.partner,
            consent,
            parcel,
            source: Source::AccountAggregator,
            content_type: "application/xml".parse().unwrap(),
        };
        change(&mut context);
        let sealed = envelope::seal_all(&[7; 100_000], key.public(), &context, &entropy).unwrap();
        let device = DeviceIdentity::open(folder, &entropy).await.unwrap();
        Self { device, recipient, consent, parcel, sealed }
    }

    fn document(&self) -> SealedDocument {
        SealedDocument {
            parcel: self.parcel,
            fip_id: "SAHYADRI_FIP".parse().unwrap(),
            link_ref_number: "REF-1".parse().unwrap(),
            content_type: "application/xml".parse().unwrap(),
            size: u64::try_from(self.sealed.len()).unwrap(),
            sha256: mpp_crypto::sha256(&self.sealed),
            plaintext_sha256: mpp_crypto::sha256(&[7; 100_000]),
            created_at: HandClock::new().now(),
        }
    }

    async fn vouch(&self, document: &SealedDocument, bytes: &[u8]) -> Result<String, SdkError> {
        let sealed =
            SealedParcel { recipient: &self.recipient, consent: self.consent, parcel: self.parcel, document };
        sealed.vouch(&self.device, &Stored(bytes.to_vec())).await
    }
}

#[tokio::test]
async fn the_device_vouches_for_the_bytes_that_lie_there() {
    let phone = Phone::new(|_| {}).await;
    let statement = phone.vouch(&phone.document(), &phone.sealed).await.unwrap().parse().unwrap();
    let fingerprint = Fingerprint::of(&phone.sealed).unwrap();
    assert_eq!(verify_sender(phone.device.key().public(), &statement, &fingerprint), Ok(()));
}

#[tokio::test]
async fn nothing_is_vouched_for_that_is_not_what_was_sealed() {
    let phone = Phone::new(|_| {}).await;
    let document = phone.document();
    let mut altered = phone.sealed.clone();
    *altered.last_mut().unwrap() ^= 1;
    for bytes in [&altered[..], &phone.sealed[..70_000], &phone.sealed[..10], &[], b"not an envelope"] {
        let refused = phone.vouch(&document, bytes).await.unwrap_err();
        assert!(matches!(refused, SdkError::ParcelAltered), "{refused}");
    }
    assert!(matches!(Fingerprint::of(b"not an envelope"), Err(EnvelopeError::NotAnEnvelope)));
}

#[tokio::test]
async fn an_envelope_for_somebody_or_something_else_is_not_vouched_for() {
    let entropy = SeededEntropy::new(22);
    let changes: [fn(&mut Context, &SeededEntropy); 5] = [
        |context, _| context.purpose = Purpose::KeyMaterial,
        |context, entropy| context.partner = PartnerId::generate(entropy),
        |context, entropy| context.consent = ConsentId::generate(entropy),
        |context, entropy| context.parcel = ParcelId::generate(entropy),
        |context, _| context.source = "provider:sandbox-bureau".parse().unwrap(),
    ];
    for change in changes {
        let phone = Phone::new(|context| change(context, &entropy)).await;
        let refused = phone.vouch(&phone.document(), &phone.sealed).await.unwrap_err();
        assert!(matches!(refused, SdkError::ParcelAltered), "{refused}");
    }
    let mut phone = Phone::new(|_| {}).await;
    phone.recipient.kid = "another-key".parse().unwrap();
    assert!(phone.vouch(&phone.document(), &phone.sealed).await.is_err(), "sealed to another key");
}
