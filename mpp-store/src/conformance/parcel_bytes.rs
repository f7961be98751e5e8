//! Parcel bytes: parts, streams, removal.

use std::sync::Arc;

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt};
use mpp_core::ParcelId;

use crate::{MAX_PART_BYTES, ParcelBytes, ParcelBytesError, ParcelBytesExt, PartInfo, PartNumber};

fn parcel(number: u8) -> ParcelId {
    ParcelId::from_random([number; 16])
}

fn info(part: u32, bytes: u64) -> PartInfo {
    PartInfo { part: PartNumber(part), bytes }
}

async fn put(store: &Arc<dyn ParcelBytes>, number: u8, part: u32, content: &[u8]) {
    store.put_part(parcel(number), PartNumber(part), Bytes::copy_from_slice(content)).await.unwrap();
}

async fn read(store: &Arc<dyn ParcelBytes>, number: u8, from: u64) -> Vec<u8> {
    let chunks: Vec<Bytes> = store.read(parcel(number), from).await.unwrap().try_collect().await.unwrap();
    chunks.concat()
}

/// A parcel nobody wrote has no parts and nothing to read.
pub async fn absent_parcel_has_no_parts(store: Arc<dyn ParcelBytes>) {
    assert!(store.parts(parcel(1)).await.unwrap().is_empty());
    assert_eq!(store.read_part(parcel(1), PartNumber(0)).await.unwrap(), None);
    assert_eq!(store.size(parcel(1)).await.unwrap(), 0);
    assert!(store.list().await.unwrap().is_empty());
    let read = store.read(parcel(1), 0).await.err().unwrap();
    assert!(matches!(read, ParcelBytesError::NoSuchParcel { parcel: found } if found == parcel(1)));
}

/// Parts come back as they were written, one by one and as a stream; their sizes are those of the content.
pub async fn parts_read_back_in_order(store: Arc<dyn ParcelBytes>) {
    for (part, content) in [(0, &b"first "[..]), (1, b"second "), (2, b"third")] {
        put(&store, 1, part, content).await;
    }
    put(&store, 2, 0, b"other").await;
    assert_eq!(store.parts(parcel(1)).await.unwrap(), [info(0, 6), info(1, 7), info(2, 5)]);
    assert_eq!(store.size(parcel(1)).await.unwrap(), 18);
    let second = store.read_part(parcel(1), PartNumber(1)).await.unwrap().unwrap();
    assert_eq!(second, Bytes::from_static(b"second "));
    assert_eq!(read(&store, 1, 0).await, b"first second third");
    assert_eq!(read(&store, 2, 0).await, b"other");
}

/// More than ten parts are still in the order of their numbers.
pub async fn many_parts_stay_in_order(store: Arc<dyn ParcelBytes>) {
    let parts: Vec<u8> = (0..25).collect();
    for part in &parts {
        put(&store, 1, u32::from(*part), &[*part]).await;
    }
    assert_eq!(read(&store, 1, 0).await, parts);
}

/// Reading can begin at any byte.
pub async fn stream_begins_where_asked(store: Arc<dyn ParcelBytes>) {
    put(&store, 1, 0, b"abc").await;
    put(&store, 1, 1, b"defg").await;
    for from in 0..9_u64 {
        let skip = usize::try_from(from).unwrap().min(7);
        assert_eq!(read(&store, 1, from).await, b"abcdefg"[skip..], "{from}");
    }
    assert!(read(&store, 1, u64::MAX).await.is_empty());
}

/// An interrupted upload writes its last part again, shorter or longer.
pub async fn part_can_be_written_again(store: Arc<dyn ParcelBytes>) {
    put(&store, 1, 0, b"first ").await;
    put(&store, 1, 1, b"longer than before").await;
    put(&store, 1, 1, b"again").await;
    assert_eq!(read(&store, 1, 0).await, b"first again");
    assert_eq!(store.parts(parcel(1)).await.unwrap(), [info(0, 6), info(1, 5)]);
}

/// A hole is an error, not a shorter parcel.
pub async fn missing_part_is_an_error(store: Arc<dyn ParcelBytes>) {
    put(&store, 1, 0, b"a").await;
    put(&store, 1, 2, b"c").await;
    let read = store.read(parcel(1), 0).await.err().unwrap();
    assert!(matches!(read, ParcelBytesError::MissingPart { part: PartNumber(1), .. }), "{read:?}");
}

/// Empty and oversized parts are refused; the largest allowed one is not.
pub async fn part_length_is_bounded(store: Arc<dyn ParcelBytes>) {
    let largest = vec![7; MAX_PART_BYTES];
    put(&store, 1, 0, &largest).await;
    assert_eq!(store.read_part(parcel(1), PartNumber(0)).await.unwrap().unwrap(), largest);
    for bytes in [0, MAX_PART_BYTES + 1024] {
        let refused = store.put_part(parcel(1), PartNumber(1), Bytes::from(vec![0; bytes])).await;
        assert!(matches!(refused, Err(ParcelBytesError::PartLength { bytes: found, .. }) if found == bytes));
    }
    assert_eq!(store.parts(parcel(1)).await.unwrap().len(), 1);
}

/// A removed parcel is as if it had never been, and others are untouched; removing again is no error.
pub async fn removed_parcel_is_absent(store: Arc<dyn ParcelBytes>) {
    put(&store, 1, 0, b"a").await;
    put(&store, 1, 1, b"b").await;
    put(&store, 2, 0, b"c").await;
    store.remove(parcel(1)).await.unwrap();
    assert!(store.parts(parcel(1)).await.unwrap().is_empty());
    assert_eq!(store.read_part(parcel(1), PartNumber(1)).await.unwrap(), None);
    assert_eq!(store.list().await.unwrap(), [parcel(2)]);
    store.remove(parcel(1)).await.unwrap();
    store.remove(parcel(3)).await.unwrap();
    assert_eq!(read(&store, 2, 0).await, b"c");
}

/// A parcel that is removed while it is read ends the stream with an error.
pub async fn removal_ends_a_running_stream_with_an_error(store: Arc<dyn ParcelBytes>) {
    for part in 0..5 {
        put(&store, 1, part, b"content").await;
    }
    let mut stream = store.read(parcel(1), 0).await.unwrap();
    assert!(stream.next().await.unwrap().is_ok());
    store.remove(parcel(1)).await.unwrap();
    let rest: Vec<_> = stream.collect().await;
    let (last, before) = rest.split_last().unwrap();
    assert!(matches!(last, Err(ParcelBytesError::MissingPart { .. })), "{last:?}");
    assert!(before.iter().all(Result::is_ok));
}

/// All parcels with bytes are named, each once.
pub async fn parcels_are_listed(store: Arc<dyn ParcelBytes>) {
    for number in [3, 1, 2] {
        put(&store, number, 0, b"a").await;
        put(&store, number, 1, b"b").await;
    }
    let mut listed = store.list().await.unwrap();
    listed.sort();
    assert_eq!(listed, [parcel(1), parcel(2), parcel(3)]);
}
