//! What the domain says of the bodies that are sent, in the dialects that share the envelope of faults.

use roster_contract::Exchange;
use roster_domain::Error;
use roster_domain::wire::parse_object;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Reads a body, or says what is wrong with it.
pub(crate) type Read = fn(&Map<String, Value>) -> Result<(), Error>;

/// A body that the server takes is one to the domain, and of one that the domain refuses both say the same.
pub(crate) fn check_request(
    exchange: &Exchange,
    (read, may_be_absent): (Read, bool),
) -> Result<(), String> {
    let (status, body) = (exchange.response.status, &exchange.response.body);
    if matches!(status, 401 | 403 | 404 | 405 | 410 | 412) {
        // Nobody looked at what was sent.
        return Ok(());
    }
    let sent = exchange.request.body_text().unwrap_or_default();
    let sent = if may_be_absent && sent.is_empty() {
        "{}"
    } else {
        &sent
    };
    let object = match parse_object(sent.as_bytes()) {
        Ok(object) => object,
        Err(fault) => return expect(status, 400, body, "message", &fault.0.into()),
    };
    match read(&object) {
        // Something beside the body can be malformed.
        Ok(())
            if status == 400
                && !["If-Match", "Idempotency-Key"]
                    .iter()
                    .any(|name| exchange.request.headers.contains_key(*name)) =>
        {
            Err("the domain takes this body".to_owned())
        }
        Ok(()) => Ok(()),
        Err(Error::Invalid(faults)) => {
            let mut record: BTreeMap<String, Vec<_>> = BTreeMap::new();
            for found in faults {
                let messages = record.entry(found.field).or_default();
                messages.push(found.fault.message);
            }
            expect(status, 422, body, "record", &json!(record))
        }
        Err(other) => Err(format!("the domain says {other:?}")),
    }
}

fn expect(
    status: u16,
    expected_status: u16,
    body: &Option<Value>,
    member: &str,
    expected: &Value,
) -> Result<(), String> {
    let found = body.as_ref().and_then(|body| body.get(member));
    if status == expected_status && found == Some(expected) {
        Ok(())
    } else {
        Err(format!("the domain says {expected_status} {expected}"))
    }
}
