//! Invented but consistent financial documents: the same customer always has the same accounts, and overlapping
//! requests tell the same transactions.

mod account;
mod compose;
mod deposit;
mod dice;
mod fixed_deposit;
mod funds;
mod insurance;
mod ledger;
mod movement;
mod paise;
mod person;
#[cfg(test)]
mod tests;
mod xml;

pub use account::Institution;
pub(crate) use account::{Account, AccountType, accounts_of};
pub(crate) use compose::{Order, compose};
pub(crate) use dice::Dice;
pub(crate) use movement::Selection;
pub(crate) use person::Person;
pub(crate) use xml::push_escaped;
