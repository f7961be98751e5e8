//! Products before they are kept, and the versions of one.

use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRequest, FromRequestParts, Path, Request, State};
use axum::response::NoContent;
use mpp_api::client::{CheckedProductView, DefineProduct, ProductFaultView, ProductView, RetirementView};
use mpp_core::{InvalidProduct, Notice, ProductContent, ProductId, ProductItem, StaffId};
use mpp_services::client::{ClientService, ProposedRetirement};
use mpp_staff::Action;
use serde_json::Value;

use super::refusals::refusal;
use super::routes::{Access, AppState, Group};
use super::staff::product_view;
use crate::desk::{StaffCaller, StaffGroup};
use crate::http::{Created, JsonBody, Refusal};

/// A check keeps nothing, so there is nothing to repeat.
pub(super) fn unstored() -> StaffGroup<AppState, Access> {
    let action = Action::DefineProducts;
    (
        action,
        Group::new(Access::Staff(action)).post(
            "/v1/staff/products/check",
            "Checks a product without keeping it",
            check,
        ),
    )
}

/// `GET /v1/staff/products/{id}/versions`.
pub(super) async fn versions(
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Json<Vec<ProductView>>, Refusal> {
    let id: ProductId = id.parse().map_err(|_| Refusal::not_found())?;
    let versions = state.service.product_versions(id).await.map_err(|error| refusal(&error))?;
    Ok(Json(versions.into_iter().map(product_view).collect()))
}

/// A step in the retirement of a product: who takes it, of which product. Its body says nothing.
pub(super) struct Retiring {
    service: Arc<ClientService>,
    by: StaffId,
    product: ProductId,
}

impl FromRequest<AppState> for Retiring {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Refusal> {
        let (mut parts, body) = request.into_parts();
        let StaffCaller(by) = StaffCaller::from_request_parts(&mut parts, state).await?;
        let product = Path::<String>::from_request_parts(&mut parts, state).await;
        let product = product.ok().and_then(|id| id.parse().ok()).ok_or_else(Refusal::not_found)?;
        JsonBody::<Value>::from_request(Request::from_parts(parts, body), state).await?;
        Ok(Self { service: Arc::clone(&state.service), by: by.id, product })
    }
}

#[cfg(feature = "openapi")]
impl crate::openapi::Input for Retiring {
    fn describe(operation: &mut crate::openapi::Operation<'_>) {
        <JsonBody<Value> as crate::openapi::Input>::describe(operation);
    }
}

/// `POST /v1/staff/products/{id}/retirement`.
pub(super) async fn propose_retirement(step: Retiring) -> Result<Created<RetirementView>, Refusal> {
    let proposed = step.service.propose_retirement(&step.by, step.product).await;
    Ok(Created(retirement_view(proposed.map_err(|error| refusal(&error))?)))
}

/// `POST /v1/staff/products/{id}/retirement/approve`.
pub(super) async fn approve_retirement(step: Retiring) -> Result<NoContent, Refusal> {
    let approved = step.service.approve_retirement(&step.by, step.product).await;
    approved.map(|()| NoContent).map_err(|error| refusal(&error))
}

/// `POST /v1/staff/products/{id}/retirement/withdraw`.
pub(super) async fn withdraw_retirement(step: Retiring) -> Result<NoContent, Refusal> {
    let withdrawn = step.service.withdraw_retirement(&step.by, step.product).await;
    withdrawn.map(|()| NoContent).map_err(|error| refusal(&error))
}

pub(super) fn retirement_view(proposed: ProposedRetirement) -> RetirementView {
    RetirementView { proposed_by: proposed.by, proposed_at: proposed.at }
}

/// `POST /v1/staff/products/check`: also of a product only parts of which can be read.
async fn check(
    State(state): State<AppState>,
    JsonBody(body): JsonBody<DefineProduct>,
) -> Json<CheckedProductView> {
    let mut faults = Vec::new();
    let (mut items, mut numbers) = (Vec::new(), Vec::new());
    for (number, item) in (0_u32..).zip(body.items) {
        match serde_json::from_value::<ProductItem>(item) {
            Ok(item) => {
                items.push(item);
                numbers.push(number);
            }
            Err(error) => faults.push(unreadable(Some(number), &error)),
        }
    }
    let some_unread = !faults.is_empty();
    let notice = serde_json::from_value::<Notice>(body.notice);
    let notice_unread = notice.is_err();
    let notice = notice.unwrap_or_else(|error| {
        faults.push(unreadable(None, &error));
        Notice { version: 0, texts: Default::default() }
    });
    let content = ProductContent { name: body.name, items, notice };
    for fault in state.service.check_product(&content) {
        let follows = match fault.code() {
            "product_without_item" => some_unread,
            "product_notice_incomplete" => notice_unread,
            _ => false,
        };
        if !follows {
            let item = fault.item.and_then(|at| numbers.get(at).copied());
            faults.push(ProductFaultView {
                item,
                code: fault.code().to_owned(),
                detail: in_words(&fault.reason),
            });
        }
    }
    Json(CheckedProductView { faults })
}

fn in_words(reason: &InvalidProduct) -> String {
    let cause = std::error::Error::source(reason);
    cause.map_or_else(|| reason.to_string(), |cause| format!("{reason}: {cause}"))
}

/// Products hold nothing personal, so the author may be told what is wrong.
fn unreadable(item: Option<u32>, error: &serde_json::Error) -> ProductFaultView {
    ProductFaultView { item, code: "unreadable".to_owned(), detail: error.to_string() }
}
