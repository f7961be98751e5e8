//! Where the partner's bills go, and a price plan that waits for a second person.

use jiff::ToSpan;
use mpp_api::central::forms::{PartyStanding, PricePlanForm};
use mpp_api::central::{OperatorClient, SetBillingAddress};
use mpp_core::{Clock, PartnerId};
use mpp_server::runtime::SystemClock;
use serde_json::json;

/// The plan holds from the beginning of the month before the last, so that there is a month that can be closed: the last one cannot
/// in the first hour of this.
pub(super) async fn prepare(operator: &OperatorClient, partner: PartnerId) -> anyhow::Result<()> {
    let lines = vec!["12 Residency Road".to_owned(), "Bengaluru 560025".to_owned()];
    let address = SetBillingAddress { lines, standing: PartyStanding::Regular };
    operator.set_billing_address("demo-address", partner, &address).await?;
    let valid_from = SystemClock.now().day_in_india().first_of_month().checked_sub(2.months())?;
    let price = |unit: &str, description: &str, slabs: serde_json::Value| {
        json!({
            "unit": unit, "description": description, "sac": "998315", "tax": 1800, "mode": "graduated",
            "slabs": slabs,
        })
    };
    let plan: PricePlanForm = serde_json::from_value(json!({
        "id": "standard",
        "partner": partner,
        "validFrom": valid_from,
        "validUntil": null,
        "items": [
            price("data_fetch", "Data fetches delivered", json!([
                { "above": 0, "unitPrice": 450 }, { "above": 10_000, "unitPrice": 400 },
            ])),
            price("bureau_report", "Credit reports delivered", json!([{ "above": 0, "unitPrice": 3_200 }])),
            price("bureau_no_record", "Credit enquiries without a record", json!([{ "above": 0, "unitPrice": 800 }])),
            price("telecom_lookup", "Telecom profiles delivered", json!([{ "above": 0, "unitPrice": 240 }])),
        ],
        "fees": [{ "description": "Platform fee", "sac": "998315", "tax": 1800, "amount": 2_500_000 }],
        "minimum": null,
    }))?;
    operator.propose_plan("demo-plan", &plan).await?;
    Ok(())
}
