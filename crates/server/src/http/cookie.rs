//! Cookies: the session's, and the one that forms before sign-in are tied to.

use super::site::Site;
use actix_web::HttpRequest;
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::header::COOKIE;
use roster_domain::time::Timestamp;
use roster_domain::token::Token;

/// The session's cookie.
pub(super) const SESSION: &str = "roster_session";

/// The value of a request's cookie; of several with one name the first counts. Cookies of others may hold any bytes, so they are
/// not looked at.
pub(super) fn value(request: &HttpRequest, name: &str) -> Option<String> {
    request
        .headers()
        .get_all(COOKIE)
        .flat_map(|header| header.as_bytes().split(|byte| *byte == b';'))
        .filter_map(|pair| std::str::from_utf8(pair).ok())
        .find(|pair| {
            pair.split_once('=')
                .is_some_and(|(found, _)| found.trim() == name)
        })
        .and_then(|pair| Cookie::parse_encoded(pair).ok())
        .map(|cookie| cookie.value().to_owned())
}

/// A cookie that no script can read and that other sites' forms do not carry.
fn cookie(site: &Site, name: &'static str, value: String) -> Cookie<'static> {
    Cookie::build(name, value)
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(site.is_secure())
        .finish()
}

/// The cookie of a session that ends at a time in any case.
pub(super) fn session(
    site: &Site,
    token: &Token,
    now: Timestamp,
    end: Timestamp,
) -> Cookie<'static> {
    let mut cookie = cookie(site, SESSION, token.expose().to_owned());
    let seconds = i64::try_from(now.seconds_until(end)).unwrap_or(i64::MAX);
    cookie.set_max_age(Duration::seconds(seconds));
    cookie
}

/// Takes the session's cookie away.
pub(super) fn no_session(site: &Site) -> Cookie<'static> {
    let mut cookie = cookie(site, SESSION, String::new());
    cookie.set_max_age(Duration::ZERO);
    cookie
}

/// A cookie that lives as long as the browser does.
pub(super) fn of_browser(site: &Site, name: &'static str, value: String) -> Cookie<'static> {
    cookie(site, name, value)
}
