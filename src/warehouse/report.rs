//! Reads the report page's figures from the marts, all in one snapshot.

use chrono::{Months, NaiveDate};

use crate::rows::{DayCount, LEAD_DAYS, MonthCell, ReportAccount, ReportNight, ReportRows, RuleCount};
use crate::warehouse::mart::code_labels;
use crate::warehouse::statement::{Connection, Parameters, Row, Statement, begin_snapshot, sql};
use crate::warehouse::{Warehouse, WarehouseError};

const READ: &str = "read the report's figures";
const SELECT_ACCOUNTS: Statement = sql!("report/select_accounts", READ);
const SELECT_STATUSES: Statement = sql!("report/select_status_volumes", READ);
const SELECT_PEOPLE: Statement = sql!("report/select_people", READ);
const SELECT_ARRIVALS: Statement = sql!("report/select_arrivals", READ);
const SELECT_CELLS: Statement = sql!("report/select_cells", READ);
const SELECT_ADD_ON_CELLS: Statement = sql!("report/select_add_on_cells", READ);
const SELECT_MIN_CELL: Statement = sql!("report/select_min_cell", READ);
const SELECT_EVENTS: Statement = sql!("report/select_events", READ);
const SELECT_NIGHTS: Statement = sql!("report/select_nights", READ);
const SELECT_BROKEN_RULES: Statement = sql!("report/select_broken_rules", READ);

impl Warehouse {
    /// Those of these accounts (`None`: of all) that have a delivery.
    pub async fn report_accounts(&self, accounts: Option<&[String]>) -> Result<Vec<ReportAccount>, WarehouseError> {
        read(&SELECT_ACCOUNTS, &self.client().await?, &[&accounts], account).await
    }

    /// The figures of these accounts (`None`: of every one) from `first` to `last`, both included: check dates for
    /// reservations, the days on which they happened for events and deliveries.
    pub async fn report(
        &self,
        accounts: Option<&[String]>,
        first: NaiveDate,
        last: NaiveDate,
    ) -> Result<ReportRows, WarehouseError> {
        let mut client = self.client().await?;
        let transaction = begin_snapshot(&mut client, READ).await?;
        let on = &transaction;
        let period: Parameters<'_> = &[&accounts, &first, &last];
        let year_before = |day: NaiveDate| day.checked_sub_months(Months::new(12)).unwrap_or(day);
        let (first_before, last_before) = (year_before(first), year_before(last));
        let mut cells = read(&SELECT_CELLS, on, &[&accounts, &first, &last, &LEAD_DAYS.as_slice()], month_cell).await?;
        cells.extend(read(&SELECT_ADD_ON_CELLS, on, period, month_cell).await?);
        Ok(ReportRows {
            min_cell: SELECT_MIN_CELL.row(on, &[]).await?.get::<i32>("min_cell")?.into(),
            accounts: read(&SELECT_ACCOUNTS, on, &[&accounts], account).await?,
            statuses: read(&SELECT_STATUSES, on, period, day_count).await?,
            statuses_before: read(&SELECT_STATUSES, on, &[&accounts, &first_before, &last_before], day_count).await?,
            people: read(&SELECT_PEOPLE, on, period, day_count).await?,
            people_before: read(&SELECT_PEOPLE, on, &[&accounts, &first_before, &last_before], day_count).await?,
            events: read(&SELECT_EVENTS, on, period, day_count).await?,
            arrivals: read(&SELECT_ARRIVALS, on, period, day_count).await?,
            cells,
            nights: read(&SELECT_NIGHTS, on, period, night).await?,
            broken_rules: read(&SELECT_BROKEN_RULES, on, period, broken_rule).await?,
            labels: code_labels(on, accounts, READ).await?,
        })
    }
}

async fn read<T>(
    statement: &Statement,
    on: &impl Connection,
    parameters: Parameters<'_>,
    row: impl Fn(&Row) -> Result<T, WarehouseError>,
) -> Result<Vec<T>, WarehouseError> {
    statement.rows(on, parameters).await?.iter().map(row).collect()
}

fn account(row: &Row) -> Result<ReportAccount, WarehouseError> {
    let first: Option<NaiveDate> = row.get("first_check_date")?;
    Ok(ReportAccount {
        account: row.get("account")?,
        first_night: row.get("first_night")?,
        as_of: row.get("effective_at")?,
        check_dates: first.zip(row.get("last_check_date")?),
    })
}

fn day_count(row: &Row) -> Result<DayCount, WarehouseError> {
    Ok(DayCount {
        account: row.get("account")?,
        hospital_code: row.get("hospital_code")?,
        hospital_name: row.get("hospital_name")?,
        code: row.get("code")?,
        day: row.get("day")?,
        count: row.get("reservations")?,
        amount: row.get("amount")?,
    })
}

fn month_cell(row: &Row) -> Result<MonthCell, WarehouseError> {
    Ok(MonthCell {
        dimension: row.get("dimension")?,
        account: row.get("account")?,
        hospital_code: row.get("hospital_code")?,
        code: row.get("code")?,
        name: row.get("name")?,
        month: row.get("month")?,
        reservations: row.get("reservations")?,
        cancelled: row.get("cancelled")?,
        amount: row.get("amount")?,
        people: row.get("people")?,
        payers: row.get("payers")?,
        free: row.get("free")?,
        own_people: row.get("own_people")?,
        own_payers: row.get("own_payers")?,
        own_free: row.get("own_free")?,
    })
}

fn night(row: &Row) -> Result<ReportNight, WarehouseError> {
    Ok(ReportNight {
        account: row.get("account")?,
        delivery_id: row.get("delivery_id")?,
        day: row.get("day")?,
        received: row.get("received")?,
        accepted: row.get("accepted")?,
        rejected: row.get("rejected")?,
        unchanged: row.get("unchanged")?,
        opened: row.get("opened")?,
        warned: row.get("warned")?,
    })
}

fn broken_rule(row: &Row) -> Result<RuleCount, WarehouseError> {
    Ok(RuleCount {
        account: row.get("account")?,
        day: row.get("day")?,
        field: row.get("field")?,
        rule: row.get("rule")?,
        is_rejecting: row.get("is_rejecting")?,
        records: row.get("records")?,
    })
}
