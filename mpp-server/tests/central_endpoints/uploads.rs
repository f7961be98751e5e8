use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use mpp_api::ApiError;
use mpp_api::central::{Last, UPLOAD_COMPLETE, UPLOAD_OFFSET, UploadProgress};
use mpp_core::UploadId;

use crate::samples::account_item;
use crate::town::{AA, ClientServer, Phone, Town, consent};

struct Begun {
    town: Town,
    partner: ClientServer,
    phone: Phone,
    upload: UploadId,
    bytes: Vec<u8>,
}

async fn begun() -> Begun {
    let town = Town::start().await;
    let partner = town.onboard(None).await;
    let product = town.publish(&partner, vec![account_item()]).await;
    let phone = town.open(&town.place(&partner, product, "LOAN-1").await).await;
    let decided = town.approve_all(&phone).await;
    let (announcement, bytes) = town.sealed(&partner, &phone, consent(&decided, AA), &vec![b'F'; 200_000]);
    let upload = town.phone(&phone).announce(&announcement).await.unwrap().upload_id;
    Begun { town, partner, phone, upload, bytes }
}

#[tokio::test]
pub(crate) async fn an_upload_resumes_where_it_stands_after_a_restart() {
    let mut begun = begun().await;
    let client = begun.town.phone(&begun.phone);
    let half = begun.bytes.len() / 2;
    let first = begun.bytes[..half].to_vec();
    client.append(begun.upload, 0, first.into(), Last::No).await.unwrap();
    begun.town.restart().await;
    let client = begun.town.phone(&begun.phone);
    let standing = client.upload_offset(begun.upload).await.unwrap();
    let offset = u64::try_from(half).unwrap();
    assert_eq!(standing, UploadProgress::Partial { offset });
    let rest = begun.bytes[half..].to_vec();
    let done = client.append(begun.upload, offset, rest.into(), Last::Yes).await.unwrap();
    assert_eq!(done, UploadProgress::Complete);
    assert_eq!(client.upload_offset(begun.upload).await.unwrap(), UploadProgress::Complete);
    begun.town.await_parcel(&begun.partner, AA).await;
}

#[tokio::test]
pub(crate) async fn a_wrong_offset_is_refused_with_the_right_one() {
    let begun = begun().await;
    let client = begun.town.phone(&begun.phone);
    let refused = client.append(begun.upload, 7, "x".into(), Last::No).await.unwrap_err();
    assert_eq!(refused.code(), Some("upload_offset_differs"));
    let bare = begun.town.caller(begun.town.signer(&begun.phone.key));
    let path = format!("/v1/uploads/{}", begun.upload);
    let send = |headers: HeaderMap| bare.send_raw(Method::PATCH, &path, headers, "x".into());
    let mut headers = HeaderMap::new();
    for (name, value, code) in [
        (header::CONTENT_TYPE, "text/plain", "upload_type_unsupported"),
        (header::CONTENT_TYPE, "application/partial-upload", "invalid_request"),
        (UPLOAD_OFFSET, "0", "invalid_request"),
        (UPLOAD_COMPLETE, "yes", "invalid_request"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
        let refused = send(headers.clone()).await.unwrap_err();
        assert_eq!(refused.code(), Some(code));
    }
}

#[tokio::test]
pub(crate) async fn the_same_upload_speaks_tus() {
    let begun = begun().await;
    let caller = begun.town.caller(begun.town.signer(&begun.phone.key));
    let path = format!("/v1/uploads/{}", begun.upload);
    let tus = HeaderName::from_static("tus-resumable");
    let version = HeaderValue::from_static("1.0.0");
    let head = HeaderMap::from_iter([(tus.clone(), version.clone())]);
    let standing = caller.send_raw(Method::HEAD, &path, head.clone(), Default::default()).await.unwrap();
    assert_eq!(standing.headers[&UPLOAD_OFFSET], "0");
    assert_eq!(standing.headers["upload-length"], begun.bytes.len().to_string().as_str());
    let mut patch = head;
    patch.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/offset+octet-stream"));
    patch.insert(UPLOAD_OFFSET, HeaderValue::from_static("0"));
    let done = caller.send_raw(Method::PATCH, &path, patch, begun.bytes.clone().into()).await.unwrap();
    assert_eq!(done.status, StatusCode::NO_CONTENT);
    assert_eq!(done.headers[&tus], "1.0.0");
    assert_eq!(done.headers[&UPLOAD_OFFSET], begun.bytes.len().to_string().as_str());
    let old = HeaderMap::from_iter([(tus, HeaderValue::from_static("0.2.2"))]);
    match caller.send_raw(Method::HEAD, &path, old, Default::default()).await.unwrap_err() {
        ApiError::Refused(problem) => assert_eq!(problem.status, 412),
        other => panic!("{other}"),
    }
}
