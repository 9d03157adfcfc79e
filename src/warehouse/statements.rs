//! What a load says, chunk by chunk: to the live tables, or to the shadow that a replay builds beside them.

/// The statements of one set of tables. Each one of the shadow is the live one but for the tables' names.
#[derive(Debug)]
pub(super) struct LoadStatements {
    pub select_current_versions: &'static str,
    pub select_unconfirmed_versions: &'static str,
    pub close_versions: &'static str,
    pub copy_versions: &'static str,
    pub check_changed_keys: &'static str,
    pub copy_unchanged_records: &'static str,
    pub upsert_rejections: &'static str,
    pub resolve_rejections: &'static str,
    pub upsert_batches: &'static str,
    pub insert_delivery_problems: &'static str,
}

/// Of a delivery that was pulled.
pub(super) static LIVE: LoadStatements = LoadStatements {
    select_current_versions: include_str!("../../sql/load/04_select_current_versions.sql"),
    select_unconfirmed_versions: include_str!("../../sql/load/05_select_unconfirmed_versions.sql"),
    close_versions: include_str!("../../sql/load/06_close_versions.sql"),
    copy_versions: include_str!("../../sql/load/07_copy_versions.sql"),
    check_changed_keys: include_str!("../../sql/load/08_check_changed_keys.sql"),
    copy_unchanged_records: include_str!("../../sql/load/09_copy_unchanged_records.sql"),
    upsert_rejections: include_str!("../../sql/load/10_upsert_rejections.sql"),
    resolve_rejections: include_str!("../../sql/load/11_resolve_rejections.sql"),
    upsert_batches: include_str!("../../sql/load/12_upsert_batches.sql"),
    insert_delivery_problems: include_str!("../../sql/load/18_insert_delivery_problems.sql"),
};

/// Of a delivery that is replayed.
pub(super) static SHADOW: LoadStatements = LoadStatements {
    select_current_versions: include_str!("../../sql/replay/06_select_current_versions.sql"),
    select_unconfirmed_versions: include_str!("../../sql/replay/07_select_unconfirmed_versions.sql"),
    close_versions: include_str!("../../sql/replay/08_close_versions.sql"),
    copy_versions: include_str!("../../sql/replay/09_copy_versions.sql"),
    check_changed_keys: include_str!("../../sql/replay/10_check_changed_keys.sql"),
    copy_unchanged_records: include_str!("../../sql/replay/11_copy_unchanged_records.sql"),
    upsert_rejections: include_str!("../../sql/replay/12_upsert_rejections.sql"),
    resolve_rejections: include_str!("../../sql/replay/13_resolve_rejections.sql"),
    upsert_batches: include_str!("../../sql/replay/14_upsert_batches.sql"),
    insert_delivery_problems: include_str!("../../sql/replay/15_insert_delivery_problems.sql"),
};

#[cfg(test)]
mod tests {
    use super::*;

    /// Live tables and their shadows.
    const TABLES: [(&str, &str); 6] = [
        ("warehouse.reservation_versions", "replay.reservation_versions"),
        ("etl.unconfirmed_reservations", "replay.unconfirmed_reservations"),
        ("etl.unchanged_records", "replay.unchanged_records"),
        ("etl.rejections", "replay.rejections"),
        ("etl.batches", "replay.batches"),
        ("etl.delivery_problems", "replay.delivery_problems"),
    ];

    fn all(statements: &LoadStatements) -> [&'static str; 10] {
        let LoadStatements {
            select_current_versions,
            select_unconfirmed_versions,
            close_versions,
            copy_versions,
            check_changed_keys,
            copy_unchanged_records,
            upsert_rejections,
            resolve_rejections,
            upsert_batches,
            insert_delivery_problems,
        } = statements;
        [
            select_current_versions,
            select_unconfirmed_versions,
            close_versions,
            copy_versions,
            check_changed_keys,
            copy_unchanged_records,
            upsert_rejections,
            resolve_rejections,
            upsert_batches,
            insert_delivery_problems,
        ]
    }

    /// Without the comment at the top.
    fn body(statement: &str) -> String {
        statement.lines().skip_while(|line| line.starts_with("--")).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn the_shadow_is_loaded_by_the_statements_of_the_load() {
        for (live, shadow) in all(&LIVE).into_iter().zip(all(&SHADOW)) {
            let expected = TABLES.iter().fold(body(live), |text, (table, shadow)| text.replace(table, shadow));
            assert_eq!(
                body(shadow),
                expected,
                "change the statement in sql/load/ and its twin in sql/replay/ together"
            );
            assert_ne!(body(shadow), body(live));
        }
    }
}
