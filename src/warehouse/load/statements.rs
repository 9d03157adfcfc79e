//! What a load says, chunk by chunk: to the live tables, or to the shadow that a replay builds beside them.

use crate::warehouse::statement::text;
/// The statements of one set of tables. Each one of the shadow is the live one but for the tables' names.
#[derive(Debug)]
pub(in crate::warehouse) struct LoadStatements {
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
pub(in crate::warehouse) static LIVE: LoadStatements = LoadStatements {
    select_current_versions: text!("load/select_current_versions"),
    select_unconfirmed_versions: text!("load/select_unconfirmed_versions"),
    close_versions: text!("load/close_versions"),
    copy_versions: text!("load/copy_versions"),
    check_changed_keys: text!("load/check_changed_keys"),
    copy_unchanged_records: text!("load/copy_unchanged_records"),
    upsert_rejections: text!("load/upsert_rejections"),
    resolve_rejections: text!("load/resolve_rejections"),
    upsert_batches: text!("load/upsert_batches"),
    insert_delivery_problems: text!("load/insert_delivery_problems"),
};

/// Of a delivery that is replayed.
pub(in crate::warehouse) static SHADOW: LoadStatements = LoadStatements {
    select_current_versions: text!("replay/select_current_versions"),
    select_unconfirmed_versions: text!("replay/select_unconfirmed_versions"),
    close_versions: text!("replay/close_versions"),
    copy_versions: text!("replay/copy_versions"),
    check_changed_keys: text!("replay/check_changed_keys"),
    copy_unchanged_records: text!("replay/copy_unchanged_records"),
    upsert_rejections: text!("replay/upsert_rejections"),
    resolve_rejections: text!("replay/resolve_rejections"),
    upsert_batches: text!("replay/upsert_batches"),
    insert_delivery_problems: text!("replay/insert_delivery_problems"),
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
