//! Names in camel case.

/// The member's name for a name in a document: leading capitals become small (`FIType` → `fiType`, `PAN` → `pan`), and
/// what follows `_` or `-` becomes a capital (`b2b_dtls` → `b2bDtls`).
pub(super) fn camel_case(name: &str) -> String {
    let capitals = name.chars().take_while(|character| character.is_uppercase()).count();
    let all = name.chars().count();
    // the last of several leading capitals begins the next word: FIType is FI + Type
    let lowered = if capitals > 1 && capitals < all { capitals.saturating_sub(1) } else { capitals };
    let mut camel = String::with_capacity(name.len());
    let mut raise = false;
    for (at, character) in name.chars().enumerate() {
        if matches!(character, '_' | '-' | '.') {
            raise = !camel.is_empty();
        } else if at < lowered {
            camel.extend(character.to_lowercase());
        } else if raise {
            camel.extend(character.to_uppercase());
            raise = false;
        } else {
            camel.push(character);
        }
    }
    if camel.is_empty() { name.to_owned() } else { camel }
}

#[cfg(test)]
mod tests {
    use super::camel_case;

    #[test]
    fn names_come_out_in_camel_case() {
        for (from, to) in [
            ("txnId", "txnId"),
            ("Transactions", "transactions"),
            ("FIType", "fiType"),
            ("PAN", "pan"),
            ("tier1NAVDate", "tier1NAVDate"),
            ("b2b_dtls", "b2bDtls"),
            ("Gstr1Details", "gstr1Details"),
            ("PlaceofBusiness", "placeofBusiness"),
            ("_txnId", "txnId"),
            ("_", "_"),
            ("", ""),
        ] {
            assert_eq!(camel_case(from), to, "{from}");
        }
    }
}
