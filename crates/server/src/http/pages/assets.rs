//! What pages are made of besides HTML: the style sheet and the icon. Both are built in.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::{HttpRequest, HttpResponse, web};
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::sync::LazyLock;

/// The style sheet, in the order in which its rules count.
const STYLE_TEXT: &str = concat!(
    include_str!("style/ground.css"),
    include_str!("style/forms.css"),
    include_str!("style/lists.css"),
);

const ICON_TEXT: &str = include_str!("icon.svg");

/// A file of the server's own.
struct Asset {
    path: &'static str,
    content_type: &'static str,
    text: &'static str,
    /// The first bytes of its hash.
    version: LazyLock<String>,
}

static STYLE: Asset = Asset {
    path: "/assets/style.css",
    content_type: "text/css; charset=utf-8",
    text: STYLE_TEXT,
    version: LazyLock::new(|| version(STYLE_TEXT.as_bytes())),
};

static ICON: Asset = Asset {
    path: "/assets/icon.svg",
    content_type: "image/svg+xml; charset=utf-8",
    text: ICON_TEXT,
    version: LazyLock::new(|| version(ICON_TEXT.as_bytes())),
};

/// Registers them.
pub(in crate::http) fn configure(config: &mut web::ServiceConfig) {
    for asset in [&STYLE, &ICON] {
        let answer = move |request: HttpRequest| async move { answer(asset, &request) };
        let resource = web::resource(asset.path)
            .route(web::head().to(answer))
            .route(web::get().to(answer));
        config.service(resource);
    }
}

/// Where the style sheet is.
pub(super) fn style_url() -> String {
    url(&STYLE)
}

/// Where the icon is.
pub(in crate::http) fn icon_url() -> String {
    url(&ICON)
}

fn url(asset: &Asset) -> String {
    format!("{}?v={}", asset.path, *asset.version)
}

/// What tells a file from others of its name.
pub(in crate::http) fn version(file: &[u8]) -> String {
    const BYTES: usize = 8;
    let hash = Sha256::digest(file);
    hash.iter()
        .take(BYTES)
        .fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
}

/// While a release is rolled out, a page of one version may ask a server of the other: then nothing is kept.
pub(in crate::http) fn caching(request: &HttpRequest, version: &str) -> &'static str {
    match request.query_string().strip_prefix("v=") == Some(version) {
        true => "public, max-age=31536000, immutable",
        false => "no-cache",
    }
}

fn answer(asset: &Asset, request: &HttpRequest) -> HttpResponse {
    let caching = caching(request, &asset.version);
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, asset.content_type))
        .insert_header((CACHE_CONTROL, caching))
        .body(asset.text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    /// The colours of a block of the style sheet by name.
    fn colours(block: &str) -> BTreeMap<&str, [f64; 3]> {
        let declarations = block
            .split(';')
            .filter_map(|line| line.trim().split_once(": #"));
        declarations
            .map(|(name, hex)| {
                let channel =
                    |at: usize| f64::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap());
                (name.trim_start_matches("--"), [0, 2, 4].map(channel))
            })
            .collect()
    }

    /// WCAG 2.2, relative luminance.
    fn luminance(colour: [f64; 3]) -> f64 {
        let [red, green, blue] = colour.map(|channel| {
            let share = channel / 255.0;
            match share <= 0.04045 {
                true => share / 12.92,
                false => ((share + 0.055) / 1.055).powf(2.4),
            }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    #[test]
    fn colours_are_told_apart_in_both_schemes() {
        let (light, rest) = STYLE_TEXT
            .split_once("@media (prefers-color-scheme: dark)")
            .unwrap();
        let (_, light) = light.split_once("color-scheme: light dark;").unwrap();
        let dark = rest.split_once(":root {").unwrap().1;
        let dark = dark.split('}').next().unwrap();
        for (scheme, block) in [("light", light), ("dark", dark)] {
            let colours = colours(block);
            // What is read needs 4.5, the edge of a field 3.
            for (front, back, least) in [
                ("text", "ground", 4.5),
                ("text", "card", 4.5),
                ("text", "soft", 4.5),
                ("muted", "ground", 4.5),
                ("muted", "card", 4.5),
                ("accent", "ground", 4.5),
                ("accent", "card", 4.5),
                ("accent", "soft", 4.5),
                ("accent-strong", "card", 4.5),
                ("on-accent", "accent", 4.5),
                ("on-accent", "accent-strong", 4.5),
                ("danger", "card", 4.5),
                ("danger", "danger-soft", 4.5),
                ("good", "good-soft", 4.5),
                ("edge", "card", 3.0),
            ] {
                let [one, other] = [front, back].map(|name| luminance(colours[name]) + 0.05);
                let contrast = one.max(other) / one.min(other);
                assert!(
                    contrast >= least,
                    "{scheme}: {front} on {back} has {contrast:.2}"
                );
            }
        }
    }
}
