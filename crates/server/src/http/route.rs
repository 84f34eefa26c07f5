//! Routes as a table: one list from which they are registered and which tests walk.

use actix_web::dev::Handler;
use actix_web::http::Method;
use actix_web::{FromRequest, Resource, Responder, web};

/// A route of a dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// The method; HEAD is answered wherever GET is.
    pub method: &'static str,
    /// The path, without its spellings.
    pub pattern: &'static str,
    /// The action in the authorization table.
    pub action: &'static str,
}

/// Makes `ROUTES` and `configure` of a table: pattern, a guard, then methods with handler and action.
macro_rules! routes {
    ($($pattern:literal, $accepted:path { $($method:ident $handler:path => $action:ty),+ })+) => {
        /// All routes of this dialect.
        pub const ROUTES: &[crate::http::route::Route] = &[$($(crate::http::route::Route {
            method: stringify!($method),
            pattern: $pattern,
            action: <$action as roster_domain::permission::Action>::ROW.action,
        }),+),+];

        /// Registers them.
        pub(super) fn configure(config: &mut actix_web::web::ServiceConfig) {
            $(
                let resource = actix_web::web::resource($pattern)
                    .guard(actix_web::guard::fn_guard($accepted));
                $(let resource = crate::http::route::add(
                    resource,
                    actix_web::http::Method::$method,
                    $handler,
                );)+
                config.service(resource);
            )+
        }
    };
}
pub(super) use routes;

/// Adds a method to a resource.
pub(super) fn add<F, Args>(resource: Resource, method: Method, handler: F) -> Resource
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    let resource = if method == Method::GET {
        resource.route(web::head().to(handler.clone()))
    } else {
        resource
    };
    resource.route(web::method(method).to(handler))
}
