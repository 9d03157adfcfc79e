//! Binary COPY into the history and beside it.

use std::pin::{Pin, pin};

use bytes::Bytes;
use deadpool_postgres::Transaction;
use tokio_postgres::CopyInSink;
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::types::{Json, Timestamp, Type};

use crate::reservation::{OpenedVersion, UnchangedState};
use crate::warehouse::WarehouseError;
use crate::warehouse::load::tables::{OwnTables, Tables};
use crate::warehouse::statement::{Statement, sql};

const COPY_VERSIONS: Statement = sql!("load/copy_versions", "copy versions into the history");
const COPY_UNCHANGED_RECORDS: Statement = sql!("load/copy_unchanged_records", "remember unchanged records");

/// Types of the columns in `07_copy_versions.sql`, in its order.
const VERSION_TYPES: [Type; 31] = [
    Type::TEXT,
    Type::TEXT,
    Type::INT4,
    Type::TIMESTAMPTZ,
    Type::TIMESTAMPTZ,
    Type::TEXT,
    Type::BYTEA,
    Type::TEXT,
    Type::TEXT,
    Type::TEXT,
    Type::TEXT,
    Type::DATE,
    Type::TEXT,
    Type::BOOL,
    Type::TEXT,
    Type::TEXT,
    Type::TEXT,
    Type::TEXT,
    Type::DATE,
    Type::TEXT,
    Type::TEXT,
    Type::TEXT,
    Type::TEXT,
    Type::NUMERIC,
    Type::TEXT,
    Type::TEXT,
    Type::TEXT,
    Type::JSONB,
    Type::BYTEA,
    Type::INT8,
    Type::TEXT,
];

/// A COPY into the history that is still open. Nothing else can be asked of its connection until it is finished; dropped
/// before, it has the server refuse all of it.
pub(in crate::warehouse) struct VersionsCopy(Pin<Box<BinaryCopyInWriter>>);

impl VersionsCopy {
    pub(in crate::warehouse) async fn begin(
        transaction: &Transaction<'_>,
        tables: Tables,
    ) -> Result<VersionsCopy, WarehouseError> {
        Ok(VersionsCopy::into_sink(COPY_VERSIONS.copy_in(&OwnTables { transaction, tables }).await?))
    }

    fn into_sink(sink: CopyInSink<Bytes>) -> VersionsCopy {
        VersionsCopy(Box::pin(BinaryCopyInWriter::new(sink, &VERSION_TYPES)))
    }

    /// Adds versions to the history. That the server has taken them is known after [`VersionsCopy::finish`].
    pub(in crate::warehouse) async fn write(
        &mut self,
        account: &str,
        delivery_id: i64,
        opened: &[OpenedVersion],
    ) -> Result<(), WarehouseError> {
        for version in opened {
            let state = &version.state;
            let reservation = &state.reservation;
            let valid_to = version.valid_to.map_or(Timestamp::PosInfinity, Timestamp::Value);
            self.0
                .as_mut()
                .write(&[
                    &account,
                    &reservation.serial_number.as_str(),
                    &version.version,
                    &version.valid_from,
                    &valid_to,
                    &version.change.as_str(),
                    &state.person_id.as_ref().map(|person_id| &person_id[..]),
                    &reservation.erhc_no.as_deref(),
                    &reservation.name.as_deref(),
                    &reservation.card_type.as_deref(),
                    &reservation.idcard.as_deref(),
                    &reservation.birthdate,
                    &reservation.sex_code.as_deref(),
                    &reservation.is_pregnant,
                    &reservation.married.as_deref(),
                    &reservation.mobile.as_deref(),
                    &reservation.hospital_code.as_str(),
                    &reservation.hospital_name.as_deref(),
                    &reservation.check_date,
                    &reservation.hospital_package_id.as_deref(),
                    &reservation.hospital_package_name.as_deref(),
                    &reservation.add_combination_id.as_deref(),
                    &reservation.add_combination_name.as_deref(),
                    &reservation.examination_fee,
                    &reservation.order_status.as_str(),
                    &reservation.pay_type.as_deref(),
                    &reservation.data_sources.as_deref(),
                    &reservation.extra.as_ref().map(Json),
                    &&state.fingerprint[..],
                    &delivery_id,
                    &reservation.request_id.as_str(),
                ])
                .await
                .map_err(COPY_VERSIONS.blame())?;
        }
        Ok(())
    }

    pub(in crate::warehouse) async fn finish(mut self) -> Result<(), WarehouseError> {
        self.0.as_mut().finish().await.map_err(COPY_VERSIONS.blame())?;
        Ok(())
    }
}

/// Sends versions into any COPY, begun with whatever statement: a load's bytes, without a load.
pub async fn copy_versions(
    sink: CopyInSink<Bytes>,
    account: &str,
    delivery_id: i64,
    opened: &[OpenedVersion],
) -> Result<(), WarehouseError> {
    let mut copy = VersionsCopy::into_sink(sink);
    copy.write(account, delivery_id, opened).await?;
    copy.finish().await
}

/// Remembers accepted records that opened no version.
pub(in crate::warehouse) async fn copy_unchanged(
    tables: &OwnTables<'_>,
    delivery_id: i64,
    unchanged: &[UnchangedState],
) -> Result<(), WarehouseError> {
    if unchanged.is_empty() {
        return Ok(());
    }
    let sink = COPY_UNCHANGED_RECORDS.copy_in(tables).await?;
    let mut writer = pin!(BinaryCopyInWriter::new(sink, &[Type::INT8, Type::TEXT, Type::TEXT]));
    for state in unchanged {
        writer
            .as_mut()
            .write(&[&delivery_id, &state.request_id.as_str(), &state.serial_number.as_str()])
            .await
            .map_err(COPY_UNCHANGED_RECORDS.blame())?;
    }
    writer.finish().await.map_err(COPY_UNCHANGED_RECORDS.blame())?;
    Ok(())
}
