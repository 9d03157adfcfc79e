"""The history as the peers keep it, in SQL and by psql.

They do what a night needs when nothing goes wrong, and it is written as tightly as we know how. What `tijian run` does besides they
leave out: no record is checked or refused, nothing is sealed or flushed to disk before the callback, and a failure halfway is nobody's.
"""

import subprocess
import sys

# The interface's name, the column, and its type. Beside them every record has a requestId.
COLUMNS = [
    ("serialNumber", "serial_number", "text"),
    ("erhcNo", "erhc_no", "text"),
    ("name", "name", "text"),
    ("cardType", "card_type", "text"),
    ("idcard", "idcard", "text"),
    ("birthdate", "birthdate", "date"),
    ("sexCode", "sex_code", "text"),
    ("isPregnant", "is_pregnant", "boolean"),
    ("married", "married", "text"),
    ("mobile", "mobile", "text"),
    ("hospitalCode", "hospital_code", "text"),
    ("hospitalName", "hospital_name", "text"),
    ("checkDate", "check_date", "date"),
    ("hospitalPackageId", "hospital_package_id", "text"),
    ("hospitalPackageName", "hospital_package_name", "text"),
    ("addCombinationId", "add_combination_id", "text"),
    ("addCombinationName", "add_combination_name", "text"),
    ("examinationFee", "examination_fee", "numeric(12,2)"),
    ("orderStatus", "order_status", "text"),
    ("payType", "pay_type", "text"),
    ("dataSources", "data_sources", "text"),
]
FIELDS = [field for field, _, _ in COLUMNS]
NAMES = ", ".join(name for _, name, _ in COLUMNS)


def of(table):
    """The columns of a table in a query."""
    return ", ".join(f"{table}.{name}" for _, name, _ in COLUMNS)


TYPED = ", ".join(f"{name} {type_}" for _, name, type_ in COLUMNS)
CREATE_HISTORY = f"""
create schema if not exists peer;
create table if not exists peer.history (
    {TYPED}, version integer not null, valid_from timestamptz not null, valid_to timestamptz not null default 'infinity',
    primary key (serial_number, version)
);
create unique index if not exists history_current_idx on peer.history (serial_number) where valid_to = 'infinity';
create index if not exists history_check_date_idx on peer.history (check_date);
"""
CREATE_STAGE = f"create temporary table stage ({TYPED});"
# What has changed is closed and opens again, in one transaction.
MERGE = f"""
begin;
analyze stage;
create temporary table changed on commit drop as
    select stage.*, coalesce(history.version, 0) + 1 as version
    from stage left join peer.history on history.serial_number = stage.serial_number and history.valid_to = 'infinity'
    where history.serial_number is null or row({of("stage")}) is distinct from row({of("history")});
analyze changed;
update peer.history set valid_to = now() from changed
    where changed.version > 1 and history.serial_number = changed.serial_number and history.valid_to = 'infinity';
insert into peer.history ({NAMES}, version, valid_from) select {NAMES}, version, now() from changed;
commit;
"""

# What goes into the files: nothing that names a person, or nearly.
PERSONAL = {"erhc_no", "name", "idcard", "birthdate", "mobile"}
HISTORY_NAMES = ", ".join(name for _, name, _ in COLUMNS if name not in PERSONAL) + ", version, valid_from, valid_to"
SELECT_HISTORY = f"select {HISTORY_NAMES}, to_char(check_date, 'YYYY-MM') as check_month from peer.history"
FINANCE_NAMES = (
    "serial_number, hospital_code, hospital_name, check_date, hospital_package_id, hospital_package_name, add_combination_id, "
    "add_combination_name, examination_fee, order_status, pay_type, data_sources"
)
SELECT_FINANCE = f"select {FINANCE_NAMES} from peer.history where valid_to = 'infinity' order by serial_number"


def psql(database_url, *commands):
    """One session under way; its standard input is open."""
    options = [part for command in commands for part in ("-c", command)]
    return subprocess.Popen(
        ["psql", "-qX", "-v", "ON_ERROR_STOP=1", "-c", "set client_min_messages = warning", *options, database_url],
        stdin=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def wait(session):
    session.stdin.close()
    if session.wait() != 0:
        sys.exit("psql failed")


def write_csv(database_url, folder):
    copies = [
        f"\\copy ({query}) to '{folder}/{name}.csv' (format csv, header)"
        for name, query in [("history", SELECT_HISTORY), ("finance", SELECT_FINANCE)]
    ]
    wait(psql(database_url, *copies))
