//! A partner's request for one customer's consent to a product's items.
//!
//! | state | open | decide | expire | cancel |
//! | --- | --- | --- | --- | --- |
//! | placed | opened | - | expired | cancelled |
//! | opened | opened | decided | expired | cancelled |
//! | decided | - | - | - | - |
//! | expired | - | - | - | - |
//! | cancelled | - | - | - | - |
//!
//! A request that was opened opens again on the same device only, so that an interrupted journey can go on.
//! `open` and `decide` are refused from the expiry on, `expire` before it.

mod state;

use serde::{Deserialize, Serialize};

use crate::{
    CaseRef, ConsentParameters, ConsentRequestId, CustomerRef, DeviceId, Fault, InvalidTransition, Kid,
    PartnerId, Persistence, ProductId, ProductVersion, Source, SourceKind, Timestamp,
};

pub use state::ConsentRequestState;

/// One thing the customer is asked for, with its terms as they stood when the request was placed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RequestedItem {
    /// From where.
    pub source: Source,
    /// What sort of data.
    pub kind: SourceKind,
    /// The item's title on the consent screen.
    pub title: String,
    /// What data, in words for the customer.
    pub data_items: Vec<String>,
    /// The terms.
    pub parameters: ConsentParameters,
}

/// What the customer said to one item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Yes.
    Approved,
    /// No.
    Refused,
}

/// What the customer said to which item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ItemDecision {
    /// The item, by its source.
    pub source: Source,
    /// The answer.
    pub decision: Decision,
}

/// Why decisions cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecisionError {
    /// The request is not open for decisions.
    #[error(transparent)]
    Transition(#[from] InvalidTransition),
    /// An item has no answer.
    #[error("there is no decision on {0}")]
    Undecided(Source),
    /// An item has two answers.
    #[error("there is more than one decision on {0}")]
    DecidedTwice(Source),
    /// An answer to something that was not asked.
    #[error("{0} was not asked for")]
    NotRequested(Source),
}

impl DecisionError {
    /// The stable code for clients.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Transition(error) => error.code(),
            Self::Undecided(_) => "item_undecided",
            Self::DecidedTwice(_) => "item_decided_twice",
            Self::NotRequested(_) => "item_not_requested",
        }
    }

    /// Trying the same decisions again cannot help.
    #[must_use]
    pub const fn persistence(&self) -> Persistence {
        Persistence::Permanent
    }

    /// The caller sent decisions that do not fit the request.
    #[must_use]
    pub const fn fault(&self) -> Fault {
        Fault::Caller
    }
}

/// A partner's request as central keeps it. Who the customer is stands elsewhere, sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConsentRequest {
    /// The request.
    pub id: ConsentRequestId,
    /// Who asks.
    pub partner: PartnerId,
    /// Whom, without saying who.
    pub customer: CustomerRef,
    /// For which product.
    pub product: ProductId,
    /// In which version.
    pub product_version: ProductVersion,
    /// The version of the notice to be shown.
    pub notice_version: u32,
    /// The partner's own reference.
    pub case_ref: CaseRef,
    /// When it was placed.
    pub placed_at: Timestamp,
    /// What is asked for; each source once.
    pub items: Vec<RequestedItem>,
    /// The partner's key that everything will be sealed to.
    pub envelope_kid: Kid,
    /// Where it stands.
    pub state: ConsentRequestState,
}

impl ConsentRequest {
    /// The customer opens the request on a device.
    ///
    /// # Errors
    /// When it has run out, was decided or cancelled, or is open on another device.
    pub fn open(self, device: DeviceId, now: Timestamp) -> Result<Self, InvalidTransition> {
        Ok(Self { state: self.state.open(device, now)?, ..self })
    }

    /// The customer decides, on every item exactly once.
    ///
    /// # Errors
    /// When the request is not open, or the decisions do not match its items one to one.
    pub fn decide(self, decisions: Vec<ItemDecision>, now: Timestamp) -> Result<Self, DecisionError> {
        self.match_items(&decisions)?;
        Ok(Self { state: self.state.decide(decisions, now)?, ..self })
    }

    /// Writes down that the request's time has run out.
    ///
    /// # Errors
    /// Before its expiry, and when it was decided or cancelled.
    pub fn expire(self, now: Timestamp) -> Result<Self, InvalidTransition> {
        Ok(Self { state: self.state.expire(now)?, ..self })
    }

    /// The partner takes the request back.
    ///
    /// # Errors
    /// When it was decided, has run out or was cancelled before.
    pub fn cancel(self, now: Timestamp) -> Result<Self, InvalidTransition> {
        Ok(Self { state: self.state.cancel(now)?, ..self })
    }

    /// The item for `source`.
    #[must_use]
    pub fn item(&self, source: &Source) -> Option<&RequestedItem> {
        self.items.iter().find(|item| item.source == *source)
    }

    /// The items the customer approved; none before the decision.
    pub fn approved_items(&self) -> impl Iterator<Item = &RequestedItem> {
        let decisions = self.state.decisions();
        self.items.iter().filter(move |item| {
            decisions
                .iter()
                .any(|answer| answer.source == item.source && answer.decision == Decision::Approved)
        })
    }

    fn match_items(&self, decisions: &[ItemDecision]) -> Result<(), DecisionError> {
        for answer in decisions {
            if self.item(&answer.source).is_none() {
                return Err(DecisionError::NotRequested(answer.source.clone()));
            }
        }
        for item in &self.items {
            match decisions.iter().filter(|answer| answer.source == item.source).count() {
                0 => return Err(DecisionError::Undecided(item.source.clone())),
                1 => {}
                _ => return Err(DecisionError::DecidedTwice(item.source.clone())),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
