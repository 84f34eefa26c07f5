//! Reading the faults of v2.

use crate::error::{ErrorDetails, Fault};
use roster_domain::wire::v2::ErrorType;
use serde::Deserialize;
use serde_json::Value;

/// As much of an error's body as there is: pages of the original describe the outer fields or the nested ones.
#[derive(Deserialize)]
struct Body {
    #[serde(rename = "type")]
    kind: Option<ErrorType>,
    message: Option<String>,
    debug_id: Option<String>,
    #[serde(default)]
    record: Value,
    #[serde(default)]
    data: Value,
    error: Option<Box<Body>>,
}

/// Reads `{"type","message","error":{"type","message","debug_id"}}`.
pub(super) fn fault(body: Value) -> Fault {
    let Ok(mut body) = serde_json::from_value::<Body>(body) else {
        return Fault::default();
    };
    let nested = body.error.take();
    let (kind, message, debug_id) =
        nested.map_or((None, None, None), |it| (it.kind, it.message, it.debug_id));
    let details = body.kind.or(kind).map(|kind| ErrorDetails {
        kind,
        record: serde_json::from_value(body.record).unwrap_or_default(),
        refused_emails: serde_json::from_value(body.data).unwrap_or_default(),
    });
    Fault {
        messages: Vec::from_iter(body.message.or(message)),
        request_id: debug_id,
        details: details.map(Box::new),
    }
}
