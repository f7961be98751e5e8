//! Why a sign-in through a provider is refused.

/// Why a sign-in through a provider is refused. Texts name nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignOnRefused {
    /// The attempt is unknown here, was used already, or took too long.
    #[error("this sign-in was not begun here, was used already, or took too long")]
    Stale,
    /// The provider's answer was not made for this attempt.
    #[error("the answer belongs to another sign-in")]
    OtherState,
    /// No account is linked to the identity.
    #[error("no account is linked to this identity")]
    Unknown,
    /// The provider does not say what the configuration names people by.
    #[error("the provider does not say who this is")]
    Unnamed,
    /// The provider does not vouch for the e-mail address.
    #[error("the provider did not verify the e-mail address")]
    Unverified,
    /// The account is bound to another identity.
    #[error("the account is bound to another identity of the provider")]
    OtherSubject,
    /// The account was shut by an administrator.
    #[error("the account is shut")]
    Shut,
    /// Neither provider nor account has a second factor.
    #[error("neither the provider nor the account has a second factor")]
    NoSecondFactor,
    /// The account joined through the provider and has no second factor that anybody knows; the provider did not ask for its own.
    #[error("the only second factor of this account is the provider's, which did not ask for it")]
    FactorAtProvider,
    /// Another account is linked to the same name.
    #[error("another account is linked to this name")]
    Taken,
    /// What the provider says of a sign-out was taken before.
    #[error("this notice of a sign-out was taken before")]
    NoticeRepeated,
}

impl SignOnRefused {
    /// The stable code for clients.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Stale => "sign_on_stale",
            Self::OtherState => "sign_on_other_state",
            Self::Unknown => "sign_on_unknown",
            Self::Unnamed => "sign_on_unnamed",
            Self::Unverified => "sign_on_unverified",
            Self::OtherSubject => "sign_on_other_subject",
            Self::Shut => "sign_on_shut",
            Self::NoSecondFactor => "sign_on_no_second_factor",
            Self::FactorAtProvider => "sign_on_factor_at_provider",
            Self::Taken => "sign_on_taken",
            Self::NoticeRepeated => "sign_out_notice_repeated",
        }
    }
}
