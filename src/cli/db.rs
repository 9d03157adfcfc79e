//! `tijian db`: the private PostgreSQL server, kept up or looked into.

use std::io::Write;

use crate::cli::database::{connect_to, find_server, start_server};
use crate::cli::error::CliError;
use crate::cli::language::say;
use crate::cli::stop::StopRequest;
use crate::cli::{GlobalArgs, runtime};
use crate::guidance::ExitCode;
use crate::local_postgres::{FetchPolicy, LOOPBACK, LocalPostgres};
use crate::settings::Settings;
use crate::upkeep::set_grants;
use crate::warehouse::{Reader, Readers, libpq_variables};
use crate::wording::message;

const SERVE_HELP: &str = "\
Without --port, only its superuser can reach it, over its socket, and the address is printed. With --port, BI tools on this
machine reach it on 127.0.0.1 with the login, which may only read; everybody else is refused there.

Examples:
  tijian db serve                                          then, elsewhere: psql <the printed address>
  tijian db serve --port 15432                             the marts, for a BI tool
  tijian db serve --port 15432 --login wall --group dashboard   aggregates only, for a page that many people see";

/// The private PostgreSQL server of the data folder
#[derive(clap::Subcommand)]
pub(super) enum DbCommand {
    /// Keep the server running until Ctrl-C, and print its address
    #[command(after_help = SERVE_HELP)]
    Serve(ServeArgs),
    /// Open psql on the private server
    #[command(after_help = "Example:\n  tijian db psql -- -c 'select count(*) from warehouse.reservation_versions'")]
    Psql {
        /// Arguments for psql
        #[arg(last = true, value_name = "PSQL ARGUMENT")]
        arguments: Vec<String>,
    },
}

#[derive(clap::Args)]
pub(super) struct ServeArgs {
    /// Fetch PostgreSQL's server programs if this machine has none
    #[arg(long)]
    fetch_postgres: bool,
    /// Also answer BI tools on this port of this machine
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    port: Option<u16>,
    /// With --port: the read-only login; created if it does not exist
    #[arg(long, value_name = "NAME", requires = "port", default_value = "analyst", value_parser = login_name)]
    login: String,
    /// With --port: what it reads
    #[arg(long, value_enum, value_name = "GROUP", requires = "port", default_value = "analyst")]
    group: Group,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Group {
    /// Schema mart, row by row
    Analyst,
    /// Schema dashboard: aggregates whose small groups are hidden
    Dashboard,
}

impl From<Group> for Readers {
    fn from(group: Group) -> Readers {
        match group {
            Group::Analyst => Readers::Analysts,
            Group::Dashboard => Readers::Dashboards,
        }
    }
}

/// A name that needs no quotes anywhere, and that PostgreSQL does not cut off.
fn login_name(text: &str) -> Result<String, String> {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    let begins_well = text.starts_with(|sign: char| sign.is_ascii_lowercase()) && !text.starts_with("pg_");
    if begins_well && text.len() <= 63 && text.bytes().all(is_plain) {
        Ok(text.to_owned())
    } else {
        Err(say!("login-form"))
    }
}

pub(super) fn execute(command: &DbCommand, global: &GlobalArgs, settings: &Settings) -> Result<ExitCode, CliError> {
    match command {
        DbCommand::Serve(args) => {
            let fetch = if args.fetch_postgres { FetchPolicy::Fetch } else { FetchPolicy::Refuse };
            let server = start_server(global, settings, fetch, args.port)?;
            serve(&server, args, global)?;
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

/// Says how to come in, and waits until somebody asks to stop.
fn serve(server: &LocalPostgres, args: &ServeArgs, global: &GlobalArgs) -> Result<(), CliError> {
    runtime()?.block_on(async {
        let stop = StopRequest::listen()?;
        let address = match args.port {
            None => format!("{}\n", server.url()),
            Some(port) => admit_reader(server, port, args, global).await?,
        };
        write!(std::io::stdout(), "{address}")?;
        stop.requested().await;
        Ok(())
    })
}

/// Makes the login, and tells what a BI tool asks for. The password is set in psql, which never shows it and sends its
/// digest only: none is on a command line, in a file or in a log.
async fn admit_reader(
    server: &LocalPostgres,
    port: u16,
    args: &ServeArgs,
    global: &GlobalArgs,
) -> Result<String, CliError> {
    let readers = Readers::from(args.group);
    let warehouse = connect_to(server).await?;
    warehouse.migrate().await?;
    set_grants(&warehouse).await?;
    let Reader::Ready { has_password } = warehouse.make_reader(&args.login, readers).await? else {
        return Err(CliError::Usage(message!("TJ-1039", login = &args.login, group = readers.group())));
    };
    server.admit(&args.login)?;
    let data_dir = global.data_dir.as_ref().map(|dir| format!("--data-dir '{}' ", dir.display())).unwrap_or_default();
    let set = format!("tijian {data_dir}db psql -- -c '\\password {}'", args.login);
    let lines = [
        say!("served-host", host = LOOPBACK.to_string()),
        say!("served-port", port = port.to_string()),
        say!("served-database", database = server.database()),
        say!("served-user", login = &args.login),
        say!("served-password", is_set = has_password, command = set),
        say!("served-schema", schema = readers.schema()),
    ];
    Ok(lines.iter().fold(String::new(), |text, line| text + line + "\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn login_that_would_need_quotes_or_be_cut_off_is_refused() {
        for name in ["analyst", "a", "bi_2", &"a".repeat(63)] {
            assert_eq!(login_name(name).as_deref(), Ok(name));
        }
        for name in ["", "Analyst", "1st", "_a", "pg_read", "a b", "a-b", "a'b", "分析", &"a".repeat(64)] {
            assert!(login_name(name).is_err(), "{name}");
        }
    }
}
