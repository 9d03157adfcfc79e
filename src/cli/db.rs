//! `tijian db`: the private PostgreSQL server, kept up or looked into.

use std::io::Write;

use crate::cli::database::{find_server, start_server};
use crate::cli::error::CliError;
use crate::cli::stop::StopRequest;
use crate::cli::{GlobalArgs, runtime};
use crate::guidance::ExitCode;
use crate::local_postgres::FetchPolicy;
use crate::settings::Settings;
use crate::warehouse::libpq_variables;

/// The private PostgreSQL server of the data folder
#[derive(clap::Subcommand)]
pub(super) enum DbCommand {
    /// Keep the server up until Ctrl-C, and print its address
    #[command(after_help = "Example:\n  tijian db serve      then, elsewhere: psql <the printed address>")]
    Serve {
        /// Fetch PostgreSQL's server programs if this machine has none
        #[arg(long)]
        fetch_postgres: bool,
    },
    /// Open psql on it
    #[command(after_help = "Example:\n  tijian db psql -- -c 'select count(*) from warehouse.reservation_versions'")]
    Psql {
        /// Arguments for psql
        #[arg(last = true, value_name = "PSQL ARGUMENT")]
        arguments: Vec<String>,
    },
}

pub(super) fn execute(command: &DbCommand, global: &GlobalArgs, settings: &Settings) -> Result<ExitCode, CliError> {
    match command {
        DbCommand::Serve { fetch_postgres } => {
            let fetch = if *fetch_postgres { FetchPolicy::Fetch } else { FetchPolicy::Refuse };
            let server = start_server(global, settings, fetch)?;
            runtime()?.block_on(async {
                let stop = StopRequest::listen()?;
                writeln!(std::io::stdout(), "{}", server.url())?;
                stop.requested().await;
                Ok::<_, CliError>(())
            })?;
            server.stop()?;
            Ok(ExitCode::Good)
        }
        DbCommand::Psql { arguments } => {
            let server = find_server(global, settings)?;
            let own = server.bin_dir().join("psql");
            let program = if own.exists() { own } else { "psql".into() };
            let mut psql = std::process::Command::new(&program);
            // They are of another server: where the address is silent, psql would go by them.
            for name in libpq_variables() {
                psql.env_remove(name);
            }
            let status = psql.arg(server.url()).args(arguments).status().map_err(CliError::io(
                "start psql; is PostgreSQL's client installed? (apt-get install postgresql-client)",
            ))?;
            server.stop()?;
            Ok(if status.success() { ExitCode::Good } else { ExitCode::Failed })
        }
    }
}
