//! The runbook's list of codes, made out of the texts: whoever has a code finds its line, and no line is of a code that is gone.

use std::collections::BTreeMap;

use super::source::{read, sources};
use super::wording::texts;

/// Where the list begins, in each language.
const PAGES: [(&str, &str, &str); 2] =
    [("en", "docs/runbook.md", "\n## Every code\n"), ("zh", "docs/runbook.zh-CN.md", "\n## 全部错误代码\n")];

/// Of codes that many sentences share.
const SHARED: [(&str, &str, &str); 9] = [
    (
        "TJ-1023",
        "an operation on a file or a program failed; the message says which",
        "对文件或程序的操作失败，见错误正文",
    ),
    ("TJ-1201", "a definition file has a problem, at ‹file:line: key›", "定义文件有误，位置为 ‹file:line: key›"),
    ("TJ-3001", "an operation on the landing folder failed", "对落地目录的操作失败"),
    (
        "TJ-4009",
        "PostgreSQL refused or interrupted a statement; the message says what could not be done",
        "PostgreSQL 拒绝或中断了一条语句，见错误正文",
    ),
    (
        "TJ-4011",
        "the server, or the connection to it, may lose committed data",
        "数据库服务器或中间的连接池不能可靠保存数据",
    ),
    ("TJ-4012", "this tijian cannot use the schema", "此版本的 tijian 不能使用该表结构"),
    ("TJ-5001", "an operation on a file of an export failed", "对导出文件的操作失败"),
    ("TJ-5101", "an operation on an object of the lake failed", "对数据湖中对象的操作失败"),
    ("TJ-7001", "an operation on the private server's folder failed", "对私有服务器目录的操作失败"),
];

const HEADS: [(&str, &str, &str); 2] = [
    (
        "en",
        "The code follows `error` or `because` and is the same in both languages. What to do is on the next line in the terminal, and on the \
         page of the exit status above. ‹Names› are placeholders.",
        "| code | what it says |",
    ),
    (
        "zh",
        "代码写在“错误”或“原因”之后，中英文相同。处理办法见终端上错误下面的一行，以及上文该退出码的一节。‹名称› 处是具体内容。",
        "| 代码 | 含义 |",
    ),
];

fn is_code(name: &str) -> bool {
    name.len() == 7 && name.starts_with("TJ-") && name[3..].chars().all(|sign| sign.is_ascii_digit())
}

#[test]
fn the_runbook_lists_every_code_and_no_other() {
    let mut in_code: Vec<String> = sources()
        .iter()
        .flat_map(|source| {
            source.strings().map(|(_, literal)| literal.trim_matches('"').to_owned()).collect::<Vec<_>>()
        })
        .filter(|literal| is_code(literal))
        .collect();
    in_code.sort();
    in_code.dedup();
    assert!(in_code.len() > 150, "{in_code:?}");
    for ((language, page, heading), (_, head, columns)) in PAGES.into_iter().zip(HEADS) {
        let texts = texts(language, &mut Vec::new());
        let mut rows: BTreeMap<String, String> =
            texts.into_iter().filter(|(name, _)| is_code(name)).map(|(name, text)| (name, text.shown)).collect();
        for (code, english, chinese) in SHARED {
            rows.insert(code.to_owned(), if language == "en" { english } else { chinese }.to_owned());
        }
        assert_eq!(rows.keys().collect::<Vec<_>>(), in_code.iter().collect::<Vec<_>>(), "codes and texts/{language}");
        let row = |(code, text): (&String, &String)| {
            format!("| {code} | {} |\n", text.replace('|', "\\|").replace('\n', " "))
        };
        let list = format!("{heading}\n{head}\n\n{columns}\n|---|---|\n{}", rows.iter().map(row).collect::<String>());
        let text = read(page);
        let (before, _) = text.split_once(heading).unwrap_or((&text, ""));
        let wanted = format!("{before}{list}");
        if std::env::var_os("UPDATE_PAGES").is_some() {
            std::fs::write(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(page), &wanted).unwrap();
        }
        assert!(read(page) == wanted, "{page} is old: UPDATE_PAGES=1 cargo test --locked --test it codes");
    }
}
