//! Changing one's own attributes.

use super::account::failed;
use super::form::Form;
use super::view::see_other;
use crate::error::Result;
use crate::http::auth::Service;
use actix_web::HttpResponse;
use roster_domain::wire::account;

pub(super) async fn update(service: Service, form: Form) -> Result<HttpResponse> {
    let service = form.confirm(service)?;
    let command = form.read(&["name", "title", "job_title"], account::update_profile);
    match service.run(command).await {
        Ok(_) => Ok(see_other("/account?done=profile")),
        Err(error) => failed(&service, form, error).await,
    }
}
