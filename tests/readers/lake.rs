//! A lake in a bucket of a real S3 server, and read back as docs/lake.md says, from there and from a folder.

use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};

use bytes::Bytes;
use tempfile::TempDir;
use tijian::lake::{LakeError, LakeStore, Pointer};
use tijian::pipeline::LakeUrl;
use tijian::settings::Settings;
use tijian::simulator::GeneratorOptions;
use tijian::warehouse_id::WarehouseId;
use tokio::sync::mpsc;
use tokio::task::block_in_place;

use crate::python::{program_of, python};
use crate::support::{Ended, Hospital, Running, end, record, wait_until};

/// The server's only login.
const LOGIN: &str = r#"{"identities":[{"name":"etl","credentials":[{"accessKey":"tijian","secretKey":"planted-secret"}],
    "actions":["Admin","Read","Write","List","Tagging"]}]}"#;

struct S3 {
    port: u16,
    _program: Running,
    _place: TempDir,
}

impl S3 {
    /// With a bucket of any name that is asked for.
    fn start() -> S3 {
        let place = tempfile::tempdir().unwrap();
        std::fs::write(place.path().join("s3.json"), LOGIN).unwrap();
        let listeners: Vec<TcpListener> = (0..10).map(|_| TcpListener::bind(("127.0.0.1", 0)).unwrap()).collect();
        let ports: Vec<u16> = listeners.iter().map(|listener| listener.local_addr().unwrap().port()).collect();
        drop(listeners);
        let mut command = Command::new(program_of("requirements-s3.txt", "weed"));
        command.current_dir(place.path()).arg("server").arg(format!("-dir={}", place.path().display()));
        command.args([
            "-ip=127.0.0.1",
            "-master.telemetry=false",
            "-volume.max=20",
            "-master.volumeSizeLimitMB=64",
            "-s3",
        ]);
        command.args(["-s3.config=s3.json", "-s3.autoCreateBucket", "-s3.port.iceberg=0", "-s3.port.lance=0"]);
        let names =
            ["master.port", "master.port.grpc", "volume.port", "volume.port.grpc", "filer.port", "filer.port.grpc"];
        for (name, port) in names.into_iter().chain(["s3.port", "s3.port.grpc"]).zip(&ports) {
            command.arg(format!("-{name}={port}"));
        }
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut program = Running::start(&mut command);
        let port = ports[6];
        wait_until("the S3 server listens", || {
            assert_eq!(program.child().try_wait().unwrap(), None, "the S3 server has ended");
            TcpStream::connect(("127.0.0.1", port)).is_ok()
        });
        S3 { port, _program: program, _place: place }
    }

    fn variables(&self) -> [(&'static str, String); 5] {
        [
            ("AWS_ACCESS_KEY_ID", "tijian".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "planted-secret".to_owned()),
            ("AWS_REGION", "us-east-1".to_owned()),
            ("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{}", self.port)),
            ("AWS_ALLOW_HTTP", "true".to_owned()),
        ]
    }

    fn settings(&self) -> Settings {
        let variables = self.variables();
        Settings::from_environment().with(&variables.each_ref().map(|(name, value)| (*name, value.as_str())))
    }
}

fn id() -> WarehouseId {
    WarehouseId::parse("0190a6f2-7c1e-4d5b-8a39-5f0e1d2c3b4a").unwrap()
}

/// The first block of code of a language on the page.
fn block(language: &str) -> String {
    let page = include_str!("../../docs/lake.md");
    let (_, rest) = page.split_once(&format!("```{language}\n")).unwrap();
    rest.split_once("\n```").unwrap().0.to_owned()
}

#[track_caller]
fn read_by_python(s3: Option<&S3>, script: &str, argument: &str) -> String {
    let mut command = Command::new(python());
    command.arg("-c").arg(script).arg(argument);
    if let Some(s3) = s3 {
        command.envs(s3.variables());
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Invariant: Of two that move the lake's pointer from the same state, one is refused.
#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_takes_objects_of_any_size_and_one_of_several_moves_of_the_pointer() {
    let s3 = block_in_place(S3::start);
    let open = || LakeStore::open(&LakeUrl::parse("s3://lake/tijian/a").unwrap(), id(), &s3.settings()).unwrap();
    let lake = open();
    let pointer = |number| Pointer { number, ..Pointer::empty(id()) };
    // The server is ready a little after it listens.
    let mut tries = 0;
    while let Err(error) = lake.read_pointer().await {
        tries += 1;
        assert!(tries < 60, "{error:?}");
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    }
    assert_eq!(lake.read_pointer().await.unwrap(), None);
    let first = lake.move_pointer(&pointer(1), None).await.unwrap();
    assert!(matches!(lake.move_pointer(&pointer(9), None).await, Err(LakeError::Moved { .. })));
    let found = lake.read_pointer().await.unwrap().unwrap();
    assert_eq!((&found.pointer, &found.tag), (&pointer(1), &first));
    let movers = (0..6).map(|writer| {
        let (lake, from) = (open(), first.clone());
        tokio::spawn(async move { lake.move_pointer(&pointer(100 + writer), Some(&from)).await })
    });
    let mut moved = 0;
    for mover in movers.collect::<Vec<_>>() {
        match mover.await.unwrap() {
            Ok(_) => moved += 1,
            Err(error) => assert!(matches!(error, LakeError::Moved { .. }), "{error:?}"),
        }
    }
    assert_eq!(moved, 1);

    for (name, piece, pieces) in [("states/small", 1000, 3), ("states/large", 3 * 1024 * 1024, 7)] {
        let (sender, receiver) = mpsc::channel(1);
        let sent = tokio::spawn(async move {
            for number in 0..pieces {
                sender.send(Bytes::from(vec![number; piece])).await.unwrap();
            }
        });
        lake.put_stream(name, receiver).await.unwrap();
        sent.await.unwrap();
        let expected: Vec<u8> = (0..pieces).flat_map(|number| vec![number; piece]).collect();
        assert!(lake.get(name).await.unwrap() == expected, "{name}");
    }
    let mut listed: Vec<_> = lake.list("states").await.unwrap().into_iter().map(|object| object.path).collect();
    listed.sort();
    assert_eq!(listed, ["states/large", "states/small"]);
    lake.delete("states/large").await.unwrap();
    lake.delete("states/large").await.unwrap();
    assert_eq!(lake.list("states").await.unwrap().len(), 1);

    let wrong = s3.settings().with(&[("AWS_SECRET_ACCESS_KEY", "another")]);
    let refused = LakeStore::open(&LakeUrl::parse("s3://lake").unwrap(), id(), &wrong).unwrap();
    let error = refused.read_pointer().await.unwrap_err();
    assert!(error.to_string().contains("s3://lake/") && !format!("{error:?}").contains("another"), "{error:?}");
    assert_eq!(error.guidance().exit_code.status(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn nights_are_published_to_a_bucket_and_read_as_the_page_says() {
    let s3 = block_in_place(S3::start);
    let mut hospital =
        Hospital::with_reservations(GeneratorOptions { reservations: 50, changes: 0.5, ..Default::default() }).await;
    hospital
        .redefine(|text| format!("{text}\n[[export]]\nkind = \"lake\"\nurl = \"s3://lake/tijian\"\nkeep_hours = 0\n"));
    let command = |arguments: &[&str]| -> Ended {
        let mut command = hospital.tijian();
        command.args(arguments).arg(&hospital.pipeline_file).envs(s3.variables());
        block_in_place(|| end(command))
    };
    // The server may still be waking up; what it did not take is published by the next night.
    command(&["run"]);
    hospital.simulator.advance_night();
    hospital.simulator.insert_records(vec![record("A-1", ""), record("A-1", r#""orderStatus":5"#)]);
    command(&["run"]).expect(0);
    command(&["lake", "publish", "--again"]).expect(0);
    let versions = hospital.database.versions().await.len();
    assert!(versions > 51);
    let warehouse = hospital.database.lines("select warehouse_id::text from etl.warehouse").await.remove(0);
    let said = read_by_python(Some(&s3), &block("python"), &format!("s3://lake/tijian/{warehouse}"));
    assert_eq!(said, versions.to_string());
    let lake = LakeStore::open(
        &LakeUrl::parse("s3://lake/tijian").unwrap(),
        WarehouseId::parse(&warehouse).unwrap(),
        &s3.settings(),
    )
    .unwrap();
    let pointer = lake.read_pointer().await.unwrap().unwrap().pointer;
    let mut listed = Vec::new();
    for folder in ["states", "deliveries"] {
        listed.extend(lake.list(folder).await.unwrap().into_iter().map(|object| object.path));
    }
    let mut named: Vec<String> = pointer.paths().map(str::to_owned).collect();
    listed.sort();
    named.sort();
    assert_eq!(listed, named, "what it replaced is gone");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_is_read_as_the_page_says() {
    let mut hospital = Hospital::with_reservations(GeneratorOptions { reservations: 50, ..Default::default() }).await;
    let folder = hospital.dir.path().join("lake").display().to_string();
    hospital.redefine(|text| format!("{text}\n[[export]]\nkind = \"lake\"\nurl = \"file://{folder}\"\n"));
    hospital.night(&[]).expect(0);
    let warehouse = hospital.database.lines("select warehouse_id::text from etl.warehouse").await.remove(0);
    assert_eq!(read_by_python(None, &block("python"), &format!("file://{folder}/{warehouse}")), "50");
    let sql = block("sql").replace("/srv/lake/0190a6f2-7c1e-4d5b-8a39-5f0e1d2c3b4a", &format!("{folder}/{warehouse}"));
    assert!(sql.contains(&folder) && Path::new(&folder).exists());
    let script = "import duckdb, sys\nprint(duckdb.execute(sys.argv[1]).fetchall())";
    assert_eq!(read_by_python(None, script, &sql), "[('demo', 50)]");
}
