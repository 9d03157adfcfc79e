//! The files of `texts/`, one bundle for each language, read when the first text is asked for.

use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use unic_langid::langid;

use crate::wording::{Argument, Language};

/// One file's texts in both languages.
macro_rules! files {
    ($($file:literal),+ $(,)?) => {
        [$((
            include_str!(concat!("../../texts/en/", $file, ".ftl")),
            include_str!(concat!("../../texts/zh/", $file, ".ftl")),
        )),+]
    };
}

const FILES: [(&str, &str); 23] = files![
    "certificates",
    "cli",
    "demo",
    "doctor",
    "failure",
    "files",
    "finance",
    "help",
    "lake",
    "landing",
    "local_postgres",
    "operations",
    "pipeline",
    "platform",
    "remedies",
    "seal",
    "settings",
    "simulator",
    "spreadsheet",
    "upkeep",
    "usage",
    "validate",
    "warehouse",
];

type Bundle = FluentBundle<FluentResource>;

static ENGLISH: LazyLock<Bundle> = LazyLock::new(|| bundle(Language::English));
static CHINESE: LazyLock<Bundle> = LazyLock::new(|| bundle(Language::Chinese));

fn bundle(language: Language) -> Bundle {
    let locale = match language {
        Language::English => langid!("en"),
        Language::Chinese => langid!("zh"),
    };
    let mut bundle = FluentBundle::new_concurrent(vec![locale]);
    // The marks that keep two directions of writing apart would stand between a path and its reader's copy of it.
    bundle.set_use_isolating(false);
    for (english, chinese) in FILES {
        let source = match language {
            Language::English => english,
            Language::Chinese => chinese,
        };
        // What is wrong with a file, or twice in two of them, is seen by a test; whatever else it says can be shown.
        let resource = FluentResource::try_new(source.to_owned()).unwrap_or_else(|(resource, _)| resource);
        bundle.add_resource_overriding(resource);
    }
    bundle
}

fn texts_in(language: Language) -> &'static Bundle {
    match language {
        Language::English => &ENGLISH,
        Language::Chinese => &CHINESE,
    }
}

pub(super) fn is_there(language: Language, name: &str) -> bool {
    texts_in(language).has_message(name)
}

/// A text with its gaps filled. A name without a text is shown itself, and a gap without an argument as the argument's name: a
/// test reports such mistakes, and an operator still reads something.
pub(super) fn text(language: Language, name: &str, arguments: &[(&'static str, Argument)]) -> String {
    let bundle = texts_in(language);
    debug_assert!(bundle.has_message(name), "{name} has no text");
    let Some(pattern) = bundle.get_message(name).and_then(|message| message.value()) else {
        return name.to_owned();
    };
    let arguments: FluentArgs = arguments.iter().map(|(name, value)| (*name, value.value(language))).collect();
    let mut mistakes = Vec::new();
    let text = bundle.format_pattern(pattern, Some(&arguments), &mut mistakes).into_owned();
    debug_assert!(mistakes.is_empty(), "{name}: {mistakes:?}");
    text
}
