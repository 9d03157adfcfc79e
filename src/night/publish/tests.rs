//! Which lakes are published to, and what their rows show of a fingerprint.

use std::path::Path;

use super::*;

fn pipeline(account: &str, exports: &str) -> Pipeline {
    let text = include_str!("../../../pipelines/zheliban.toml").split("[[export]]").next().unwrap();
    let text = format!("{}\n{exports}", text.replace("your-hospital", account));
    Pipeline::parse(Path::new("pipelines/x.toml"), &text).unwrap()
}

#[test]
fn each_lake_is_published_to_once_for_all_accounts_that_name_it() {
    let lake = |url: &str, hours: u32| format!("[[export]]\nkind = \"lake\"\nurl = \"{url}\"\nkeep_hours = {hours}\n");
    let a = pipeline("a", &lake("s3://lake/x", 5));
    let b = pipeline("b", &format!("{}{}", lake("file:///srv/lake", 1), lake("s3://lake/x/", 9)));
    let c = pipeline("c", &lake("s3://lake/x", 2));
    let target = |url: &str, accounts: &[&str], keep_hours| LakeTarget {
        url: LakeUrl::parse(url).unwrap(),
        accounts: accounts.iter().map(|account| (*account).to_owned()).collect(),
        keep_hours,
    };
    let expected = [target("s3://lake/x", &["a", "b", "c"], 9), target("file:///srv/lake", &["b"], 1)];
    assert_eq!(lakes([&a, &b, &c, &pipeline("d", "")]), expected);
    assert_eq!(lakes([]), []);
}

#[test]
fn the_fingerprint_is_keyed_and_every_other_cell_stays() {
    let key = ContentKey::derive(&[7; 32]);
    let mut rows = Rows::of(3);
    for cell in [Cell::Text("a"), Cell::Text("00ff"), Cell::Integer(1), Cell::Empty, Cell::Text("no"), Cell::Empty] {
        rows.push(cell);
    }
    let keyed = with_keyed(&rows, 3, Some(1), &key);
    assert_eq!(keyed.len(), 2);
    assert_eq!(keyed.cell(0, 0).text(), Some("a"));
    assert_eq!(keyed.cell(0, 1).text(), key.content_id("00ff").as_deref());
    assert_eq!(keyed.cell(0, 2).integer(), Some(1));
    assert_eq!(keyed.cell(1, 1), Cell::Empty, "what is no fingerprint is nothing");
    assert_eq!(with_keyed(&rows, 3, None, &key).cell(0, 1).text(), Some("00ff"));
}
