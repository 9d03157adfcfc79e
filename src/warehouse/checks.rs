//! The promises of the warehouse as queries: each file of `sql/checks/` must return no row.

use crate::warehouse::statement::{Statement, begin_snapshot};
use crate::warehouse::{Warehouse, WarehouseError};

const AUDIT: &str = "audit the warehouse";

/// A check by its file name, and the statement that counts its rows.
macro_rules! check {
    ($name:literal) => {
        (
            $name,
            Statement {
                text: concat!(
                    "select count(*) as violations from (",
                    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/sql/checks/", $name, ".sql")),
                    ") as found"
                ),
                purpose: AUDIT,
            },
        )
    };
}

/// Every check, in the order in which they are run. A test holds this list against the folder.
const CHECKS: [(&str, Statement); 18] = [
    check!("versions_count_from_one_without_gaps"),
    check!("versions_follow_each_other"),
    check!("reservations_have_one_current_version"),
    check!("consecutive_versions_differ"),
    check!("versions_come_from_a_delivery"),
    check!("deliveries_opened_what_they_say"),
    check!("batches_add_up_to_their_delivery"),
    check!("refused_reservations_are_not_acknowledged"),
    check!("cancelled_versions_say_so"),
    check!("changed_months_are_marked"),
    check!("daily_volumes_are_those_of_the_history"),
    check!("rejected_records_have_a_reason"),
    check!("handoffs_follow_each_other"),
    check!("handoffs_hold_what_the_versions_give"),
    check!("handoffs_hold_their_entries"),
    check!("handed_over_amounts_are_the_active_fees"),
    check!("closed_months_follow_each_other"),
    check!("arrivals_are_of_reservations_and_owed_once"),
];

/// The finding of one check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckResult {
    /// The check's file name: what must be true.
    pub name: &'static str,
    /// Rows that contradict it.
    pub violations: u64,
}

impl Warehouse {
    /// Runs every check, in one read-only transaction, so that all of them see the same state.
    pub async fn audit(&self) -> Result<Vec<CheckResult>, WarehouseError> {
        let mut client = self.client().await?;
        let snapshot = begin_snapshot(&mut client, AUDIT).await?;
        let mut results = Vec::with_capacity(CHECKS.len());
        for (name, check) in CHECKS {
            results.push(CheckResult { name, violations: check.row(&snapshot, &[]).await?.count("violations")? });
        }
        Ok(results)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_check_of_the_folder_is_run() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/sql/checks");
        let mut names: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap().replace(".sql", ""))
            .collect();
        names.sort();
        let mut run = CHECKS.map(|(name, _)| name);
        run.sort_unstable();
        assert_eq!(names, run);
    }
}
