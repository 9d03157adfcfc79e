//! The database as a run would meet it: the server, the login's rights, the schema, and whose key it was filled with.

use std::ops::RangeInclusive;

use crate::failure::RunError;
use crate::guidance::{ExitCode, Remedy};
use crate::settings::Settings;
use crate::transform::PersonKey;
use crate::upkeep::doctor::finding::{Finding, Findings};
use crate::warehouse::{SchemaState, Server, Warehouse, WarehouseError};
use crate::wording::{Message, message};

/// Missing rights that are named; there can be a hundred.
const RIGHTS_SHOWN: usize = 3;

/// Why something of the database was left out.
pub(super) const OUT_OF_REACH: &str = "the database is out of reach";
const OTHER_SCHEMA: &str = "the schema is not that of this tijian";

/// Looks at the database. Also returns the warehouse, if it can be read, or why not.
pub(super) async fn examine<'w>(
    settings: &Settings,
    database: &'w Result<Warehouse, Finding>,
    versions: RangeInclusive<u32>,
) -> (Findings, Result<&'w Warehouse, &'static str>) {
    let warehouse = match database {
        Ok(warehouse) => warehouse,
        Err(finding) => {
            let left_out = ["version", "rights", "migrations"].map(|name| (name, Finding::LeftOut(OUT_OF_REACH)));
            let key = ("site key", examine_site_key(settings, Err(OUT_OF_REACH)).await);
            let findings = [("database", finding.clone())].into_iter().chain(left_out).chain([key]).collect();
            return (findings, Err(OUT_OF_REACH));
        }
    };
    let mut findings = Findings::new();
    let server = match warehouse.server().await {
        Ok(server) => server,
        Err(error) => {
            findings.push(("database", of_error(error)));
            return (findings, Err(OUT_OF_REACH));
        }
    };
    findings.push(("database", Finding::Good(message!("doctor-reachable", login = &server.login))));
    findings.push(("version", judge_version(&server, versions)));
    let schema = warehouse.schema_state().await;
    findings.push(("rights", examine_rights(warehouse, &server, schema.as_ref().ok()).await));
    let (migrations, ledger) = match schema {
        Ok(SchemaState::Current { version }) => {
            (Finding::Good(message!("doctor-schema-current", version)), Ok(warehouse))
        }
        Ok(SchemaState::Behind { applied, needed }) => (judge_schema(server, applied, needed), Err(OTHER_SCHEMA)),
        Err(error) => (of_error(error), Err(OTHER_SCHEMA)),
    };
    findings.push(("migrations", migrations));
    findings.push(("site key", examine_site_key(settings, ledger).await));
    (findings, ledger)
}

fn judge_version(server: &Server, versions: RangeInclusive<u32>) -> Finding {
    let (version, first, last) = (&server.version, versions.start(), versions.end());
    match u32::try_from(server.major_version) {
        Ok(major) if versions.contains(&major) => Finding::Good(message!("doctor-version", version)),
        Ok(major) if major > *last => Finding::watch(
            ExitCode::Good,
            message!("doctor-version-newer", version),
            Remedy::FindNewerTijian { first: *first, last: *last },
        ),
        _ => Finding::broken(
            ExitCode::Failed,
            message!("doctor-version-old", version),
            Remedy::UseTriedPostgres { first: *first, last: *last },
        ),
    }
}

async fn examine_rights(warehouse: &Warehouse, server: &Server, schema: Option<&SchemaState>) -> Finding {
    if server.may_change_schema {
        return Finding::Good(message!("doctor-owner", login = &server.login));
    }
    if let Some(SchemaState::Behind { applied: 0, .. }) = schema {
        return Finding::LeftOut("there is no schema yet");
    }
    let rights = match warehouse.loader_rights().await {
        Ok(rights) => rights,
        Err(error) => return of_error(error),
    };
    if rights.granted == 0 {
        return Finding::broken(ExitCode::Failed, message!("doctor-no-rights"), Remedy::MigrateAsOwner);
    }
    if rights.missing.is_empty() {
        return Finding::Good(message!("doctor-all-rights", count = rights.granted));
    }
    let shown: Vec<String> = rights.missing.iter().take(RIGHTS_SHOWN).cloned().collect();
    let more = rights.missing.len().saturating_sub(RIGHTS_SHOWN);
    Finding::broken(
        ExitCode::Failed,
        message!("doctor-rights-missing", login = &server.login, rights = shown, more = (more > 0).then_some(more)),
        Remedy::GrantLoaderGroup { login: server.login.clone() },
    )
}

fn judge_schema(server: Server, applied: i64, needed: i64) -> Finding {
    let Server { login, may_change_schema, .. } = server;
    let error = WarehouseError::SchemaBehind { applied, needed, login };
    match (may_change_schema, applied) {
        (false, _) => of_error(error),
        (true, 0) => Finding::Good(message!("doctor-no-schema")),
        (true, _) => {
            Finding::watch(ExitCode::Good, message!("doctor-schema-behind", applied, needed), Remedy::BackUpAndMigrate)
        }
    }
}

async fn examine_site_key(settings: &Settings, ledger: Result<&Warehouse, &'static str>) -> Finding {
    let key = match settings.site_key() {
        Ok(key) => key,
        Err(error) => return Finding::of_error(&RunError::from(error)),
    };
    let warehouse = match ledger {
        Ok(warehouse) => warehouse,
        Err(why) => return Finding::Good(message!("doctor-key-alone", why = Message::of("left-out", why, Vec::new()))),
    };
    match warehouse.compare_site_key(&PersonKey::derive(key.expose()).key_id()).await {
        Ok(true) => Finding::Good(message!("doctor-key-known")),
        Ok(false) => Finding::Good(message!("doctor-key-first")),
        Err(error) => of_error(error),
    }
}

fn of_error(error: WarehouseError) -> Finding {
    Finding::of_error(&RunError::from(error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_of_a_version_that_was_tried_or_said_to_be_another() {
        let judge = |version: &str, major_version| {
            let login = String::new();
            let server = Server { version: version.to_owned(), major_version, login, may_change_schema: false };
            judge_version(&server, 13..=18)
        };
        assert_eq!(judge("13.23", 13), Finding::Good(message!("doctor-version", version = "13.23")));
        assert_eq!(judge("18.0", 18), Finding::Good(message!("doctor-version", version = "18.0")));
        assert_eq!(judge("12.22", 12).exit_code(), ExitCode::Failed);
        assert!(matches!(judge("19beta1", 19), Finding::Watch(trouble) if trouble.exit_code == ExitCode::Good));
    }
}
