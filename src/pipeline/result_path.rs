//! Where the reservations are in an order's answer.

use std::fmt;

/// Names of members, from the envelope inwards: at least one. As a text, separated by points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResultPath(Vec<String>);

impl ResultPath {
    /// Most names: wrappers of wrappers have three.
    pub const NAMES_MAX: usize = 8;

    /// `None`: it has no name, too many, or one without a visible letter.
    pub fn parse(text: &str) -> Option<ResultPath> {
        let names: Vec<String> = text.split('.').map(str::to_owned).collect();
        let is_path = names.len() <= ResultPath::NAMES_MAX && names.iter().all(|name| !name.trim().is_empty());
        is_path.then_some(ResultPath(names))
    }

    pub fn names(&self) -> &[String] {
        &self.0
    }
}

/// `result`, as in the interface document.
impl Default for ResultPath {
    fn default() -> ResultPath {
        ResultPath(vec!["result".to_owned()])
    }
}

impl fmt::Display for ResultPath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0.join("."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_names_with_points_between_them() {
        assert_eq!(ResultPath::default().names(), ["result"]);
        for (text, names) in [("result", &["result"][..]), ("data", &["data"]), ("a.b c.数据", &["a", "b c", "数据"])]
        {
            let path = ResultPath::parse(text).unwrap();
            assert_eq!(
                (path.names(), path.to_string().as_str()),
                (&names.iter().map(ToString::to_string).collect::<Vec<_>>()[..], text)
            );
        }
        for text in ["", ".", "result.", ".result", "a..b", " ", "a. .b"] {
            assert_eq!(ResultPath::parse(text), None, "{text}");
        }
        assert!(ResultPath::parse(&["a"; 8].join(".")).is_some());
        assert!(ResultPath::parse(&["a"; 9].join(".")).is_none());
    }
}
