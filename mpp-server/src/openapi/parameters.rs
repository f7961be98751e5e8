//! The parameters that paths name.

use mpp_core::{
    AaConsentKey, ApiKeyId, BillId, CaseRef, ConsentId, ConsentRequestId, DataItemId, DataSessionId,
    ExportId, JobId, LoginId, ParcelId, PartnerId, PasskeyId, PricePlanId, ProductId, StaffId,
    StaffSessionId, UploadId,
};
use serde_json::{Value, json};

use super::schemas::Schemas;

/// The parameters of a path, in its order. What is not of its type names nothing: the answer is 404, as for what is not there.
///
/// `None` when a name is not known under the part of the path before it.
pub(super) fn of_path(path: &str, schemas: &mut Schemas) -> Option<Vec<Value>> {
    let parts: Vec<&str> = path.split('/').collect();
    let named = parts.windows(2).filter_map(|pair| match pair {
        [before, part] => {
            let name = part.strip_prefix('{')?.strip_suffix('}')?;
            Some((*before, name.strip_prefix('*').unwrap_or(name)))
        }
        _ => None,
    });
    named.map(|(before, name)| parameter(before, name, schemas)).collect()
}

fn parameter(before: &str, name: &str, schemas: &mut Schemas) -> Option<Value> {
    let schema = schema(before, name, schemas)?;
    Some(json!({ "name": name, "in": "path", "required": true, "schema": schema }))
}

fn schema(before: &str, name: &str, schemas: &mut Schemas) -> Option<Value> {
    let number = || json!({ "type": "integer", "format": "uint32", "minimum": 0 });
    let known = match (before, name) {
        ("aa-consents", "key") => schemas.asked::<AaConsentKey>(),
        ("api-keys", "id") => schemas.asked::<ApiKeyId>(),
        ("bills", "id" | "bill") => schemas.asked::<BillId>(),
        ("cases", "caseRef") => schemas.asked::<CaseRef>(),
        ("consent-requests" | "requests", "id") => schemas.asked::<ConsentRequestId>(),
        ("consents", "id") => schemas.asked::<ConsentId>(),
        ("data-sessions", "id") => schemas.asked::<DataSessionId>(),
        ("exports", "export") => schemas.asked::<ExportId>(),
        ("items", "id") => schemas.asked::<DataItemId>(),
        ("logins", "id") => schemas.asked::<LoginId>(),
        ("parcels", "id") => schemas.asked::<ParcelId>(),
        ("parked", "job") | ("parked-jobs", "id") => schemas.asked::<JobId>(),
        ("partners", "id") | ("partner-logs", "partner") => schemas.asked::<PartnerId>(),
        ("passkeys", "passkey") => schemas.asked::<PasskeyId>(),
        ("people", "id") => schemas.asked::<StaffId>(),
        ("price-plans", "plan") => schemas.asked::<PricePlanId>(),
        ("products", "id") => schemas.asked::<ProductId>(),
        ("sessions", "session") => schemas.asked::<StaffSessionId>(),
        ("uploads", "id") => schemas.asked::<UploadId>(),
        ("purge-calendar", "day") => return Some(json!({ "type": "string", "format": "date" })),
        ("{partner}", "month") => {
            return Some(json!({ "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}$" }));
        }
        ("tile", "level") => {
            return Some(json!({ "type": "integer", "minimum": 0, "maximum": 63 }));
        }
        ("{level}", "tile") => {
            let pattern = "^(x[0-9]{3}/)*[0-9]{3}(\\.p/[0-9]{1,3})?$";
            return Some(json!({ "type": "string", "pattern": pattern }));
        }
        ("parts", "part") | ("{part}", "rows") | ("versions", "version") | ("views", "number") => {
            return Some(number());
        }
        _ => return None,
    };
    Some(known.to_value())
}
