//! The page, put together from its parts.
//!
//! Nothing in here is escaped by a template engine because there is only one place where data goes: a JSON element, which
//! a `<` could leave. The script puts texts into the page as text, never as markup.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::ReportHeader;
use super::document::Document;
use crate::pipeline::Contract;
use crate::rows::ReportRows;

/// The chart library, unchanged. Where it is from: `vendor/README.md`.
pub(super) const CHARTS_LIBRARY: &str = include_str!("vendor/echarts.common.min.js");

/// Every text that the page shows and that is no data, in both languages.
pub(super) const TEXTS: &str = include_str!("texts.json");

/// Our script, in the order in which its parts need each other.
pub(super) const SCRIPT: &str = concat!(
    include_str!("figures.js"),
    include_str!("words.js"),
    include_str!("charts.js"),
    include_str!("tables.js"),
    include_str!("page.js")
);

const STYLE: &str = include_str!("report.css");

pub(super) fn html(header: &ReportHeader, rows: &ReportRows) -> String {
    let document = Document::new(header, rows, &Contract::shipped());
    // A map with text keys, lists and numbers: there is nothing in it that JSON cannot say.
    let data = serde_json::to_string(&document).expect("the document is JSON");
    format!(
        include_str!("page.html"),
        policy = policy(),
        style = STYLE,
        texts = inert(TEXTS),
        data = inert(&data),
        library = CHARTS_LIBRARY,
        script = SCRIPT,
    )
}

/// No request to anywhere; these two scripts and no other. Style attributes are how the chart library sets its tooltip.
fn policy() -> String {
    let [library, script] = [CHARTS_LIBRARY, SCRIPT].map(|script| STANDARD.encode(Sha256::digest(script.as_bytes())));
    format!(
        "default-src 'none'; script-src 'sha256-{library}' 'sha256-{script}'; style-src 'unsafe-inline'; \
         img-src data:; base-uri 'none'; form-action 'none'"
    )
}

/// JSON that cannot end its element, nor begin a comment: `<` occurs in strings only, where it may be written so.
pub(super) fn inert(json: &str) -> String {
    json.replace('<', "\\u003c")
}
