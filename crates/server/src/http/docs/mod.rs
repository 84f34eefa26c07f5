//! `/docs`: the OpenAPI document as a page from which requests can be tried. Swagger UI is built in, so nothing is loaded from elsewhere.

use super::openapi;
use super::pages::assets;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, web};
use std::borrow::Cow;
use std::sync::{Arc, LazyLock};
use utoipa_swagger_ui::Config;

const STYLE: &str = "swagger-ui.css";
const SCRIPT: &str = "swagger-ui-bundle.js";
const START: &str = "start.js";

/// Scripts are the server's own files, never inline. Pictures in Swagger UI's style sheet are `data:` URLs.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// A file that the page loads.
struct File {
    content_type: String,
    is_gzipped: bool,
    bytes: Bytes,
    version: String,
}

impl File {
    fn new(content_type: String, is_gzipped: bool, bytes: Cow<'static, [u8]>) -> Self {
        let bytes = match bytes {
            Cow::Borrowed(bytes) => Bytes::from_static(bytes),
            Cow::Owned(bytes) => Bytes::from(bytes),
        };
        Self {
            version: assets::version(&bytes),
            content_type,
            is_gzipped,
            bytes,
        }
    }

    /// A file of Swagger UI; packed, if the crate holds it so, which every browser unpacks.
    fn of_swagger_ui(name: &str) -> Option<Self> {
        let file = utoipa_swagger_ui::serve(name, Arc::new(Config::default()));
        let file = file.ok().flatten()?;
        Some(Self::new(file.content_type, file.gzpipped, file.bytes))
    }
}

/// The files by name.
static FILES: LazyLock<Vec<(&str, File)>> = LazyLock::new(|| {
    let script = include_str!("start.js").replace("{url}", openapi::PATH);
    let start = File::new(
        "text/javascript".to_owned(),
        false,
        script.into_bytes().into(),
    );
    let vendored = [STYLE, SCRIPT].into_iter();
    let vendored = vendored.filter_map(|name| Some((name, File::of_swagger_ui(name)?)));
    vendored.chain([(START, start)]).collect()
});

static PAGE: LazyLock<String> = LazyLock::new(|| {
    let url = |name: &str| {
        let file = FILES.iter().find(|(found, _)| *found == name);
        let version = file.map_or("", |(_, file)| file.version.as_str());
        format!("/docs/{name}?v={version}")
    };
    include_str!("page.html")
        .replace("{icon}", &assets::icon_url())
        .replace("{style}", &url(STYLE))
        .replace("{script}", &url(SCRIPT))
        .replace("{start}", &url(START))
        .replace("{url}", openapi::PATH)
});

/// Registers the page and its files.
pub(super) fn configure(config: &mut web::ServiceConfig) {
    let page = || async {
        HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
            .insert_header((CONTENT_SECURITY_POLICY, POLICY))
            .body(PAGE.as_str())
    };
    let page = web::resource("/docs")
        .route(web::head().to(page))
        .route(web::get().to(page));
    config.service(page);
    for name in [STYLE, SCRIPT, START] {
        let answer = move |request: HttpRequest| async move { answer(name, &request) };
        let resource = web::resource(format!("/docs/{name}"))
            .route(web::head().to(answer))
            .route(web::get().to(answer));
        config.service(resource);
    }
}

fn answer(name: &str, request: &HttpRequest) -> HttpResponse {
    let Some((_, file)) = FILES.iter().find(|(found, _)| *found == name) else {
        return HttpResponse::NotFound().finish();
    };
    let mut answer = HttpResponse::Ok();
    answer
        .insert_header((CONTENT_TYPE, file.content_type.as_str()))
        .insert_header((CACHE_CONTROL, assets::caching(request, &file.version)));
    if file.is_gzipped {
        answer.insert_header((CONTENT_ENCODING, "gzip"));
    }
    answer.body(file.bytes.clone())
}
