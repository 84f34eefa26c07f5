//! Changing one's own password.

use super::account::failed;
use super::form::Form;
use super::view::see_other;
use crate::error::Result;
use crate::http::auth::Service;
use crate::service::{self, PasswordChange};
use actix_web::HttpResponse;
use roster_domain::password::GetPasswordHash;
use roster_domain::wire::account;

pub(super) async fn change(service: Service, form: Form) -> Result<HttpResponse> {
    let service = form.confirm(service)?;
    let typed = form.read(&["current_password", "password"], account::change_password);
    let change = typed.map(|(current, password)| PasswordChange { current, password });
    let caller = service.caller::<GetPasswordHash>();
    match service::change_password(&service.state, &caller, change).await {
        Ok(()) => Ok(see_other("/account?done=password")),
        Err(error) => failed(&service, form, error).await,
    }
}
