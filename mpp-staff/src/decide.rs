//! What each role may do. The one place that knows.

use serde::{Deserialize, Serialize};

/// Which of the two portals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Portal {
    /// Moneyone's staff, at central.
    Central,
    /// The enterprise's staff, at its client server.
    Client,
}

/// What somebody is there for. A person may have several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Takes people and partners on, sets keys and addresses.
    Administrator,
    /// Keeps the work flowing: looks after deliveries and fetches, does parked work again.
    Operations,
    /// Looks after use, prices and invoices.
    Finance,
    /// Defines and approves products.
    ProductManager,
    /// Asks customers for consent and follows the cases.
    Caseworker,
    /// Reads received data unmasked, giving a reason each time.
    DataReader,
    /// Sees everything but the data itself, changes nothing.
    Auditor,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 7] = [
        Self::Administrator,
        Self::Operations,
        Self::Finance,
        Self::ProductManager,
        Self::Caseworker,
        Self::DataReader,
        Self::Auditor,
    ];

    /// The roles people can have at a portal.
    #[must_use]
    pub const fn at(portal: Portal) -> &'static [Self] {
        match portal {
            Portal::Central => &[Self::Administrator, Self::Operations, Self::Finance, Self::Auditor],
            Portal::Client => &Self::ALL,
        }
    }

    /// The role's name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::Operations => "operations",
            Self::Finance => "finance",
            Self::ProductManager => "product_manager",
            Self::Caseworker => "caseworker",
            Self::DataReader => "data_reader",
            Self::Auditor => "auditor",
        }
    }

    /// The role of this name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

/// What can be done at a portal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Look after one's own account: who am I, my sessions, my password.
    SeeOwnAccount,
    /// See today's counts and what the server holds.
    SeeOverview,
    /// See partners.
    SeePartners,
    /// Take partners on, suspend and reinstate them, renew their enrolment.
    ManagePartners,
    /// See consent requests, consents and what was done under them.
    SeeConsents,
    /// Ask a customer for consent.
    PlaceRequests,
    /// See fetches, deliveries, jobs and sources.
    SeeWork,
    /// Do parked work again.
    ReplayWork,
    /// See products.
    SeeProducts,
    /// Define products.
    DefineProducts,
    /// Approve a product that another person defined.
    ApproveProducts,
    /// See which data was received, masked.
    SeeData,
    /// Read received data unmasked.
    UnmaskData,
    /// See metered use.
    SeeUsage,
    /// Close months, approve and correct invoices.
    ManageBilling,
    /// Read the audit log and the log of accesses.
    SeeAudit,
    /// Make keys, enrol them, and set where notifications go.
    ManageKeys,
    /// Invite people, change their roles, end their sessions.
    ManageStaff,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 18] = [
        Self::SeeOwnAccount,
        Self::SeeOverview,
        Self::SeePartners,
        Self::ManagePartners,
        Self::SeeConsents,
        Self::PlaceRequests,
        Self::SeeWork,
        Self::ReplayWork,
        Self::SeeProducts,
        Self::DefineProducts,
        Self::ApproveProducts,
        Self::SeeData,
        Self::UnmaskData,
        Self::SeeUsage,
        Self::ManageBilling,
        Self::SeeAudit,
        Self::ManageKeys,
        Self::ManageStaff,
    ];

    /// The action's name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SeeOwnAccount => "see_own_account",
            Self::SeeOverview => "see_overview",
            Self::SeePartners => "see_partners",
            Self::ManagePartners => "manage_partners",
            Self::SeeConsents => "see_consents",
            Self::PlaceRequests => "place_requests",
            Self::SeeWork => "see_work",
            Self::ReplayWork => "replay_work",
            Self::SeeProducts => "see_products",
            Self::DefineProducts => "define_products",
            Self::ApproveProducts => "approve_products",
            Self::SeeData => "see_data",
            Self::UnmaskData => "unmask_data",
            Self::SeeUsage => "see_usage",
            Self::ManageBilling => "manage_billing",
            Self::SeeAudit => "see_audit",
            Self::ManageKeys => "manage_keys",
            Self::ManageStaff => "manage_staff",
        }
    }

    /// The roles that may; an empty list means everybody who is signed in.
    const fn roles(self) -> &'static [Role] {
        use Role::{Administrator, Auditor, Caseworker, DataReader, Finance, Operations, ProductManager};
        match self {
            Self::SeeOwnAccount | Self::SeeOverview => &[],
            Self::SeePartners => &[Administrator, Operations, Finance, Auditor],
            Self::ManagePartners | Self::ManageKeys | Self::ManageStaff => &[Administrator],
            Self::SeeConsents => {
                &[Administrator, Operations, ProductManager, Caseworker, DataReader, Auditor]
            }
            Self::PlaceRequests => &[Caseworker],
            Self::SeeWork => &[Administrator, Operations, Auditor],
            Self::ReplayWork => &[Operations],
            Self::SeeProducts => &[Administrator, ProductManager, Caseworker, Auditor],
            Self::DefineProducts | Self::ApproveProducts => &[ProductManager],
            Self::SeeData => &[Caseworker, DataReader, Auditor],
            Self::UnmaskData => &[DataReader],
            Self::SeeUsage => &[Administrator, Finance, Auditor],
            Self::ManageBilling => &[Finance],
            Self::SeeAudit => &[Administrator, Auditor],
        }
    }
}

/// The roles do not allow it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this takes another role")]
pub struct NotAllowed {
    /// What was to be done.
    pub action: Action,
}

/// Whether somebody with these roles may do this.
///
/// # Errors
/// [`NotAllowed`] when none of the roles allows it.
pub fn decide(roles: &[Role], action: Action) -> Result<(), NotAllowed> {
    let needed = action.roles();
    if needed.is_empty() || needed.iter().any(|role| roles.contains(role)) {
        return Ok(());
    }
    Err(NotAllowed { action })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_without_a_role_does_anything_that_matters() {
        for action in Action::ALL {
            let open = matches!(action, Action::SeeOwnAccount | Action::SeeOverview);
            assert_eq!(decide(&[], action).is_ok(), open, "{action:?}");
        }
    }

    #[test]
    fn an_auditor_changes_nothing_and_reads_no_data() {
        let changes = [
            Action::ManagePartners,
            Action::PlaceRequests,
            Action::ReplayWork,
            Action::DefineProducts,
            Action::ApproveProducts,
            Action::UnmaskData,
            Action::ManageBilling,
            Action::ManageKeys,
            Action::ManageStaff,
        ];
        for action in Action::ALL {
            assert_eq!(decide(&[Role::Auditor], action).is_err(), changes.contains(&action), "{action:?}");
        }
    }

    #[test]
    fn an_administrator_reads_no_data() {
        assert!(decide(&[Role::Administrator], Action::SeeData).is_err());
        assert!(decide(&[Role::Administrator], Action::UnmaskData).is_err());
    }

    #[test]
    fn names_are_found_again() {
        for role in Role::ALL {
            assert_eq!(Role::of_name(role.name()), Some(role));
        }
        assert_eq!(Role::of_name("root"), None);
    }
}
