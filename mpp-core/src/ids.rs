//! Identifiers: one newtype for every kind, from one list, so that a consent id can never be passed as a
//! session id.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A text that should be an identifier is not one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a valid {kind}")]
pub struct InvalidId {
    /// The kind of identifier that was expected, for example `ConsentId`.
    pub kind: &'static str,
}

macro_rules! uuid_ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[cfg_attr(feature = "schema", schemars(extend("format" = "uuid")))]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(uuid::Uuid);

        impl $name {
            /// Builds a version 4 identifier from 16 random bytes.
            #[must_use]
            pub const fn from_random(bytes: [u8; 16]) -> Self {
                Self(uuid::Builder::from_random_bytes(bytes).into_uuid())
            }

            /// Draws a fresh identifier.
            #[must_use]
            pub fn generate(entropy: &dyn crate::Entropy) -> Self {
                Self::from_random(crate::environment::draw(entropy))
            }

            /// The 16 bytes of the identifier.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.as_hyphenated().fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                if text.len() != uuid::fmt::Hyphenated::LENGTH {
                    return Err(InvalidId { kind: stringify!($name) });
                }
                uuid::Uuid::try_parse(text).map(Self).map_err(|_| InvalidId { kind: stringify!($name) })
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;

            fn try_from(text: String) -> Result<Self, InvalidId> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.to_string()
            }
        }
    )+};
}

uuid_ids! {
    /// An enterprise that receives data (the specification's partner).
    PartnerId,
    /// A consent template of a partner; its versions are told apart by [`crate::ProductVersion`].
    ProductId,
    /// A partner's request for one customer's consent.
    ConsentRequestId,
    /// A consent of MPP's own, one per source.
    ConsentId,
    /// A signed consent artefact issued by central.
    ArtefactId,
    /// One fetch from a third-party provider.
    FetchId,
    /// Sealed bytes for one partner from one source.
    ParcelId,
    /// A resumable upload of a parcel.
    UploadId,
    /// The delivery of notifications about one subject to one receiver.
    DeliveryId,
    /// One notification; receivers drop repeats by it.
    NotificationId,
    /// A customer's device (one installation of the app).
    DeviceId,
    /// One metered use.
    UsageEventId,
    /// A piece of work in the outbox.
    JobId,
    /// A signed receipt of erasure.
    ErasureReceiptId,
    /// A login session at the private share service.
    LoginId,
    /// An Account Aggregator consent as the private share service tracks it.
    AaConsentKey,
    /// A data item as the client server keeps it.
    DataItemId,
    /// An API key of a partner application or a member of staff.
    ApiKeyId,
    /// A request and its answer between ReBIT parties (`txnid`).
    TxnId,
    /// A signed-in session of a member of staff at a portal.
    StaffSessionId,
    /// A passkey of a member of staff.
    PasskeyId,
    /// A bill, from its draft on; its number comes later.
    BillId,
    /// A file that a member of staff has made of a list.
    ExportId,
}

macro_rules! text_ids {
    ($($(#[$doc:meta])* $name:ident, $max:literal);+ $(;)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[cfg_attr(feature = "schema", schemars(extend("minLength" = 1, "maxLength" = $max, "pattern" = "^[!-~]*$")))]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The identifier as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                let printable = text.bytes().all(|byte| byte.is_ascii_graphic());
                if text.is_empty() || text.len() > $max || !printable {
                    return Err(InvalidId { kind: stringify!($name) });
                }
                Ok(Self(text.to_owned()))
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;

            fn try_from(text: String) -> Result<Self, InvalidId> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }
    )+};
}

text_ids! {
    /// A financial information provider in the Central Registry, for example `SAHYADRI_FIP`.
    FipId, 128;
    /// An entity of the Account Aggregator ecosystem (AA, FIP, FIU) in the Central Registry.
    EntityId, 128;
    /// What the Account Aggregator calls a consent request before the customer decided.
    ConsentHandle, 64;
    /// What the Account Aggregator calls an approved consent (`consentId`).
    AaConsentId, 64;
    /// A data session at the Account Aggregator (`sessionId`).
    DataSessionId, 64;
    /// An account as the Account Aggregator knows it after linking (`linkRefNumber`).
    LinkRefNumber, 128;
    /// The partner's own reference of the customer's case, unique per partner.
    CaseRef, 64;
    /// The name of a third-party provider in the registry, for example `sandbox-bureau`.
    ProviderId, 64;
    /// The name of a key: the RFC 7638 thumbprint of its public half, or the name its owner published.
    Kid, 128;
    /// The reference of the contract with a partner.
    ContractRef, 64;
    /// The name of a price plan in the price book.
    PricePlanId, 64;
    /// A member of staff at Moneyone or at a partner, by the name of the account, never by the person's own.
    StaffId, 64;
    /// The media type of a document, for example `application/xml`.
    ContentType, 128;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uuid_ids_take_only_the_hyphenated_form() {
        let id = ConsentId::from_random([7; 16]);
        assert_eq!(id.to_string().parse::<ConsentId>(), Ok(id));
        for bad in ["", "07070707070747078707070707070707", "{07070707-0707-4707-8707-070707070707}"] {
            assert_eq!(bad.parse::<ConsentId>(), Err(InvalidId { kind: "ConsentId" }));
            assert!(serde_json::from_value::<ConsentId>(bad.into()).is_err());
        }
        assert_eq!(serde_json::to_value(id).unwrap(), serde_json::json!(id.to_string()));
    }

    #[test]
    fn text_ids_refuse_empty_long_and_unprintable_text() {
        assert!("SAHYADRI_FIP".parse::<FipId>().is_ok());
        for bad in ["", "a b", "a\nb", "ä", &"x".repeat(129)] {
            assert!(bad.parse::<FipId>().is_err(), "{bad:?}");
        }
        assert!(serde_json::from_str::<FipId>("\"a b\"").is_err());
    }
}
