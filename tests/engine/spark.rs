//! Spark from PyPI: its command line, and a cluster of a master and two workers on this machine.

use std::fs::File;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::python::program_of;
use crate::support::wait_until;

/// So that two cores and little memory are enough.
const SMALL: &str = "--driver-memory 512m --executor-memory 512m --conf spark.ui.enabled=false \
    --conf spark.driver.host=127.0.0.1 --conf spark.sql.shuffle.partitions=4";

static HOME: OnceLock<PathBuf> = OnceLock::new();

/// Spark's folder.
fn home() -> &'static Path {
    HOME.get_or_init(|| {
        let java = Command::new("java").arg("-version").output();
        assert!(
            java.is_ok_and(|output| output.status.success()),
            "these tests need Java 17 or newer: apt-get install openjdk-17-jre-headless"
        );
        let output = Command::new(program_of("requirements-spark.txt", "python"))
            .args(["-c", "import importlib.util as u; print(u.find_spec('pyspark').submodule_search_locations[0])"])
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap().trim().into()
    })
}

/// The value of `--engine`, with more options.
pub fn engine(master: &str, options: &str) -> String {
    let home = home().display();
    format!("env SPARK_LOCAL_IP=127.0.0.1 SPARK_HOME={home} {home}/bin/spark-sql --master '{master}' {SMALL} {options}")
}

/// A master, and workers with a core each. Gone when dropped.
pub struct Cluster {
    pub master: String,
    workers: Vec<Child>,
    all: Vec<Child>,
    dir: TempDir,
}

impl Cluster {
    pub fn start(workers: usize) -> Cluster {
        let dir = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let master = format!("spark://127.0.0.1:{port}");
        let mut cluster = Cluster { master, workers: Vec::new(), all: Vec::new(), dir };
        let port = port.to_string();
        let is_up = |text: &str| text.contains("New state: ALIVE") || text.contains("I have been elected leader");
        let process =
            cluster.start_one("master.Master", &["--host", "127.0.0.1", "--port", &port, "--webui-port", "0"], is_up);
        cluster.all.push(process);
        for number in 0..workers {
            let work = cluster.dir.path().join(format!("work-{number}"));
            let work = work.to_str().unwrap().to_owned();
            let options =
                ["--host", "127.0.0.1", "--webui-port", "0", "--cores", "1", "--memory", "1g", "--work-dir", &work];
            let master = cluster.master.clone();
            let options = [&options[..], &[master.as_str()]].concat();
            let process = cluster.start_one("worker.Worker", &options, |text| text.contains("Successfully registered"));
            cluster.workers.push(process);
        }
        cluster
    }

    fn start_one(&self, class: &str, options: &[&str], is_up: impl Fn(&str) -> bool) -> Child {
        let log = self.dir.path().join(format!("{class}-{}.log", self.workers.len()));
        let output = File::create(&log).unwrap();
        let process = Command::new(home().join("bin/spark-class"))
            .arg(format!("org.apache.spark.deploy.{class}"))
            .args(options)
            .env("SPARK_HOME", home())
            .env("SPARK_LOCAL_IP", "127.0.0.1")
            .env("SPARK_DAEMON_MEMORY", "256m")
            .current_dir(self.dir.path())
            .stdin(Stdio::null())
            .stdout(output.try_clone().unwrap())
            .stderr(output)
            .spawn()
            .unwrap();
        wait_until(class, || std::fs::read_to_string(&log).is_ok_and(|text| is_up(&text)));
        process
    }

    /// Kills a process that works for an engine now, if there is one.
    pub fn kill_executor(&self) -> bool {
        let executor = self.workers.iter().flat_map(|worker| children(worker.id())).next();
        executor.is_some_and(|process| kill_process(Pid::from_raw(process).unwrap(), Signal::KILL).is_ok())
    }
}

/// The processes whose parent this is.
fn children(parent: u32) -> Vec<i32> {
    let status = |process: i32| std::fs::read_to_string(format!("/proc/{process}/stat")).ok();
    let parent_of = |process: i32| {
        let status = status(process)?;
        let (_, behind) = status.rsplit_once(") ")?;
        behind.split(' ').nth(1)?.parse::<u32>().ok()
    };
    let processes =
        std::fs::read_dir("/proc").unwrap().filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    processes.filter(|process| parent_of(*process) == Some(parent)).collect()
}

impl Drop for Cluster {
    fn drop(&mut self) {
        for process in self.workers.iter_mut().chain(&mut self.all) {
            // A worker ends its executors when it is asked to end.
            let _ = kill_process(Pid::from_child(process), Signal::TERM);
            let _ = process.wait();
        }
    }
}
