//! Looks up what the load must know about the history before it changes it.

use std::collections::HashMap;

use fastbloom::BloomFilter;

use crate::reservation::{CurrentVersion, Fingerprint};
use crate::warehouse::statement::{Statement, sql};
use crate::warehouse::{Load, WarehouseError};
use crate::wording::message;

const SELECT_CURRENT_VERSIONS: Statement = sql!("load/select_current_versions", "look up current versions");
const SELECT_UNCONFIRMED_VERSIONS: Statement = sql!("load/select_unconfirmed_versions", "look up unconfirmed versions");

/// Bits of [`OpenedKeys`], 4 MiB: of a million keys that were not opened, it sends 200 to be looked up for nothing; of ten
/// million, a quarter.
const OPENED_KEYS_BITS: usize = 1 << 25;

/// Reservations that a first load has opened versions of, in memory that does not grow: a Bloom filter. Where the history
/// was empty before, it spares the look-up of all that was surely not opened since.
pub(in crate::warehouse) struct OpenedKeys(BloomFilter);

impl Default for OpenedKeys {
    fn default() -> OpenedKeys {
        // The seed is fixed so that a load can be repeated exactly.
        OpenedKeys(BloomFilter::with_num_bits(OPENED_KEYS_BITS).seed(&0).hashes(4))
    }
}

impl OpenedKeys {
    pub(in crate::warehouse) fn insert(&mut self, serial_number: &str) {
        self.0.insert(serial_number);
    }

    /// `false`: surely not opened by this load.
    fn may_hold(&self, serial_number: &str) -> bool {
        self.0.contains(serial_number)
    }
}

impl Load<'_> {
    /// The current versions of these reservations (each named once), by serial number, this load's own included.
    pub async fn current_versions(
        &mut self,
        serial_numbers: &[&str],
    ) -> Result<HashMap<String, CurrentVersion>, WarehouseError> {
        let serial_numbers: Vec<&str> = match &self.opened_keys {
            None => serial_numbers.to_vec(),
            Some(keys) => serial_numbers.iter().copied().filter(|serial_number| keys.may_hold(serial_number)).collect(),
        };
        if serial_numbers.is_empty() {
            return Ok(HashMap::new());
        }
        self.end_copy().await?;
        let rows = SELECT_CURRENT_VERSIONS.rows(&self.own_tables()?, &[&self.account, &serial_numbers]).await?;
        rows.iter()
            .map(|row| {
                let fingerprint = self.fingerprint(row.get("fingerprint")?)?;
                let version = CurrentVersion {
                    version: row.get("version")?,
                    valid_from: row.get("valid_from")?,
                    fingerprint,
                    content: fingerprint,
                    order_status: row.get::<&str>("order_status")?.into(),
                    check_date: row.get("check_date")?,
                };
                Ok((row.get("serial_number")?, version))
            })
            .collect()
    }

    /// Of those of these reservations (each named once) that the platform may deliver again with several states, since no
    /// callback for them is confirmed: the fingerprints of these versions, oldest first, the current one last.
    pub async fn unconfirmed_versions(
        &mut self,
        serial_numbers: &[&str],
    ) -> Result<HashMap<String, Vec<Fingerprint>>, WarehouseError> {
        if !self.has_unconfirmed {
            return Ok(HashMap::new());
        }
        self.end_copy().await?;
        let rows = SELECT_UNCONFIRMED_VERSIONS.rows(&self.own_tables()?, &[&self.account, &serial_numbers]).await?;
        rows.iter()
            .map(|row| {
                let fingerprints: Vec<&[u8]> = row.get("fingerprints")?;
                let fingerprints: Result<Vec<Fingerprint>, WarehouseError> =
                    fingerprints.into_iter().map(|bytes| self.fingerprint(bytes)).collect();
                Ok((row.get("serial_number")?, fingerprints?))
            })
            .collect()
    }

    pub(in crate::warehouse) fn fingerprint(&self, bytes: &[u8]) -> Result<Fingerprint, WarehouseError> {
        Fingerprint::try_from(bytes).map_err(|_| self.unreconciled(message!("sum-fingerprint")))
    }
}
