use std::sync::Arc;

use mpp_core::Persistence;
use mpp_crypto::envelope;
use mpp_private_share::PrivateFileError;
use mpp_sdk::{Phase, SdkError};
use serde_json::{Value, json};

use crate::codes::WHOLE;
use crate::fips::ACCOUNTS;
use crate::stage::{Case, DecidedCase, Stage, play, says};
use crate::tampering::{DishonestPhone, NoUploads, private_files, spoil_file};

/// Everything is sealed on the device and nothing of it uploaded; then the network is as it should be.
async fn sealed_but_not_uploaded(stage: &'static Stage) -> DecidedCase<'static> {
    let phone = stage.phone().await;
    let network = Arc::new(NoUploads(Arc::clone(stage.world.transport())));
    let phone = stage.phone_again(&phone, stage.world.app(), network).await;
    let case = stage.case_of(phone).await.approved().await;
    let error = case.share().await.unwrap_err();
    assert_eq!(error.persistence(), Persistence::Temporary, "{error:?}");
    let DecidedCase { case, kept } = case;
    let phone = stage.phone_again(&case.phone, stage.world.app(), Arc::clone(stage.world.transport())).await;
    DecidedCase { case: Case { phone, ..case }, kept }
}

async fn resume(case: &DecidedCase<'_>) -> Result<usize, SdkError> {
    let phone = &case.case.phone;
    let documents = phone.private_share.documents();
    let uploaded = phone.mpp.resume_uploads(case.kept.request, documents, &|_| {}).await?;
    Ok(uploaded.len())
}

#[test]
fn a_parcel_altered_on_the_device_is_refused_and_the_others_arrive() {
    play(async |stage| {
        let case = sealed_but_not_uploaded(stage).await;
        let sealed = private_files(&stage.folder_of(&case.case.phone), "sealed-");
        assert_eq!(sealed.len(), ACCOUNTS);
        let before = spoil_file(&sealed[0]);
        let error = resume(&case).await.unwrap_err();
        assert!(matches!(error, SdkError::ParcelAltered), "{error:?}");
        assert_eq!(error.persistence(), Persistence::Permanent);
        says(&error, &["sealed", "altered"]);
        case.arrives_whole(WHOLE - 1).await;

        std::fs::write(&sealed[0], before).unwrap();
        assert_eq!(resume(&case).await.unwrap(), 1);
        case.arrives_whole(WHOLE).await;
    });
}

#[test]
fn a_parcel_gone_from_the_device_is_said_once_and_the_others_arrive() {
    play(async |stage| {
        let case = sealed_but_not_uploaded(stage).await;
        let phone = &case.case.phone;
        let documents = phone.private_share.documents();
        let manifest = documents.manifests().await.unwrap().remove(0);
        // the one whose turn comes first
        let gone = manifest.documents.iter().map(|document| document.parcel).min().unwrap();
        documents.remove(manifest.reference, gone).await.unwrap();
        let error = resume(&case).await.unwrap_err();
        assert!(matches!(error, SdkError::ParcelGone), "{error:?}");
        assert_eq!(error.persistence(), Persistence::Permanent);
        says(&error, &["sealed", "no longer"]);
        case.arrives_whole(WHOLE - 1).await;

        assert_eq!(resume(&case).await.unwrap(), 0);
        assert_eq!(phone.mpp.requests().await.unwrap()[0].phase, Phase::Complete);
    });
}

#[test]
fn an_altered_manifest_is_noticed() {
    play(async |stage| {
        let case = sealed_but_not_uploaded(stage).await;
        let manifests = private_files(&stage.folder_of(&case.case.phone), "manifest-");
        assert_eq!(manifests.len(), 1);
        let before = spoil_file(&manifests[0]);
        let error = resume(&case).await.unwrap_err();
        assert!(matches!(error, SdkError::Documents(PrivateFileError::Altered)), "{error:?}");
        says(&error, &["altered"]);
        case.arrives_whole(2).await;

        std::fs::write(&manifests[0], before).unwrap();
        assert_eq!(resume(&case).await.unwrap(), ACCOUNTS);
        case.arrives_whole(WHOLE).await;
    });
}

/// Bytes of a full chunk as it travels: 64 KiB and a tag.
const CHUNK: usize = 64 * 1024 + 16;

fn one_bit_changed(mut parcel: Vec<u8>) -> Vec<u8> {
    let last = parcel.len() - 1;
    parcel[last] ^= 1;
    parcel
}

fn two_chunks_swapped(mut parcel: Vec<u8>) -> Vec<u8> {
    let start = envelope::inspect(&parcel).unwrap().chunks_start;
    parcel[start..start + 2 * CHUNK].rotate_left(CHUNK);
    parcel
}

fn without_the_last_chunk(mut parcel: Vec<u8>) -> Vec<u8> {
    let start = envelope::inspect(&parcel).unwrap().chunks_start;
    let full = (parcel.len() - start) / CHUNK;
    parcel.truncate(start + full * CHUNK);
    parcel
}

fn within_the_last_chunk_cut_off(mut parcel: Vec<u8>) -> Vec<u8> {
    parcel.truncate(parcel.len() - 1);
    parcel
}

#[test]
fn a_parcel_that_does_not_open_never_reaches_the_application() {
    play(async |stage| {
        // three chunks or more in every parcel
        let outside = stage.world.outside();
        let _: Value =
            outside.post("/control/settings", &json!({ "documentPaddingBytes": 200_000 })).await.unwrap();
        let case = sealed_but_not_uploaded(stage).await;
        let _: Value =
            outside.post("/control/settings", &json!({ "documentPaddingBytes": 0 })).await.unwrap();

        let dishonest = DishonestPhone::taking_over(&case);
        let parcels = dishonest.parcels().await;
        assert_eq!(parcels.len(), ACCOUNTS);
        let alterations =
            [one_bit_changed, two_chunks_swapped, without_the_last_chunk, within_the_last_chunk_cut_off];
        for (parcel, alter) in parcels.iter().zip(alterations) {
            dishonest.upload(*parcel, alter).await;
        }
        for parcel in parcels.iter().skip(alterations.len()) {
            dishonest.upload(*parcel, |bytes| bytes).await;
        }
        case.arrives_whole(WHOLE - alterations.len()).await;
        // what the partner's server could not open it has not acknowledged: central keeps it for when it can
        let held = stage.world.holdings().await.unwrap();
        assert!(held.parcels >= u64::try_from(alterations.len()).unwrap(), "{held:?}");
    });
}
