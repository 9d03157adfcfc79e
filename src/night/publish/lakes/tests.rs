//! Which lakes are published to.

use std::path::Path;

use super::*;

fn pipeline(account: &str, exports: &str) -> Pipeline {
    let text = include_str!("../../../../pipelines/zheliban.toml").split("[[export]]").next().unwrap();
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
