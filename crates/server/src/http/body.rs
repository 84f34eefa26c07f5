//! Extractors that never refuse: they give a command or the fault of the request, and the service decides which
//! fault comes first.

use super::limits::ReadBody;
use crate::error::{RequestFault, Result};
use actix_web::dev::Payload;
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use roster_domain::wire::parse_object;
use roster_domain::wire::v2::Parameters;
use serde_json::{Map, Value};
use std::convert::Infallible;
use std::future::{Ready, ready};

/// A body that should be a JSON object.
pub(super) struct JsonBody {
    object: Result<Map<String, Value>, RequestFault>,
    is_empty: bool,
}

impl JsonBody {
    /// The same, or an empty object where there is no body: all fields may be left out.
    pub(super) fn or_empty(self) -> Self {
        match self.is_empty {
            true => Self {
                object: Ok(Map::new()),
                ..self
            },
            false => self,
        }
    }

    /// Reads a command from the object.
    pub(super) fn read<A>(
        self,
        read: impl FnOnce(&Map<String, Value>) -> Result<A, roster_domain::Error>,
    ) -> Result<A> {
        Ok(read(&self.object?)?)
    }

    /// Reads a command about the row of that id.
    pub(super) fn read_for<Id, A>(
        self,
        id: Id,
        read: impl FnOnce(Id, &Map<String, Value>) -> Result<A, roster_domain::Error>,
    ) -> Result<A> {
        Ok(read(id, &self.object?)?)
    }
}

impl FromRequest for JsonBody {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let body = request.extensions().get::<ReadBody>().cloned();
        let body = body.map_or(Err(RequestFault::Incomplete), |ReadBody(body)| body);
        let is_empty = body.as_ref().is_ok_and(Bytes::is_empty);
        let object = body
            .and_then(|bytes| parse_object(&bytes).map_err(|fault| RequestFault::Syntax(fault.0)));
        ready(Ok(Self { object, is_empty }))
    }
}

/// A body that does not matter, but has to have arrived.
pub(super) struct NoBody(Result<(), RequestFault>);

impl NoBody {
    /// A command about the row of that id.
    pub(super) fn read_for<Id, A>(self, id: Id, command: impl FnOnce(Id) -> A) -> Result<A> {
        self.0.map(|()| command(id)).map_err(Into::into)
    }
}

impl FromRequest for NoBody {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let body = request.extensions().get::<ReadBody>().cloned();
        ready(Ok(Self(
            body.map_or(Ok(()), |ReadBody(body)| body.map(|_| ())),
        )))
    }
}

/// The ids in a route's pattern.
pub(super) struct Ids(HttpRequest);

impl Ids {
    /// The id of that name in the pattern. What is no 64-bit integer names no row, as 0 does.
    pub(super) fn get<Id>(&self, name: &str, id: fn(i64) -> Id) -> Id {
        let number = self
            .0
            .match_info()
            .get(name)
            .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))
            .and_then(|text| text.parse().ok());
        id(number.unwrap_or(0))
    }
}

impl FromRequest for Ids {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self(request.clone())))
    }
}

/// The query's parameters, decoded. Of several with one name the first counts.
pub(super) struct Query(HttpRequest);

impl Query {
    /// All parameters, in their order.
    pub(super) fn parameters(&self) -> Parameters {
        let pairs = form_urlencoded::parse(self.0.query_string().as_bytes());
        Parameters::new(pairs.into_owned().collect())
    }

    /// The first parameter of that name.
    pub(super) fn get(&self, name: &str) -> Option<String> {
        form_urlencoded::parse(self.0.query_string().as_bytes())
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    }
}

impl FromRequest for Query {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self(request.clone())))
    }
}
