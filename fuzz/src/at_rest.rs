//! What our own storage holds: sealed fields, wrapped keys, parts of parcels.

use mpp_core::ParcelId;
use mpp_crypto::at_rest::{
    FieldPlace, ItemKey, PartCipher, SealedField, WrappedItemKey, open_field, seal_field,
};

use super::Reading;
use super::alteration::Alteration;
use super::world::{EPOCHS, Seeded};

const PLACE: FieldPlace<'_> = FieldPlace { table: "customers", row: "row-1", column: "mobile" };
const ITEM: &str = "item-1";

/// The input begins with a choice. An odd one: the rest is stored bytes as somebody may have left them. An even one: the
/// rest is a plaintext, which is sealed in one of the three forms, altered and refused.
pub(crate) fn stored_forms(data: &[u8]) -> Reading {
    let Some((choice, rest)) = data.split_first() else { return Reading::Refused };
    if choice & 1 == 1 {
        return raw_bytes(rest);
    }
    let Some((alteration, plaintext)) = Alteration::split_off(rest) else { return Reading::Refused };
    match choice >> 1 & 3 {
        0 => altered_field(alteration, plaintext),
        1 => altered_item_field(alteration, plaintext),
        2 => altered_wrapped_key(alteration),
        _ => altered_part(alteration, plaintext),
    }
}

/// What is read is written as the same bytes, as base64 too.
fn raw_bytes(bytes: &[u8]) -> Reading {
    let field = SealedField::from_bytes(bytes);
    let wrapped = WrappedItemKey::from_bytes(bytes);
    if let Ok(field) = &field {
        assert_eq!(field.to_bytes(), bytes);
        assert_eq!(SealedField::try_from(String::from(field.clone())).as_ref(), Ok(field));
    }
    if let Ok(wrapped) = &wrapped {
        assert_eq!(wrapped.to_bytes(), bytes);
        assert_eq!(WrappedItemKey::try_from(String::from(wrapped.clone())).as_ref(), Ok(wrapped));
    }
    let opened = field.is_ok_and(|field| open_field(&EPOCHS, &PLACE, &field).is_ok());
    let unwrapped = wrapped.is_ok_and(|wrapped| ItemKey::unwrap_from(&EPOCHS, ITEM, &wrapped).is_ok());
    assert!(!(opened && unwrapped), "a field that is a key");
    if opened || unwrapped { Reading::Taken } else { Reading::Refused }
}

fn altered_field(alteration: Alteration, plaintext: &[u8]) -> Reading {
    let sealed = seal_field(&EPOCHS, &PLACE, plaintext, &Seeded::new(10)).expect("a short text").to_bytes();
    let altered = alteration.apply(&sealed);
    let opened = SealedField::from_bytes(&altered).and_then(|field| open_field(&EPOCHS, &PLACE, &field));
    let moved = FieldPlace { column: "name", ..PLACE };
    let field = SealedField::from_bytes(&sealed).expect("what we wrote");
    assert!(open_field(&EPOCHS, &moved, &field).is_err());
    judge(altered == sealed, opened.ok().as_deref().map(Vec::as_slice), plaintext)
}

fn altered_item_field(alteration: Alteration, plaintext: &[u8]) -> Reading {
    let key = ItemKey::generate(&Seeded::new(11));
    let sealed = key.seal_field(&PLACE, plaintext, &Seeded::new(12)).expect("a short text").to_bytes();
    let altered = alteration.apply(&sealed);
    let opened = SealedField::from_bytes(&altered).and_then(|field| key.open_field(&PLACE, &field));
    judge(altered == sealed, opened.ok().as_deref().map(Vec::as_slice), plaintext)
}

/// That an unwrapped key is the one that was wrapped shows by what it opens.
fn altered_wrapped_key(alteration: Alteration) -> Reading {
    let key = ItemKey::generate(&Seeded::new(13));
    let wrapped = key.wrap(&EPOCHS, ITEM, &Seeded::new(14)).expect("a key").to_bytes();
    let altered = alteration.apply(&wrapped);
    let unwrapped = WrappedItemKey::from_bytes(&altered)
        .and_then(|wrapped| ItemKey::unwrap_from(&EPOCHS, ITEM, &wrapped));
    let field = key.seal_field(&PLACE, b"text", &Seeded::new(15)).expect("a short text");
    let opened = unwrapped.ok().and_then(|unwrapped| unwrapped.open_field(&PLACE, &field).ok());
    judge(altered == wrapped, opened.as_deref().map(Vec::as_slice), b"text")
}

fn altered_part(alteration: Alteration, plaintext: &[u8]) -> Reading {
    let key = ItemKey::generate(&Seeded::new(16));
    let cipher = PartCipher::new(&key, ParcelId::from_random([3; 16]));
    let part = u32::from(alteration.value());
    let sealed = cipher.seal(part, plaintext, &Seeded::new(17)).expect("a short text");
    let altered = alteration.apply(&sealed);
    assert!(cipher.open(part ^ 1, &sealed).is_err(), "a part moved to another place {}", alteration.at());
    let opened = cipher.open(part, &altered).ok();
    judge(altered == sealed, opened.as_deref().map(Vec::as_slice), plaintext)
}

/// What was not altered opens to the text; what was does not open.
fn judge(unaltered: bool, opened: Option<&[u8]>, plaintext: &[u8]) -> Reading {
    assert_eq!(opened, unaltered.then_some(plaintext));
    if unaltered { Reading::Taken } else { Reading::Refused }
}
