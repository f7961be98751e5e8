//! What uploads say of themselves: they speak in headers.

use mpp_api::central::{UPLOAD_COMPLETE, UPLOAD_OFFSET};
use serde_json::json;

use super::{AppendHeaders, AppendedBytes, IETF_TYPE, Standing, TUS_RESUMABLE, TUS_TYPE, UPLOAD_LENGTH};
use crate::openapi::{Answer, Input, Operation};

impl Input for AppendHeaders {
    fn describe(operation: &mut Operation<'_>) {
        let offset = json!({ "type": "integer", "format": "uint64", "minimum": 0 });
        let flag = json!({ "type": "string", "enum": ["?0", "?1"] });
        let version = json!({ "type": "string", "const": "1.0.0" });
        operation.takes_header(
            UPLOAD_OFFSET.as_str(),
            "Where the bytes begin: where the upload stands.",
            true,
            &offset,
        );
        let complete =
            "Whether these bytes are the last ones; may be left out in tus, which knows the length.";
        operation.takes_header(UPLOAD_COMPLETE.as_str(), complete, false, &flag);
        operation.takes_header(
            TUS_RESUMABLE.as_str(),
            "Present when the caller speaks tus.",
            false,
            &version,
        );
    }
}

impl Input for AppendedBytes {
    fn describe(operation: &mut Operation<'_>) {
        operation.takes_bytes(&[IETF_TYPE, TUS_TYPE]);
    }
}

impl Answer for Standing {
    fn describe(operation: &mut Operation<'_>) {
        let count = json!({ "type": "integer", "format": "uint64", "minimum": 0 });
        let names = [UPLOAD_OFFSET, UPLOAD_LENGTH, UPLOAD_COMPLETE, TUS_RESUMABLE];
        let [offset, length, complete, tus] = names.each_ref().map(|name| name.as_str());
        let headers = [
            (offset, "How many bytes are there.", count.clone()),
            (length, "How many there will be.", count),
            (complete, "Whether all are there.", json!({ "type": "string", "enum": ["?0", "?1"] })),
            (tus, "To callers that speak tus.", json!({ "type": "string", "const": "1.0.0" })),
        ];
        operation.answers_empty(204, "How the upload stands.", &headers);
    }
}
