//! A text in a cell of a CSV file for people: never a formula, never another number, and the text itself again.

use tijian::files::cells::{guarded, unguarded};

pub fn check(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let cell = guarded(&text);
    assert_eq!(unguarded(&cell), text, "behind the guard is the text, and nothing else");
    assert!(cell.ends_with(&*text) && cell.chars().count() <= text.chars().count() + 1, "a guard is one character");
    assert!(!is_formula(&cell), "{cell:?}");
    // A cell that somebody typed is read somehow, and as itself where there is no guard.
    assert!(text.ends_with(unguarded(&text)));

    let is_code = text.len() > 1 && text.bytes().all(|byte| byte.is_ascii_digit());
    assert!(!is_code || cell.starts_with('\t'), "{cell:?} would lose its zeros");
}

/// What a spreadsheet may take for a formula, by the word of those who have been had (OWASP, "CSV injection"), and with
/// what an import may drop or fold: blanks, invisible characters, wide and small forms.
fn is_formula(cell: &str) -> bool {
    let text = match cell.strip_prefix('\t') {
        // The guard of numbers, which is only in front of such.
        Some(number) if number.starts_with(|first: char| !first.is_control()) => number,
        _ if cell.starts_with(char::is_control) => return true,
        _ => cell,
    };
    let is_dropped = |character: &char| {
        character.is_whitespace()
            || character.is_control()
            || matches!(
                character,
                '\u{AD}' | '\u{61C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
                    | '\u{2060}'..='\u{206F}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}'
            )
    };
    let visible = text.chars().find(|character| !is_dropped(character));
    visible.is_some_and(|first| "=+-@＝＋－＠﹦﹢﹣﹫".contains(first))
}
