//! What can be wrong with a document.

use mpp_core::{ConsentType, Fault, Persistence};

/// Why a document was refused. Texts are for the customer and hold nothing of the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DocumentFault {
    /// It is larger than [`super::LARGEST_DOCUMENT_BYTES`].
    #[error("the document is too large")]
    TooLarge,
    /// Its bytes are not UTF-8, or it declares another encoding.
    #[error("the document is not readable text")]
    NotUtf8,
    /// It is not well-formed XML, or has no root element.
    #[error("the document is damaged")]
    NotWellFormed,
    /// It has a document type definition or uses entities of its own.
    #[error("the document has definitions of its own, which are not allowed")]
    Definitions,
    /// Its elements are nested too deeply or have too many attributes.
    #[error("the document is unusually complicated")]
    TooComplex,
    /// Its root is not `Account`.
    #[error("this is not an account document")]
    NotAnAccount,
    /// It does not say which account it is about.
    #[error("the document does not say which account it is about")]
    Unnamed,
    /// It is about another account.
    #[error("the document is about another account than the one you chose")]
    WrongAccount,
    /// It is another kind of financial information.
    #[error("the document is of another kind than the account you chose")]
    WrongKind,
    /// It has a part that was not consented.
    #[error("the document has a part you did not agree to share")]
    NotConsented(ConsentType),
    /// It has a transaction outside the consented range.
    #[error("the document has transactions outside the period you agreed to")]
    OutsideRange,
}

impl DocumentFault {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::TooLarge => "document_too_large",
            Self::NotUtf8 => "document_not_utf8",
            Self::NotWellFormed => "document_not_well_formed",
            Self::Definitions => "document_has_definitions",
            Self::TooComplex => "document_too_complex",
            Self::NotAnAccount => "document_not_an_account",
            Self::Unnamed => "document_unnamed",
            Self::WrongAccount => "document_wrong_account",
            Self::WrongKind => "document_wrong_kind",
            Self::NotConsented(_) => "document_part_not_consented",
            Self::OutsideRange => "document_outside_range",
        }
    }

    /// The same document will always be refused.
    #[must_use]
    pub const fn persistence(self) -> Persistence {
        Persistence::Permanent
    }

    /// The FIP sent something it should not have sent.
    #[must_use]
    pub const fn fault(self) -> Fault {
        Fault::Peer
    }
}
