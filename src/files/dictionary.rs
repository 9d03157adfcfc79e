//! The data dictionary: one HTML page without a script, which says what each table, column and file is, in both languages.
//!
//! The same warehouse and contract make the same page.

use std::collections::BTreeMap;
use std::path::Path;

use super::report::write_page;
use super::{ExportError, ExportedFile, finance};
use crate::pipeline::{Contract, FieldContract};
use crate::reservation::Field;
use crate::rows::{DatabaseColumn, DictionaryRows, FileColumns, Kind};

/// The table that the platform's fields go to.
const HISTORY: (&str, &str) = ("warehouse", "reservation_versions");

/// Writes the page to `path`, replacing any file there. The folder must exist.
pub fn write_dictionary(path: &Path, rows: &DictionaryRows, contract: &Contract) -> Result<ExportedFile, ExportError> {
    write_page(path, &html(rows, contract), rows.columns.len() as u64)
}

fn html(rows: &DictionaryRows, contract: &Contract) -> String {
    let mut sections = vec![("fields", "平台字段 · Platform fields", fields(rows, contract))];
    sections.push(("codes", "代码 · Codes", codes(contract)));
    sections.push(("files", "文件 · Files", rows.files.iter().map(|columns| file(columns, contract)).collect()));
    let relations = rows.columns.chunk_by(|a, b| (&a.schema, &a.relation) == (&b.schema, &b.relation));
    let relations: Vec<_> = relations.collect();
    for schema in relations.chunk_by(|a, b| a[0].schema == b[0].schema) {
        let name = schema[0][0].schema.as_str();
        sections.push((name, name, schema.iter().map(|columns| relation(columns)).collect()));
    }
    let contents: String =
        sections.iter().map(|(id, title, _)| format!("<a href=\"#{}\">{}</a> ", text(id), text(title))).collect();
    let sections: String = sections
        .iter()
        .map(|(id, title, body)| format!("<h2 id=\"{}\">{}</h2>\n{body}", text(id), text(title)))
        .collect();
    format!(
        include_str!("dictionary.html"),
        version = env!("CARGO_PKG_VERSION"),
        contents = contents,
        sections = sections
    )
}

/// Each field of the interface: its rules, its column, and the views in which it goes by the same name.
fn fields(rows: &DictionaryRows, contract: &Contract) -> String {
    let mut places: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for column in rows.columns.iter().filter(|column| (column.schema.as_str(), column.relation.as_str()) != HISTORY) {
        if ["mart", "dashboard", "finance"].contains(&column.schema.as_str()) {
            places.entry(&column.name).or_default().push(format!("{}.{}", column.schema, column.relation));
        }
    }
    let line = |field: &FieldContract| {
        let column = field.field.column_name();
        let form = match (field.max_characters, &field.dictionary) {
            (_, Some(dictionary)) => format!("代码 · code: {}", dictionary.name),
            (Some(characters), None) => format!("≤ {characters} 字 · characters"),
            (None, None) => format!("{:?}", field.field.kind()).to_lowercase(),
        };
        let person = if field.field.names_person() { "能认出个人 · names a person" } else { "" };
        let seen = places.get(column).map(|places| places.join(", ")).unwrap_or_default();
        let required = if field.required { "必填 · required" } else { "" };
        let kept = format!("{}.{}.{column}", HISTORY.0, HISTORY.1);
        [field.field.name(), &field.label.zh, &field.label.en, required, &form, person, &kept, &seen].map(str::to_owned)
    };
    let heads = ["字段 · Field", "中文", "English", "", "", "", "列 · Column", "mart, dashboard, finance"];
    table(&heads, Field::ALL.into_iter().map(|field| line(contract.field(field)).to_vec()))
}

fn codes(contract: &Contract) -> String {
    let dictionaries: BTreeMap<_, _> = contract
        .fields
        .iter()
        .filter_map(|field| field.dictionary.as_ref())
        .map(|dictionary| (&dictionary.name, &dictionary.labels))
        .collect();
    let lines = dictionaries.iter().flat_map(|(name, labels)| {
        labels.iter().map(|(code, label)| vec![(*name).clone(), code.clone(), label.zh.clone(), label.en.clone()])
    });
    table(&["字典 · Dictionary", "代码 · Code", "中文", "English"], lines)
}

/// Parquet files, and those of finance with what clerks read above their columns.
fn file(file: &FileColumns, contract: &Contract) -> String {
    let headings = finance::headings(file.dataset, contract);
    let third = if headings.is_some() { "财务文件的标题 · Heading for clerks" } else { "" };
    let lines = file.columns.iter().enumerate().map(|(at, column)| {
        let [zh, en] = column.descriptions.clone();
        let required = if column.is_required { "非空 · never null" } else { "" };
        let heading = headings.as_ref().and_then(|headings| headings.get(at)).map_or(required, String::as_str);
        vec![column.name.clone(), kind(column.kind).to_owned(), heading.to_owned(), zh, en]
    });
    format!(
        "<h3><code>{}</code></h3>\n{}",
        text(file.dataset),
        table(&["列 · Column", "类型 · Type", third, "中文", "English"], lines)
    )
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "text",
        Kind::Boolean => "boolean",
        Kind::Integer => "int32",
        Kind::BigInteger => "int64",
        Kind::Date => "date",
        Kind::Time => "timestamp, UTC",
        Kind::Money { .. } => "decimal, 元",
    }
}

/// A table or view. There is at least one column.
fn relation(columns: &[DatabaseColumn]) -> String {
    let DatabaseColumn { schema, relation, is_view, grain: [zh, en], .. } = &columns[0];
    let kind = if *is_view { "view" } else { "table" };
    let lines = columns.iter().map(|column| {
        let [zh, en] = column.descriptions.clone();
        vec![column.name.clone(), column.column_type.clone(), zh, en]
    });
    format!(
        "<h3 id=\"{id}\"><code>{id}</code> <small>{kind}</small></h3>\n<p>{}<br>{}</p>\n{}",
        text(zh),
        text(en),
        table(&["列 · Column", "类型 · Type", "中文", "English"], lines),
        id = text(&format!("{schema}.{relation}")),
    )
}

/// The first cell of each line is a name.
fn table(heads: &[&str], lines: impl Iterator<Item = Vec<String>>) -> String {
    let heads: String = heads.iter().map(|head| format!("<th>{}</th>", text(head))).collect();
    let line = |cells: Vec<String>| {
        let cells = cells.iter().enumerate().map(|(place, cell)| match place {
            0 => format!("<td><code>{}</code></td>", text(cell)),
            _ => format!("<td>{}</td>", text(cell)),
        });
        format!("<tr>{}</tr>\n", cells.collect::<String>())
    };
    format!("<div><table>\n<tr>{heads}</tr>\n{}</table></div>\n", lines.map(line).collect::<String>())
}

/// Text in HTML, also within quotes.
fn text(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_hospital_writes_stays_text() {
        let mut contract = Contract::shipped();
        contract.fields[0].label.zh = "<script>alert(\"1\")</script>&".to_owned();
        let column = DatabaseColumn {
            schema: "mart".to_owned(),
            relation: "odd\"><b>".to_owned(),
            is_view: true,
            grain: ["一行 <i>".to_owned(), "a row".to_owned()],
            name: "check_date".to_owned(),
            column_type: "date".to_owned(),
            descriptions: ["体检日期".to_owned(), "a & b".to_owned()],
        };
        let page = html(&DictionaryRows { columns: vec![column], files: Vec::new() }, &contract);
        for markup in ["<script", "<b>", "<i>", "a & b"] {
            assert!(!page.contains(markup), "{markup}");
        }
        for shown in
            ["&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;", "mart.odd&quot;&gt;&lt;b&gt;", "a &amp; b"]
        {
            assert!(page.contains(shown), "{shown}");
        }
    }
}
