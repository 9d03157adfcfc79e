//! The differences between a replay and the live history: counted by month, and named version by version, never by value.

use chrono::NaiveDate;

use crate::reservation::Field;
use crate::warehouse::erase::erase_versions;
use crate::warehouse::statement::{Row, Statement, sql};
use crate::warehouse::{Replay, WarehouseError};

const BEGIN_COMPARISON: Statement = sql!("replay/begin_comparison", COMPARE);
const SELECT_ONCE_REFUSED_VERSIONS: Statement = sql!("replay/select_once_refused_versions", COMPARE);
const SELECT_ONCE_IGNORED: Statement = sql!("replay/select_once_ignored", COMPARE);
const KEEP_IGNORED: Statement = sql!("replay/keep_ignored", COMPARE);
const FORGET_ERASED_REJECTIONS: Statement = sql!("replay/forget_erased_rejections", COMPARE);
const INSERT_REPLAY: Statement = sql!("replay/insert_replay", COMPARE);
const INSERT_DIFFERING_VERSIONS: Statement = sql!("replay/insert_differing_versions", COMPARE);
const ANALYZE_DIFFERING_VERSIONS: Statement = sql!("replay/analyze_differing_versions", COMPARE);
const SELECT_DIFFERING_MONTHS: Statement = sql!("replay/select_differing_months", COMPARE);
const SELECT_DIFFERING_VERSIONS: Statement = sql!("replay/select_differing_versions", COMPARE);
const COUNT_REFUSALS_THAT_DIFFER: Statement = sql!("replay/count_refusals_that_differ", COMPARE);
const SELECT_DIFFERING_RULES: Statement = sql!("replay/select_differing_rules", COMPARE);

const COMPARE: &str = "compare the histories";

/// Versions that are named one by one.
const VERSIONS_SHOWN: i64 = 50;

/// How a replayed history differs from the live one.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct ReplayDifference {
    /// Months of check dates with versions that differ.
    pub months: Vec<MonthDifference>,
    /// The first of these versions.
    pub differing_versions: Vec<VersionDifference>,
    /// Records (each content once) that were refused when they came, and are accepted by today's contract.
    pub newly_accepted: i64,
    /// Records (each content once) that were accepted when they came, and are refused by today's contract.
    pub newly_refused: i64,
    /// Deliveries in which other records are refused than were.
    pub deliveries_refused_otherwise: i64,
    /// Rules of the contract that are broken more or less often than they were.
    pub rules: Vec<RuleDifference>,
}

/// Versions of one month that differ.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct MonthDifference {
    /// First day of the month.
    pub check_month: NaiveDate,
    pub live_only: i64,
    pub replay_only: i64,
    pub different: i64,
}

/// A version that differs.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct VersionDifference {
    pub serial_number: String,
    pub version: i32,
    /// `live_only`, `replay_only` or `different`.
    pub kind: String,
    /// Names of the columns that differ, where both histories have it.
    pub columns: Vec<String>,
}

/// A rule that records break more or less often.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct RuleDifference {
    /// The platform's spelling; empty: the record as a whole.
    pub field: String,
    pub rule: String,
    pub is_rejecting: bool,
    pub live: i64,
    pub replay: i64,
}

/// A complete shadow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplayRecord {
    pub replay_id: i64,
    pub versions: i64,
}

impl ReplayDifference {
    /// The same versions, and the same records refused.
    pub fn is_nothing(&self) -> bool {
        self.months.is_empty() && self.deliveries_refused_otherwise == 0
    }

    /// Versions that differ, in all months.
    pub fn count(&self) -> i64 {
        self.months.iter().map(|month| month.live_only + month.replay_only + month.different).sum()
    }
}

impl Replay<'_> {
    /// Ends the shadow: what erasures keep out of it goes, and the ledger knows of it. `None`: nothing was replayed.
    pub async fn complete(&mut self) -> Result<Option<ReplayRecord>, WarehouseError> {
        self.repeat_erasures(i64::MAX).await?;
        let on = self.load.on()?;
        let account = &self.load.account;
        BEGIN_COMPARISON.run_all(on).await?;
        let ignored = SELECT_ONCE_IGNORED.rows(on, &[account]).await?;
        let ignored: Vec<String> = ignored.iter().map(|row| row.get("name")).collect::<Result<_, _>>()?;
        let nameless = content_names(&ignored, |field| !field.names_person());
        let may_name_somebody = content_names(&ignored, Field::names_person);
        let all = content_names(&ignored, |_| true);
        let once_refused = SELECT_ONCE_REFUSED_VERSIONS.rows(on, &[account, &nameless, &all]).await?;
        erase_versions(&self.load.own_tables()?, account, &once_refused).await?;
        if !may_name_somebody.is_empty() {
            KEEP_IGNORED.run(on, &[account, &may_name_somebody, &all, &ignored]).await?;
        }
        FORGET_ERASED_REJECTIONS.run(on, &[account]).await?;
        let row = INSERT_REPLAY.row_if_any(on, &[account, &env!("CARGO_PKG_VERSION")]).await?;
        row.map(|row| Ok(ReplayRecord { replay_id: row.get("replay_id")?, versions: row.get("versions")? })).transpose()
    }

    /// Compares the shadow with the live history.
    pub async fn compare(&mut self) -> Result<ReplayDifference, WarehouseError> {
        let on = self.load.on()?;
        let account = &self.load.account;
        INSERT_DIFFERING_VERSIONS.run(on, &[account]).await?;
        ANALYZE_DIFFERING_VERSIONS.run(on, &[]).await?;
        let months = SELECT_DIFFERING_MONTHS.rows(on, &[]).await?;
        let versions = SELECT_DIFFERING_VERSIONS.rows(on, &[&VERSIONS_SHOWN]).await?;
        let refusals = COUNT_REFUSALS_THAT_DIFFER.row(on, &[account]).await?;
        let rules = SELECT_DIFFERING_RULES.rows(on, &[account]).await?;
        Ok(ReplayDifference {
            months: months.iter().map(MonthDifference::read).collect::<Result<_, _>>()?,
            differing_versions: versions.iter().map(VersionDifference::read).collect::<Result<_, _>>()?,
            newly_accepted: refusals.get("newly_accepted")?,
            newly_refused: refusals.get("newly_refused")?,
            deliveries_refused_otherwise: refusals.get("deliveries")?,
            rules: rules.iter().map(RuleDifference::read).collect::<Result<_, _>>()?,
        })
    }
}

/// What these members are in `replay.content`: of the fields, those that are meant, and all that are unknown.
fn content_names(members: &[String], is_meant: impl Fn(Field) -> bool) -> Vec<String> {
    let content_name = |member: &String| match Field::from_name(member) {
        Some(field) => is_meant(field).then(|| field.column_name().to_owned()),
        None => Some(format!("extra {member}")),
    };
    members.iter().filter_map(content_name).collect()
}

impl MonthDifference {
    fn read(row: &Row) -> Result<MonthDifference, WarehouseError> {
        Ok(MonthDifference {
            check_month: row.get("check_month")?,
            live_only: row.get("live_only")?,
            replay_only: row.get("replay_only")?,
            different: row.get("different")?,
        })
    }
}

impl VersionDifference {
    fn read(row: &Row) -> Result<VersionDifference, WarehouseError> {
        Ok(VersionDifference {
            serial_number: row.get("serial_number")?,
            version: row.get("version")?,
            kind: row.get("kind")?,
            columns: row.get("columns")?,
        })
    }
}

impl RuleDifference {
    fn read(row: &Row) -> Result<RuleDifference, WarehouseError> {
        Ok(RuleDifference {
            field: row.get("field")?,
            rule: row.get("rule")?,
            is_rejecting: row.get("is_rejecting")?,
            live: row.get("live")?,
            replay: row.get("replayed")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_named_as_contents_are_and_those_that_name_a_person_told_apart() {
        let members = ["updateTime", "hospitalName", "mobile"].map(str::to_owned);
        assert_eq!(content_names(&members, |_| true), ["extra updateTime", "hospital_name", "mobile"]);
        assert_eq!(content_names(&members, |field| !field.names_person()), ["extra updateTime", "hospital_name"]);
        assert_eq!(content_names(&members, Field::names_person), ["extra updateTime", "mobile"]);
    }

    #[test]
    fn every_field_that_names_a_person_stays_as_the_live_history_has_it() {
        for column in Field::ALL.into_iter().filter(|field| field.names_person()).map(Field::column_name) {
            let kept = format!("    {column} = case when '{column}' = any($2::text[]) then known.{column} else");
            assert!(KEEP_IGNORED.text.contains(&kept), "{column}");
        }
    }
}
