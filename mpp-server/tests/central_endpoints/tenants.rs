//! Two enterprises at one central, each with the other's real names in hand: the answer is that of a name which names
//! nothing.

use http::Method;
use mpp_api::central::{BillStep, CloseMonth, OperatorClient, SetBillingAddress};
use mpp_api::{ApiError, Caller, Problem};
use mpp_billing::{MOST_LOG_BYTES, PartyStanding, USAGE_LOG_TYP, UsageLog};
use mpp_core::{
    BillId, CollectionAck, ConsentId, ConsentRequestId, ParcelId, PartnerId, ProductId, ProductVersion, Span,
};
use mpp_crypto::{jws, sha256};
use mpp_server::central::{Access, all_routes};
use serde_json::json;

use crate::people::join;
use crate::proofs::json as json_headers;
use crate::samples::{asking, bureau_item, product};
use crate::town::{BUREAU, ClientServer, Town, consent};

/// What one enterprise has at central, by name.
#[derive(Clone, Copy)]
struct Names {
    partner: PartnerId,
    product: ProductId,
    request: ConsentRequestId,
    consent: ConsentId,
    parcel: ParcelId,
    bill: BillId,
}

impl Names {
    /// Names of nothing.
    fn unknown() -> Self {
        Self {
            partner: PartnerId::from_random([9; 16]),
            product: ProductId::from_random([9; 16]),
            request: ConsentRequestId::from_random([9; 16]),
            consent: ConsentId::from_random([9; 16]),
            parcel: ParcelId::from_random([9; 16]),
            bill: BillId::from_random([9; 16]),
        }
    }

    fn as_texts(self) -> [String; 6] {
        [
            self.partner.to_string(),
            self.product.to_string(),
            self.request.to_string(),
            self.consent.to_string(),
            self.parcel.to_string(),
            self.bill.to_string(),
        ]
    }
}

/// What a route does with a name.
enum Row {
    /// It takes this one in its path; the answer is this code.
    Path(fn(Names) -> String, &'static str),
    /// It takes it in its body; the answer is this code.
    Body(&'static str),
    /// It takes none and lists what is the caller's own.
    Lists,
}

/// Every route of client servers. A route without a row fails the test.
const TABLE: &[(&str, &str, Row)] = &[
    ("POST", "/v1/products", Row::Body("not_found")),
    ("POST", "/v1/consent-requests", Row::Body("product_unknown")),
    ("GET", "/v1/consent-requests/{id}", Row::Path(|names| names.request.to_string(), "not_found")),
    (
        "POST",
        "/v1/consent-requests/{id}/take-back",
        Row::Path(|names| names.request.to_string(), "not_found"),
    ),
    ("POST", "/v1/products/{id}/retire", Row::Path(|names| names.product.to_string(), "product_unknown")),
    ("GET", "/v1/consents/{id}/proof", Row::Path(|names| names.consent.to_string(), "not_found")),
    ("GET", "/v1/notifications", Row::Lists),
    ("GET", "/v1/usage", Row::Lists),
    ("GET", "/v1/bills", Row::Lists),
    ("GET", "/v1/bills/{id}", Row::Path(|names| names.bill.to_string(), "not_found")),
    ("GET", "/v1/parcels/{id}/content", Row::Path(|names| names.parcel.to_string(), "not_found")),
    ("POST", "/v1/partners/self/usage-logs", Row::Body("partner_log_of_another_partner")),
    ("POST", "/v1/parcels/{id}/acknowledgement", Row::Path(|names| names.parcel.to_string(), "not_found")),
];

/// An enterprise with a case, a parcel that waits, and a bill.
async fn enterprise(town: &Town) -> (ClientServer, Names) {
    let partner = town.onboard(None).await;
    let product = town.publish(&partner, vec![bureau_item()]).await;
    let placed = town.place(&partner, product, "LOAN-1").await;
    let decided = town.approve_all(&town.open(&placed).await).await;
    let parcel = town.await_parcel(&partner, BUREAU).await;
    let names = Names {
        partner: partner.id,
        product,
        request: placed.consent_request_id,
        consent: consent(&decided, BUREAU),
        parcel,
        bill: BillId::from_random([9; 16]),
    };
    (partner, names)
}

/// Two people of finance send the enterprise a bill for the month that is over.
async fn billed(asha: &OperatorClient, vikram: &OperatorClient, partner: &ClientServer) -> BillId {
    let key = |step: &str| format!("{step}-{}", partner.id);
    let address =
        SetBillingAddress { lines: vec!["12 Residency Road".into()], standing: PartyStanding::Regular };
    asha.set_billing_address(&key("address"), partner.id, &address).await.unwrap();
    let plan = json!({
        "id": format!("plan-{}", &partner.id.to_string()[..8]), "partner": partner.id, "validFrom": "2026-01-01",
        "validUntil": null, "minimum": null,
        "items": [{
            "unit": "bureau_report", "description": "Credit reports", "sac": "998315", "tax": 1800,
            "mode": "graduated", "slabs": [{ "above": 0, "unitPrice": 1800 }],
        }],
        "fees": [{ "description": "Platform fee", "sac": "998315", "tax": 1800, "amount": 2_500_000 }],
    });
    let plan = serde_json::from_value(plan).unwrap();
    asha.propose_plan(&key("plan"), &plan).await.unwrap();
    vikram.decide_plan(&key("agree"), &plan.id, true).await.unwrap();
    let month = CloseMonth { partner_id: partner.id, month: "2026-01".parse().unwrap() };
    let draft = asha.close_month(&key("close"), &month).await.unwrap();
    vikram.step_bill(&key("approve"), draft.bill_id, BillStep::Approve).await.unwrap();
    vikram.step_bill(&key("final"), draft.bill_id, BillStep::Finalise).await.unwrap();
    draft.bill_id
}

/// One call of a partner.
struct Call<'a> {
    town: &'a Town,
    by: &'a ClientServer,
    caller: &'a Caller,
}

impl Call<'_> {
    /// Calls a route with these names.
    async fn with(&self, (method, path, row): &(&str, &str, Row), names: Names) -> Result<String, ApiError> {
        let (path, named) = match row {
            Row::Path(name, _) => (path.replace("{id}", &name(names)), names),
            Row::Body(_) | Row::Lists => ((*path).to_owned(), names),
        };
        let body = if *method == "POST" { self.body(&path, named) } else { String::new() };
        let method: Method = method.parse().unwrap();
        let answer = self.caller.send_raw(method, &path, self.headers(), body.into()).await?;
        let bytes = answer.body.collect(1_000_000).await.unwrap();
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Every call has a key of its own, so that none gets the answer of another.
    fn headers(&self) -> http::HeaderMap {
        let mut headers = json_headers();
        let key = mpp_crypto::http_signature::Nonce::generate(self.town.entropy.as_ref());
        headers.insert(mpp_api::IDEMPOTENCY_KEY, key.as_str().parse().unwrap());
        headers
    }

    fn body(&self, path: &str, names: Names) -> String {
        match path {
            "/v1/products" => self.product_of_somebody(names.product, ProductVersion(1)),
            "/v1/consent-requests" => serde_json::to_string(&asking(names.product, "LOAN-77")).unwrap(),
            "/v1/partners/self/usage-logs" => {
                let now = mpp_core::Clock::now(self.town.clock.as_ref());
                let log = UsageLog::new(names.partner, "2026-01".parse().unwrap(), now, Vec::new()).unwrap();
                let signed = jws::sign_within(&self.by.signing, USAGE_LOG_TYP, &log, MOST_LOG_BYTES).unwrap();
                json!({ "log": signed.as_str() }).to_string()
            }
            _ => {
                let at = mpp_core::Clock::now(self.town.clock.as_ref());
                let said = CollectionAck { parcel: names.parcel, sha256: sha256(b"guessed"), opened_at: at };
                let signed = jws::sign(&self.by.signing, "mpp-collection-ack+jwt", &said).unwrap();
                json!({ "acknowledgement": signed.as_str() }).to_string()
            }
        }
    }

    /// A product of this name that says it is another enterprise's.
    fn product_of_somebody(&self, id: ProductId, version: ProductVersion) -> String {
        let (now, entropy) = (mpp_core::Clock::now(self.town.clock.as_ref()), self.town.entropy.as_ref());
        let somebody = PartnerId::from_random([8; 16]);
        let mut product = product(somebody, vec![bureau_item()], now, entropy);
        (product.id, product.version) = (id, version);
        serde_json::to_string(&product).unwrap()
    }
}

fn refusal(answer: Result<String, ApiError>) -> Problem {
    match answer {
        Err(ApiError::Refused(problem)) => problem,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
pub(crate) async fn names_of_another_enterprise_are_answered_like_names_of_nothing() {
    let mut served: Vec<_> = all_routes()
        .into_iter()
        .filter(|route| route.access == Access::Partner)
        // the same for everybody, and hashes only
        .filter(|route| !route.path.starts_with("/v1/log/"))
        .map(|route| (route.method, route.path))
        .collect();
    let mut listed: Vec<_> = TABLE.iter().map(|(method, path, _)| (*method, *path)).collect();
    served.sort_unstable();
    listed.sort_unstable();
    assert_eq!(served, listed, "the table lists every route of client servers once");

    let town = Town::start().await;
    let (kaveri, mut kaveris) = enterprise(&town).await;
    let (narmada, mut narmadas) = enterprise(&town).await;
    town.clock.advance(Span::from_days(20));
    let asha = OperatorClient::new(join(&town, "asha", "finance").await.0);
    let vikram = OperatorClient::new(join(&town, "vikram", "finance").await.0);
    kaveris.bill = billed(&asha, &vikram, &kaveri).await;
    narmadas.bill = billed(&asha, &vikram, &narmada).await;

    for (by, own, others) in [(&kaveri, kaveris, narmadas), (&narmada, narmadas, kaveris)] {
        let caller = town.caller(town.signer(&by.signing));
        let call = Call { town: &town, by, caller: &caller };
        for row in TABLE {
            let (method, path, kind) = row;
            match kind {
                Row::Path(_, code) | Row::Body(code) => {
                    let others = refusal(call.with(row, others).await);
                    let nothings = refusal(call.with(row, Names::unknown()).await);
                    assert_eq!(others, nothings, "{method} {path}");
                    assert_eq!(others.code, *code, "{method} {path}");
                }
                Row::Lists => {
                    let listed = call.with(row, own).await.unwrap();
                    for name in others.as_texts() {
                        assert!(!listed.contains(&name), "{method} {path} names {name}");
                    }
                }
            }
        }
        // what is one's own is there: the names were real
        for path in [format!("/v1/consent-requests/{}", own.request), format!("/v1/bills/{}", own.bill)] {
            caller.send_raw(Method::GET, &path, json_headers(), Default::default()).await.unwrap();
        }
        let gone = caller
            .send_raw(Method::GET, &format!("/v1/parcels/{}/content", own.parcel), json_headers(), "".into())
            .await;
        assert_eq!(refusal(gone.map(|_| String::new())).code, "parcel_gone", "after twenty days");
    }
}

#[tokio::test]
pub(crate) async fn a_product_and_a_case_of_another_enterprise_cannot_be_taken_over() {
    let town = Town::start().await;
    let (kaveri, names) = enterprise(&town).await;
    let narmada = town.onboard(None).await;
    let caller = town.caller(town.signer(&narmada.signing));
    let call = Call { town: &town, by: &narmada, caller: &caller };
    let client = town.partner(&narmada);
    for version in [1, 2] {
        let now = mpp_core::Clock::now(town.clock.as_ref());
        let mut taken = product(narmada.id, vec![bureau_item()], now, town.entropy.as_ref());
        (taken.id, taken.version) = (names.product, ProductVersion(version));
        let refused = client.publish_product(&format!("take-{version}"), &taken).await.unwrap_err();
        assert_eq!(refused.code(), Some("not_found"), "whatever versions there are");
    }
    // the same case reference is another case here
    let own = town.publish(&narmada, vec![bureau_item()]).await;
    let placed = town.place(&narmada, own, "LOAN-1").await;
    assert_ne!(placed.consent_request_id, names.request);
    let row = TABLE.iter().find(|(_, path, _)| *path == "/v1/notifications").unwrap();
    let listed = call.with(row, names).await.unwrap();
    assert!(!listed.contains(&kaveri.id.to_string()) && !listed.contains(&names.request.to_string()));
}
