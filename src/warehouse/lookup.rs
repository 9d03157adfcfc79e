//! What the load asks of the history before it changes it.

use std::collections::HashMap;

use crate::reservation::{CurrentVersion, Fingerprint};
use crate::warehouse::{Load, WarehouseError};

impl Load<'_> {
    /// The current versions of these reservations (each named once), by serial number, this load's own included.
    pub async fn current_versions(
        &self,
        serial_numbers: &[&str],
    ) -> Result<HashMap<String, CurrentVersion>, WarehouseError> {
        let rows = self
            .query(
                "look up current versions",
                include_str!("../../sql/load/04_select_current_versions.sql"),
                &[&self.account, &serial_numbers],
            )
            .await?;
        rows.iter()
            .map(|row| {
                let version = CurrentVersion {
                    version: row.get(1),
                    valid_from: row.get(2),
                    fingerprint: self.fingerprint(row.get(3))?,
                    order_status: row.get(4),
                    check_date: row.get(5),
                };
                Ok((row.get(0), version))
            })
            .collect()
    }

    /// Of those of these reservations (each named once) of which the last delivery brought several states and is not
    /// confirmed: the fingerprints of these versions, oldest first, the current one last.
    pub async fn unconfirmed_versions(
        &self,
        serial_numbers: &[&str],
    ) -> Result<HashMap<String, Vec<Fingerprint>>, WarehouseError> {
        let Some(delivery_id) = self.unconfirmed_delivery else { return Ok(HashMap::new()) };
        let rows = self
            .query(
                "look up unconfirmed versions",
                include_str!("../../sql/load/05_select_unconfirmed_versions.sql"),
                &[&self.account, &serial_numbers, &delivery_id],
            )
            .await?;
        rows.iter()
            .map(|row| {
                let fingerprints: Vec<&[u8]> = row.get(1);
                let fingerprints: Result<Vec<Fingerprint>, WarehouseError> =
                    fingerprints.into_iter().map(|bytes| self.fingerprint(bytes)).collect();
                Ok((row.get(0), fingerprints?))
            })
            .collect()
    }

    fn fingerprint(&self, bytes: &[u8]) -> Result<Fingerprint, WarehouseError> {
        Fingerprint::try_from(bytes).map_err(|_| self.unreconciled("a fingerprint in the history has a wrong length"))
    }
}
