//! Rule of the add-on items: their codes and their names come as two comma-separated lists in the same order.

use super::findings::Findings;
use super::record::{Fields, Scalar};
use crate::reservation::{Field, Rule};

/// Rule `add_on_pairs`. Lists that are not text are reported elsewhere.
pub(super) fn check(fields: &Fields<'_>, findings: &mut Findings<'_>) {
    let (Some(codes), Some(names)) =
        (count_items(fields.get(Field::AddCombinationId)), count_items(fields.get(Field::AddCombinationName)))
    else {
        return;
    };
    if codes != names {
        let explanation = format!("lists {codes} codes, but addCombinationName lists {names} names");
        findings.report(Some(Field::AddCombinationId), Rule::AddOnPairs, explanation);
    }
}

/// Items of a list; an absent or empty list has none. `None` for what is no text.
fn count_items(list: &Scalar<'_>) -> Option<usize> {
    let list = match list {
        Scalar::Null => "",
        scalar => scalar.as_text()?,
    };
    if list.is_empty() {
        return Some(0);
    }
    let separators = list.as_bytes().iter().filter(|byte| **byte == b',').count();
    Some(1 + separators + list.matches('，').count())
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{contract, problems, record_with_all};
    use serde_json::{Value, json};

    fn broken(codes: Value, names: Value) -> bool {
        let record = record_with_all(&[("addCombinationId", codes), ("addCombinationName", names)]);
        problems(&record, &contract()).iter().any(|problem| problem.1 == "add_on_pairs")
    }

    #[test]
    fn codes_and_names_pair_up() {
        assert!(!broken(json!("RM1,RM2"), json!("血常规，尿常规")));
        assert!(!broken(json!(101), json!("血常规")));
        assert!(!broken(json!(""), json!(null)));
        assert!(broken(json!("RM1,RM2"), json!("血常规")));
        assert!(broken(json!("RM1"), json!("")));
        assert!(broken(json!(null), json!("血常规")));
    }

    #[test]
    fn a_list_that_is_no_text_is_not_counted() {
        assert!(!broken(json!(["RM1"]), json!("血常规,尿常规")));
    }
}
