//! Under which bytes things are kept. The order of the bytes is the order of the listings: numbers are big-endian,
//! instants too, with the sign turned so that those before 1970 come first. Texts carry their length in front, so that no
//! text's entries lie among those of another.

use mpp_core::{JobId, PartnerId, Timestamp, UsageEventId};

use crate::{IndexName, IndexValue, OrderKey, QueueName, RecordKey, RecordKind};

/// The first byte of a key: what is kept there.
#[derive(Debug, Clone, Copy)]
enum Shelf {
    Counters,
    Record,
    ByKind,
    ByIndex,
    Unique,
    Job,
    ReadyJob,
    OrderedJob,
    ParkedJob,
    Leaf,
    Usage,
    UsageByTime,
    UsageByPartner,
}

impl Shelf {
    const fn tag(self) -> u8 {
        match self {
            Self::Counters => b'c',
            Self::Record => b'r',
            Self::ByKind => b'k',
            Self::ByIndex => b'i',
            Self::Unique => b'u',
            Self::Job => b'j',
            Self::ReadyJob => b'q',
            Self::OrderedJob => b'o',
            Self::ParkedJob => b'p',
            Self::Leaf => b'l',
            Self::Usage => b'm',
            Self::UsageByTime => b't',
            Self::UsageByPartner => b'w',
        }
    }
}

/// A key, or the beginning that several share.
#[derive(Debug, Clone)]
pub(super) struct Key(Vec<u8>);

impl Key {
    fn on(shelf: Shelf) -> Self {
        Self(vec![shelf.tag()])
    }

    fn text(mut self, text: &str) -> Self {
        // a text that long does not fit into memory twice, so it cannot be here
        let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
        self.0.extend_from_slice(&length.to_be_bytes());
        self.0.extend_from_slice(text.as_bytes());
        self
    }

    /// The key with a number behind it.
    pub(super) fn number(mut self, number: u64) -> Self {
        self.0.extend_from_slice(&number.to_be_bytes());
        self
    }

    /// The key with an instant behind it.
    pub(super) fn instant(self, instant: Timestamp) -> Self {
        self.number(instant.as_unix_millis().cast_unsigned() ^ (1 << 63))
    }

    fn id(mut self, id: &[u8; 16]) -> Self {
        self.0.extend_from_slice(id);
        self
    }

    /// The bytes.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes, to keep.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// The first key behind all that begin with this one. Every key begins with a shelf's tag, which is not the last byte
    /// there is.
    pub(super) fn behind(&self) -> Vec<u8> {
        let mut end = self.0.clone();
        while let Some(last) = end.pop() {
            if let Some(next) = last.checked_add(1) {
                end.push(next);
                break;
            }
        }
        end
    }
}

/// The number a key ends with.
pub(super) fn last_number(key: &[u8]) -> Option<u64> {
    key.last_chunk::<8>().copied().map(u64::from_be_bytes)
}

/// The instant and the number a key ends with.
pub(super) fn last_instant_and_number(key: &[u8]) -> Option<(Timestamp, u64)> {
    let number = last_number(key)?;
    let before = key.get(..key.len().checked_sub(8)?)?;
    let millis = (last_number(before)? ^ (1 << 63)).cast_signed();
    Some((Timestamp::from_unix_millis(millis).ok()?, number))
}

/// The counters of commits, places and leaves.
pub(super) fn counters() -> Key {
    Key::on(Shelf::Counters)
}

/// All records.
pub(super) fn records() -> Key {
    Key::on(Shelf::Record)
}

/// A record.
pub(super) fn record(kind: RecordKind, key: &RecordKey) -> Key {
    Key::on(Shelf::Record).text(kind.as_str()).text(key.as_str())
}

/// The records of all kinds; a kind and a place follow.
pub(super) fn all_kinds() -> Key {
    Key::on(Shelf::ByKind)
}

/// The kind in the key of a record's place among those of its kind.
pub(super) fn kind_of(key: &[u8]) -> Option<RecordKind> {
    let (length, rest) = key.get(1..)?.split_first_chunk::<4>()?;
    let name = rest.get(..usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
    std::str::from_utf8(name).ok().map(RecordKind::from_text)
}

/// The records of a kind; a place follows.
pub(super) fn by_kind(kind: RecordKind) -> Key {
    Key::on(Shelf::ByKind).text(kind.as_str())
}

/// The records with an index entry; a place follows.
pub(super) fn by_index(kind: RecordKind, name: &str, value: &str) -> Key {
    Key::on(Shelf::ByIndex).text(kind.as_str()).text(name).text(value)
}

/// The records a listing is about; a place follows.
pub(super) fn listing(kind: RecordKind, index: Option<&(IndexName, IndexValue)>) -> Key {
    match index {
        None => by_kind(kind),
        Some((name, value)) => by_index(kind, name.as_str(), value.as_str()),
    }
}

/// The holder of a unique index entry.
pub(super) fn unique(kind: RecordKind, name: &str, value: &str) -> Key {
    Key::on(Shelf::Unique).text(kind.as_str()).text(name).text(value)
}

/// The index entries of all records.
pub(super) fn all_entries() -> Key {
    Key::on(Shelf::ByIndex)
}

/// The holders of all unique index entries.
pub(super) fn all_unique() -> Key {
    Key::on(Shelf::Unique)
}

/// The places of all jobs with an order key that are not parked.
pub(super) fn all_ordered() -> Key {
    Key::on(Shelf::OrderedJob)
}

/// All uses.
pub(super) fn all_uses() -> Key {
    Key::on(Shelf::Usage)
}

/// The places of the uses of all partners.
pub(super) fn all_uses_of_partners() -> Key {
    Key::on(Shelf::UsageByPartner)
}

/// All jobs.
pub(super) fn jobs() -> Key {
    Key::on(Shelf::Job)
}

/// A job.
pub(super) fn job(id: JobId) -> Key {
    jobs().id(id.as_bytes())
}

/// The jobs of all queues that are not parked.
pub(super) fn ready_jobs() -> Key {
    Key::on(Shelf::ReadyJob)
}

/// The jobs of a queue that are not parked; the instant from which they may be taken and their place follow.
pub(super) fn ready_jobs_of(queue: &QueueName) -> Key {
    ready_jobs().text(queue.as_str())
}

/// The jobs of an order that are not parked; their place follows.
pub(super) fn ordered_jobs(queue: &QueueName, order_key: &OrderKey) -> Key {
    Key::on(Shelf::OrderedJob).text(queue.as_str()).text(order_key.as_str())
}

/// The parked jobs; their place follows.
pub(super) fn parked_jobs() -> Key {
    Key::on(Shelf::ParkedJob)
}

/// The leaves; their place follows.
pub(super) fn leaves() -> Key {
    Key::on(Shelf::Leaf)
}

/// A use.
pub(super) fn usage(id: UsageEventId) -> Key {
    Key::on(Shelf::Usage).id(id.as_bytes())
}

/// The uses of a partner or of everybody; their instant and id follow.
pub(super) fn usage_by_time(partner: Option<PartnerId>) -> Key {
    match partner {
        None => Key::on(Shelf::UsageByTime),
        Some(partner) => Key::on(Shelf::UsageByPartner).id(partner.as_bytes()),
    }
}

/// The place of a use in a listing.
pub(super) fn usage_at(partner: Option<PartnerId>, at: Timestamp, id: UsageEventId) -> Key {
    usage_by_time(partner).instant(at).id(id.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_in_the_order_of_instants_and_numbers() {
        let at = |millis| Timestamp::from_unix_millis(millis).unwrap();
        let keys: Vec<Vec<u8>> = [(-1000, 9), (-1, 300), (0, 1), (0, 256), (1, 0), (1 << 40, 0)]
            .map(|(millis, number)| jobs().instant(at(millis)).number(number).into_bytes())
            .to_vec();
        assert!(keys.is_sorted());
        assert_eq!(last_instant_and_number(&keys[1]), Some((at(-1), 300)));
    }

    #[test]
    fn no_text_lies_among_the_entries_of_another() {
        let kind = RecordKind::new("kind");
        let short = by_index(kind, "a", "b");
        let long = by_index(kind, "a", "b\0c").number(1);
        assert!(!long.bytes().starts_with(short.bytes()));
        assert!(short.bytes() < short.behind().as_slice());
        assert!(!(short.bytes().to_vec()..short.behind()).contains(&long.into_bytes()));
    }
}
