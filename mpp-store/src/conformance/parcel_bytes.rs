//! Parcel bytes: parts, streams, removal, sweeps.

use std::sync::Arc;

use bytes::Bytes;
use futures::{Stream, StreamExt, TryStreamExt, stream};
use mpp_core::{ParcelId, Timestamp};
use mpp_crypto::sha256;

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

/// A part that is there stays as it is, and others can be created beside it.
pub async fn part_is_created_once(store: Arc<dyn ParcelBytes>) {
    let create = |part, content: &'static [u8]| {
        store.create_part(parcel(1), PartNumber(part), Bytes::from_static(content))
    };
    create(0, b"first").await.unwrap();
    create(1, b" part").await.unwrap();
    let again = create(0, b"other").await;
    assert!(matches!(again, Err(ParcelBytesError::AlreadyThere { part: PartNumber(0), .. })), "{again:?}");
    assert_eq!(read(&store, 1, 0).await, b"first part");
    store.remove(parcel(1)).await.unwrap();
    create(0, b"anew").await.unwrap();
    assert_eq!(read(&store, 1, 0).await, b"anew");
}

/// Of many that create a part at the same time one succeeds, and its bytes are those that are there.
pub async fn parallel_part_creations_have_one_winner(store: Arc<dyn ParcelBytes>) {
    let create = |writer: u8| {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            let created = store.create_part(parcel(1), PartNumber(0), Bytes::from(vec![writer; 1000])).await;
            (writer, created)
        })
    };
    let writers: Vec<_> = (0..8).map(create).collect();
    let mut winners = Vec::new();
    for writer in writers {
        match writer.await.unwrap() {
            (writer, Ok(())) => winners.push(writer),
            (_, refused) => {
                assert!(matches!(refused, Err(ParcelBytesError::AlreadyThere { .. })), "{refused:?}");
            }
        }
    }
    assert_eq!(winners.len(), 1, "{winners:?}");
    assert_eq!(read(&store, 1, 0).await, vec![winners[0]; 1000]);
}

type Chunk = Result<Bytes, std::io::Error>;

fn chunks(content: &[u8], bytes: usize) -> impl Stream<Item = Chunk> + Send + 'static {
    let chunks: Vec<Chunk> = content.chunks(bytes).map(|chunk| Ok(Bytes::copy_from_slice(chunk))).collect();
    stream::iter(chunks)
}

/// A parcel written from a stream reads back, and its digest is that of what came in.
pub async fn stream_is_written_with_its_digest(store: Arc<dyn ParcelBytes>) {
    let written = store.write(parcel(1), chunks(b"content of a parcel", 3)).await.unwrap();
    assert_eq!((written.bytes, written.parts), (19, 1));
    assert_eq!(written.sha256, sha256(b"content of a parcel"));
    assert_eq!(read(&store, 1, 0).await, b"content of a parcel");
}

/// However the stream comes in, no part is too long, none is empty, and all of it is there.
pub async fn stream_is_cut_into_parts(store: Arc<dyn ParcelBytes>) {
    let content: Vec<u8> = (0..2 * MAX_PART_BYTES).map(|place| u8::try_from(place % 251).unwrap()).collect();
    let longer = [&content[..], b"and more"].concat();
    let cases = [(&content, 2 * MAX_PART_BYTES), (&content, MAX_PART_BYTES), (&longer, 3_000_000)];
    for ((content, chunk), number) in cases.into_iter().zip(1..) {
        let written = store.write(parcel(number), chunks(content, chunk)).await.unwrap();
        let parts = store.parts(parcel(number)).await.unwrap();
        assert_eq!(parts.len(), content.len().div_ceil(MAX_PART_BYTES));
        assert_eq!(parts[..2], [info(0, 8 * 1024 * 1024), info(1, 8 * 1024 * 1024)]);
        assert_eq!((written.sha256, written.parts), (sha256(content), u32::try_from(parts.len()).unwrap()));
        assert_eq!(sha256(&read(&store, number, 0).await), written.sha256);
    }
}

/// A parcel whose bytes stop coming is no parcel, whether it began or not; another try may succeed.
pub async fn stream_that_breaks_off_leaves_nothing(store: Arc<dyn ParcelBytes>) {
    for before in [0, 5, 2 * MAX_PART_BYTES + 5] {
        let broken = stream::iter([Err(std::io::Error::other("the sender is gone"))]);
        let content = chunks(&vec![7; before], 1_000_000).chain(broken);
        let broken = store.write(parcel(1), content).await;
        assert!(matches!(broken, Err(ParcelBytesError::Source { .. })), "{broken:?}");
        assert!(store.parts(parcel(1)).await.unwrap().is_empty(), "{before}");
    }
    store.write(parcel(1), chunks(b"whole", 2)).await.unwrap();
    assert_eq!(read(&store, 1, 0).await, b"whole");
}

/// A parcel has at least one byte.
pub async fn empty_stream_is_refused(store: Arc<dyn ParcelBytes>) {
    let refused = store.write(parcel(1), chunks(b"", 1)).await;
    assert!(matches!(refused, Err(ParcelBytesError::PartLength { bytes: 0, .. })), "{refused:?}");
    assert!(store.list().await.unwrap().is_empty());
}

/// A second writer neither mixes in nor takes away what the first one wrote.
pub async fn parcel_is_written_whole_by_one_writer(store: Arc<dyn ParcelBytes>) {
    store.write(parcel(1), chunks(b"the first writer's", 4)).await.unwrap();
    let second = store.write(parcel(1), chunks(b"the second writer's", 4)).await;
    assert!(matches!(second, Err(ParcelBytesError::AlreadyThere { .. })), "{second:?}");
    assert_eq!(read(&store, 1, 0).await, b"the first writer's");
}

fn long_ago() -> Timestamp {
    Timestamp::from_unix_millis(0).unwrap()
}

fn long_from_now() -> Timestamp {
    Timestamp::from_unix_millis(32_503_680_000_000).unwrap()
}

/// A sweep removes what is old and has no record; not what is young, and not what has one.
pub async fn sweep_takes_old_orphans_only(store: Arc<dyn ParcelBytes>) {
    for number in 1..=3 {
        put(&store, number, 0, b"a").await;
        put(&store, number, 1, b"b").await;
    }
    let has_record = |found: ParcelId| async move { Ok::<_, ParcelBytesError>(found == parcel(2)) };
    assert!(store.untouched_since(long_ago()).await.unwrap().is_empty());
    assert!(store.sweep(long_ago(), has_record).await.unwrap().is_empty());
    assert_eq!(store.list().await.unwrap().len(), 3, "what is young may get its record yet");
    let mut swept = store.sweep(long_from_now(), has_record).await.unwrap();
    swept.sort();
    assert_eq!(swept, [parcel(1), parcel(3)]);
    assert_eq!(store.list().await.unwrap(), [parcel(2)]);
    assert_eq!(read(&store, 2, 0).await, b"ab");
    assert!(store.sweep(long_from_now(), has_record).await.unwrap().is_empty());
}

/// When records cannot be asked for, nothing is removed; the next sweep does it.
pub async fn sweep_stops_at_a_failure_and_can_be_repeated(store: Arc<dyn ParcelBytes>) {
    put(&store, 1, 0, b"a").await;
    let fails = |parcel| async move { Err::<bool, _>(ParcelBytesError::NoSuchParcel { parcel }) };
    assert!(store.sweep(long_from_now(), fails).await.is_err());
    assert_eq!(store.list().await.unwrap(), [parcel(1)]);
    let nobody = |_| async move { Ok::<_, ParcelBytesError>(false) };
    assert_eq!(store.sweep(long_from_now(), nobody).await.unwrap(), [parcel(1)]);
    assert!(store.list().await.unwrap().is_empty());
}
