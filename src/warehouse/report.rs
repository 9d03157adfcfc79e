//! What the report page reads from the marts, all of it of one state.

use chrono::NaiveDate;
use deadpool_postgres::Transaction;
use tokio_postgres::types::ToSql;
use tokio_postgres::{IsolationLevel, Row};

use crate::reservation::{DayCount, LEAD_DAYS, ReportAccount, ReportNight, ReportRows, RuleCount};
use crate::warehouse::mart::code_labels;
use crate::warehouse::statement::text;
use crate::warehouse::{Warehouse, WarehouseError};

impl Warehouse {
    /// Those of these accounts (`None`: of all) that have a delivery.
    pub async fn report_accounts(&self, accounts: Option<&[String]>) -> Result<Vec<ReportAccount>, WarehouseError> {
        let client = self.client().await?;
        let rows = client
            .query(text!("report/select_accounts"), &[&accounts])
            .await
            .map_err(WarehouseError::query(OPERATION))?;
        rows.iter().map(account).collect::<Result<_, _>>().map_err(WarehouseError::query(OPERATION))
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
        let transaction = client
            .build_transaction()
            .read_only(true)
            .isolation_level(IsolationLevel::RepeatableRead)
            .start()
            .await
            .map_err(WarehouseError::query(OPERATION))?;
        let period: [&(dyn ToSql + Sync); 3] = [&accounts, &first, &last];
        let lead_times: [&(dyn ToSql + Sync); 4] = [&accounts, &first, &last, &LEAD_DAYS.as_slice()];
        let [accounts_only, ..] = period;
        Ok(ReportRows {
            accounts: read(&transaction, text!("report/select_accounts"), &[accounts_only], account).await?,
            statuses: read(&transaction, text!("report/select_status_volumes"), &period, day_count).await?,
            packages: read(&transaction, text!("report/select_package_volumes"), &period, day_count).await?,
            channels: read(&transaction, text!("report/select_channel_volumes"), &period, day_count).await?,
            add_ons: read(&transaction, text!("report/select_add_on_volumes"), &period, day_count).await?,
            lead_times: read(&transaction, text!("report/select_lead_times"), &lead_times, day_count).await?,
            events: read(&transaction, text!("report/select_events"), &period, day_count).await?,
            nights: read(&transaction, text!("report/select_nights"), &period, night).await?,
            broken_rules: read(&transaction, text!("report/select_broken_rules"), &period, broken_rule).await?,
            labels: code_labels(&transaction, accounts, OPERATION).await?,
        })
    }
}

const OPERATION: &str = "read the report's figures";

async fn read<T>(
    transaction: &Transaction<'_>,
    sql: &str,
    parameters: &[&(dyn ToSql + Sync)],
    row: impl Fn(&Row) -> Result<T, tokio_postgres::Error>,
) -> Result<Vec<T>, WarehouseError> {
    let rows = transaction.query(sql, parameters).await.map_err(WarehouseError::query(OPERATION))?;
    rows.iter().map(row).collect::<Result<_, _>>().map_err(WarehouseError::query(OPERATION))
}

fn account(row: &Row) -> Result<ReportAccount, tokio_postgres::Error> {
    let (first, last): (Option<NaiveDate>, _) = (row.try_get(2)?, row.try_get(3)?);
    Ok(ReportAccount { account: row.try_get(0)?, as_of: row.try_get(1)?, check_dates: first.zip(last) })
}

fn day_count(row: &Row) -> Result<DayCount, tokio_postgres::Error> {
    Ok(DayCount {
        account: row.try_get(0)?,
        hospital_code: row.try_get(1)?,
        hospital_name: row.try_get(2)?,
        code: row.try_get(3)?,
        name: row.try_get(4)?,
        day: row.try_get(5)?,
        count: row.try_get(6)?,
        amount: row.try_get(7)?,
    })
}

fn night(row: &Row) -> Result<ReportNight, tokio_postgres::Error> {
    Ok(ReportNight {
        account: row.try_get(0)?,
        delivery_id: row.try_get(1)?,
        day: row.try_get(2)?,
        received: row.try_get(3)?,
        accepted: row.try_get(4)?,
        rejected: row.try_get(5)?,
        unchanged: row.try_get(6)?,
        opened: row.try_get(7)?,
        warned: row.try_get(8)?,
    })
}

fn broken_rule(row: &Row) -> Result<RuleCount, tokio_postgres::Error> {
    Ok(RuleCount {
        account: row.try_get(0)?,
        day: row.try_get(1)?,
        field: row.try_get(2)?,
        rule: row.try_get(3)?,
        is_rejecting: row.try_get(4)?,
        records: row.try_get(5)?,
    })
}
