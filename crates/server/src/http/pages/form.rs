//! Forms as browsers send them. The extractor never refuses: what is wrong with a form is kept for the handler.

use crate::error::{RequestFault, Result};
use crate::http::auth::Service;
use crate::http::limits::ReadBody;
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use serde_json::{Map, Value};
use std::convert::Infallible;
use std::future::{Ready, ready};

/// The field that proves that a form is one of ours.
pub(super) const CSRF_FIELD: &str = "csrf_token";

/// What was typed into a form, or why nobody can tell.
pub(super) struct Form(Result<Vec<(String, String)>, RequestFault>);

impl Form {
    /// What stands in a field. Of several with one name the first counts.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        let fields = self.0.as_ref().ok()?;
        let found = fields.iter().find(|(field, _)| field == name);
        found.map(|(_, text)| text.as_str())
    }

    /// The same, but nothing where there are only spaces.
    pub(super) fn filled(&self, name: &str) -> Option<String> {
        let text = self.text(name)?.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// Reads a command from those fields that were sent, with the reader that the API has for it.
    pub(super) fn read<A>(
        &self,
        names: &[&str],
        read: impl FnOnce(&Map<String, Value>) -> Result<A, roster_domain::Error>,
    ) -> Result<A> {
        self.arrived()?;
        let sent = names.iter().filter_map(|name| {
            let text = self.text(name)?;
            Some(((*name).to_owned(), text.into()))
        });
        Ok(read(&sent.collect())?)
    }

    /// Takes the form's own text as the proof that it comes from a page of the caller's session.
    pub(super) fn confirm(&self, service: Service) -> Result<Service> {
        self.arrived()?;
        Ok(service.confirmed_by(self.text(CSRF_FIELD).unwrap_or_default()))
    }

    /// Says what is wrong with the form as such.
    pub(super) fn arrived(&self) -> Result<()> {
        match &self.0 {
            Ok(_) => Ok(()),
            Err(fault) => Err(fault.clone().into()),
        }
    }
}

impl FromRequest for Form {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let body = request.extensions().get::<ReadBody>().cloned();
        let body = body.map_or(Err(RequestFault::Incomplete), |ReadBody(body)| body);
        let is_form = request.content_type() == "application/x-www-form-urlencoded";
        ready(Ok(Self(body.and_then(|bytes| {
            if is_form || bytes.is_empty() {
                Ok(fields(&bytes))
            } else {
                Err(RequestFault::Syntax("This is no form of a page".to_owned()))
            }
        }))))
    }
}

fn fields(bytes: &[u8]) -> Vec<(String, String)> {
    let pairs = form_urlencoded::parse(bytes).into_owned();
    let pairs = pairs.map(|(name, text)| match name.as_str() {
        // Telephones put a space behind what they complete, and browsers' own fields for addresses take it away.
        "email" => (name, text.trim().to_owned()),
        _ => (name, text),
    });
    pairs.collect()
}
