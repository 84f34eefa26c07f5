//! Browsers of people who have not signed in: what ties a form to the browser that opened it.
//!
//! A cookie holds a random text, the form the same text signed. Another site can make a browser send a form, but neither read the
//! cookie nor sign.

use super::form::{CSRF_FIELD, Form};
use crate::error::{Error, Result};
use crate::http::auth::is_same;
use crate::http::cookie;
use crate::http::site::Site;
use crate::service::new_token;
use actix_web::dev::Payload;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use hmac::{Hmac, KeyInit, Mac};
use roster_domain::Error as Refusal;
use roster_domain::token::{Token, TokenHash};
use sha2::Sha256;
use std::future::{Ready, ready};

const COOKIE: &str = "roster_form";

/// The browser of somebody who has not signed in.
pub(super) struct Visitor {
    site: Data<Site>,
    /// What the cookie holds.
    value: String,
    /// Whether the browser has yet to be given the cookie.
    is_new: bool,
}

impl Visitor {
    /// The text that this browser's forms carry.
    pub(super) fn csrf_token(&self) -> Result<String> {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.site.form_key).map_err(Error::internal)?;
        mac.update(self.value.as_bytes());
        let signature: [u8; 32] = mac.finalize().into_bytes().into();
        Ok(Token::from_random(signature).expose().to_owned())
    }

    /// Refuses a form that this browser did not get from here.
    pub(super) fn confirm(&self, form: &Form) -> Result<()> {
        form.arrived()?;
        let shown = form.text(CSRF_FIELD).unwrap_or_default();
        if is_same(shown, &self.csrf_token()?) {
            Ok(())
        } else {
            Err(Refusal::CsrfInvalid.into())
        }
    }

    /// Gives the browser its cookie together with a page. One that it has stays, so that a page seen twice is the same.
    pub(super) fn remember(&self, mut page: HttpResponse) -> Result<HttpResponse> {
        if self.is_new {
            let cookie = cookie::of_browser(&self.site, COOKIE, self.value.clone());
            page.add_cookie(&cookie).map_err(Error::internal)?;
        }
        Ok(page)
    }
}

impl FromRequest for Visitor {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, actix_web::Error>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let site = Data::<Site>::from_request(request, payload).into_inner();
        ready(site.and_then(|site| Ok(visitor(request, site)?)))
    }
}

fn visitor(request: &HttpRequest, site: Data<Site>) -> Result<Visitor> {
    let value =
        cookie::value(request, COOKIE).filter(|value| TokenHash::of_presented(value).is_some());
    let is_new = value.is_none();
    let value = match value {
        Some(value) => value,
        None => new_token()?.expose().to_owned(),
    };
    Ok(Visitor {
        site,
        value,
        is_new,
    })
}
