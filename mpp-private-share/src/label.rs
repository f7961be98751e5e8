//! The label of a document: which account it is of, as parameters of the envelope's content type.
//!
//! `application/xml;fip=SAHYADRI_FIP;account=7f0f6c1e-33a5-4a8e-9d0c-5b6a7c8d9e06`. Characters other than ASCII
//! letters, digits, `-`, `.` and `_` are percent-encoded. Where both would be longer than a content type may be,
//! the FIP is left out, then the account: the document itself names its account in any case.

use mpp_core::{FipId, LinkRefNumber};
use mpp_crypto::envelope::ContentType;

/// The content type of an account's document.
pub(crate) fn content_type_of(fip: &FipId, account: &LinkRefNumber) -> ContentType {
    let (fip, account) = (encoded(fip.as_str()), encoded(account.as_str()));
    let longest_first = [
        format!("application/xml;fip={fip};account={account}"),
        format!("application/xml;account={account}"),
    ];
    longest_first.iter().find_map(|text| text.parse().ok()).unwrap_or_else(ContentType::xml)
}

fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    text.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_name_fip_and_account_where_there_is_room() {
        let label = |fip: &str, account: &str| {
            content_type_of(&fip.parse().unwrap(), &account.parse().unwrap()).to_string()
        };
        assert_eq!(
            label("SAHYADRI_FIP", "7f0f6c1e-33a5-4a8e-9d0c-5b6a7c8d9e06"),
            "application/xml;fip=SAHYADRI_FIP;account=7f0f6c1e-33a5-4a8e-9d0c-5b6a7c8d9e06"
        );
        assert_eq!(label("A;B", "x\"y"), "application/xml;fip=A%3BB;account=x%22y");
        assert_eq!(label(&"F".repeat(100), "a1"), "application/xml;account=a1");
        assert_eq!(label("F", &"a".repeat(128)), "application/xml");
    }
}
