"""The nightly run as an Airflow DAG. Put this file into the DAGs folder.

The machine of the worker has `tijian` on its path, the variables of `deploy/environment` in the worker's environment
(`EnvironmentFile=` of its service), and the folder below, which the worker's user owns, with `pipelines/` in it.

A BashOperator knows "retry" and "skip"; `tijian run` has a third kind of ending, "a person is needed: do not try again",
so this is a task of a few lines of Python.
"""

import json
import subprocess
from datetime import timedelta

import pendulum
from airflow.exceptions import AirflowException, AirflowFailException

try:  # Airflow 3
    from airflow.sdk import dag, task
except ImportError:  # Airflow 2
    from airflow.decorators import dag, task

FOLDER = "/var/lib/tijian"
COMMAND = ["tijian", "run", "--output", "json", "--quiet"]
# For many accounts, several tasks can share them (docs/operating.md, "Shards"). On several workers, all of them see the same folder.
SHARDS = 1

# Loaded; with 3, some records are in quarantine: for the morning, `tijian quarantine list`.
DONE = {0, 3}
# Something has to be fixed, a definition is wrong, or another run holds the account: trying again is of no use.
NEEDS_A_PERSON = {1: "failed", 2: "usage or definition error", 5: "another run holds the account"}


@dag(
    schedule="30 2 * * *",
    start_date=pendulum.datetime(2026, 1, 1, tz="Asia/Shanghai"),
    # A night takes whatever the platform has: there is nothing to catch up with.
    catchup=False,
    max_active_runs=1,
    tags=["tijian"],
)
def tijian_nightly():
    # A rerun fixes 4 (acknowledgements pending) and 75 (temporary): every ten minutes, six times.
    @task(retries=6, retry_delay=timedelta(minutes=10), execution_timeout=timedelta(hours=6))
    def run(index):
        command = [*COMMAND, "--shard", f"{index}/{SHARDS}"]
        with subprocess.Popen(command, cwd=FOLDER, stdout=subprocess.PIPE, text=True) as process:
            try:
                output, _ = process.communicate()
            except BaseException:
                # Airflow ends this task: SIGTERM ends a run after its current step, and nothing is half done.
                process.terminate()
                raise
        status = process.returncode
        if status in NEEDS_A_PERSON:
            raise AirflowFailException(f"tijian run: {NEEDS_A_PERSON[status]} ({status}); see the log above")
        if status not in DONE:
            raise AirflowException(f"tijian run ended with {status}: tried again in ten minutes")
        # Counts and times, nothing about a person.
        return {"status": status, **json.loads(output)}

    # One task for each shard: a failed one is tried again alone.
    run.expand(index=list(range(SHARDS)))


tijian_nightly()
