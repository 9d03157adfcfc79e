//! A lake in a folder, and one in a bucket that nobody answers for. A real S3 server: `tests/readers`.

use super::*;

const ID: &str = "0190a6f2-7c1e-4d5b-8a39-5f0e1d2c3b4a";

fn id() -> WarehouseId {
    WarehouseId::parse(ID).unwrap()
}

fn no_settings() -> Settings {
    std::iter::empty().collect()
}

fn lake_in(folder: &std::path::Path) -> LakeStore {
    let url = LakeUrl::Folder(folder.join("lake"));
    LakeStore::open(&url, id(), &no_settings()).unwrap()
}

fn pointer(number: u64) -> Pointer {
    Pointer { number, ..Pointer::empty(id()) }
}

#[tokio::test]
async fn the_pointer_moves_only_from_what_was_read() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake_in(folder.path());
    assert_eq!(lake.read_pointer().await.unwrap(), None);
    assert!(!folder.path().join("lake").exists(), "looking makes no folder");
    let first = lake.move_pointer(&pointer(1), None).await.unwrap();
    let found = lake.read_pointer().await.unwrap().unwrap();
    assert_eq!((found.pointer, &found.tag), (pointer(1), &first));
    let again = lake.move_pointer(&pointer(9), None).await;
    assert!(matches!(again, Err(LakeError::Moved { .. })), "{again:?}");
    let second = lake.move_pointer(&pointer(2), Some(&first)).await.unwrap();
    let late = lake.move_pointer(&pointer(9), Some(&first)).await;
    assert!(matches!(late, Err(LakeError::Moved { .. })), "{late:?}");
    assert_eq!(lake.read_pointer().await.unwrap().unwrap(), FoundPointer { pointer: pointer(2), tag: second.clone() });
    std::fs::remove_file(folder.path().join("lake").join(ID).join(POINTER)).unwrap();
    let gone = lake.move_pointer(&pointer(3), Some(&second)).await;
    assert!(matches!(gone, Err(LakeError::Moved { .. })), "{gone:?}");
}

/// Invariant: Of two that move the lake's pointer from the same state, one is refused.
/// Held by: S3's condition on the ETag; in a folder, the lock of `pointer.lock` and the comparison under it.
#[tokio::test]
async fn of_many_writers_one_moves_the_pointer() {
    let folder = tempfile::tempdir().unwrap();
    let mut from = lake_in(folder.path()).move_pointer(&pointer(1), None).await.unwrap();
    for round in 0..5 {
        let movers = (0..8).map(|writer| {
            let (lake, from) = (lake_in(folder.path()), from.clone());
            tokio::spawn(async move { lake.move_pointer(&pointer(100 * (round + 1) + writer), Some(&from)).await })
        });
        let mut moved = Vec::new();
        for mover in movers.collect::<Vec<_>>() {
            match mover.await.unwrap() {
                Ok(tag) => moved.push(tag),
                Err(error) => assert!(matches!(error, LakeError::Moved { .. }), "{error}"),
            }
        }
        assert_eq!(moved.len(), 1);
        from = moved.remove(0);
        assert_eq!(lake_in(folder.path()).read_pointer().await.unwrap().unwrap().tag, from);
    }
}

#[tokio::test]
async fn a_pointer_of_another_warehouse_or_of_nobody_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake_in(folder.path());
    let other = WarehouseId::parse("1190a6f2-7c1e-4d5b-8a39-5f0e1d2c3b4a").unwrap();
    for json in [Pointer::empty(other).to_json(), "{}".to_owned()] {
        lake.put(POINTER, json.into()).await.unwrap();
        assert!(matches!(lake.read_pointer().await, Err(LakeError::Unreadable { .. })));
    }
    lake.put(POINTER, r#"{"format":7}"#.into()).await.unwrap();
    let error = lake.read_pointer().await.unwrap_err();
    assert!(matches!(error, LakeError::Format { format: 7, .. }), "{error}");
    let place = format!("file://{}/lake/{ID}/pointer.json", folder.path().display());
    assert_eq!(error.to_string(), format!("{place} has format 7, which this tijian does not know"));
}

#[tokio::test]
async fn objects_are_put_listed_and_deleted() {
    // Whatever a file system allows in its names.
    let root = tempfile::tempdir().unwrap();
    let folder = tempfile::Builder::new().prefix("数据 ~+'\"&[湖] ").tempdir_in(root.path()).unwrap();
    let lake = lake_in(folder.path());
    assert_eq!(lake.list("states").await.unwrap(), []);
    lake.put("states/a.parquet", "abc".into()).await.unwrap();
    lake.put("built/3/history/b.parquet", "b".into()).await.unwrap();
    assert_eq!(lake.get("states/a.parquet").await.unwrap(), "abc");
    let listed = lake.list("states").await.unwrap();
    assert_eq!(
        listed.iter().map(|object| (object.path.as_str(), object.bytes)).collect::<Vec<_>>(),
        [("states/a.parquet", 3)]
    );
    assert_eq!(lake.list("built").await.unwrap()[0].path, "built/3/history/b.parquet");
    assert_eq!(
        lake.address("states/a.parquet"),
        format!("file://{}/lake/{ID}/states/a.parquet", folder.path().display())
    );
    lake.delete("states/a.parquet").await.unwrap();
    lake.delete("states/a.parquet").await.unwrap();
    assert_eq!(lake.list("states").await.unwrap(), []);
    assert!(matches!(lake.get("states/a.parquet").await, Err(LakeError::File { operation: "read", .. })));
}

#[tokio::test]
async fn a_stream_becomes_one_object_however_large() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake_in(folder.path());
    for (name, piece, pieces) in
        [("states/none", 0, 0), ("states/small", 1000, 3), ("states/large", 3 * 1024 * 1024, 7)]
    {
        let (sender, receiver) = mpsc::channel(1);
        let sent = tokio::spawn(async move {
            for number in 0..pieces {
                sender.send(Bytes::from(vec![number; piece])).await.unwrap();
            }
        });
        assert_eq!(lake.put_stream(name, receiver).await.unwrap(), u64::from(pieces) * piece as u64);
        sent.await.unwrap();
        let expected: Vec<u8> = (0..pieces).flat_map(|number| vec![number; piece]).collect();
        assert!(lake.get(name).await.unwrap() == expected, "{name}");
    }
}

#[tokio::test]
async fn what_a_killed_writer_left_is_removed_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake_in(folder.path());
    lake.delete_half_written("states").await.unwrap();
    lake.put("states/a.parquet", "abc".into()).await.unwrap();
    std::fs::create_dir(folder.path().join("lake").join(ID).join("states/below")).unwrap();
    let left = ["states/b.parquet#1", "states/below/c#27"].map(|left| folder.path().join("lake").join(ID).join(left));
    left.iter().for_each(|left| std::fs::write(left, "half").unwrap());
    assert_eq!(lake.list("states").await.unwrap().len(), 1, "nobody sees it");
    lake.delete_half_written("states").await.unwrap();
    assert!(!left.iter().any(|left| left.exists()));
    assert_eq!(lake.list("states").await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_says_why() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("lake"), "a file").unwrap();
    let lake = lake_in(folder.path());
    for error in
        [lake.put("states/a", "a".into()).await.unwrap_err(), lake.move_pointer(&pointer(1), None).await.unwrap_err()]
    {
        assert!(matches!(error, LakeError::File { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn a_bucket_that_nobody_answers_for_is_tried_again_later_and_shows_no_credentials() {
    let url = LakeUrl::parse("s3://lake/tijian").unwrap();
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let endpoint = format!("http://{closed}");
    let settings = no_settings().with(&[
        ("AWS_ACCESS_KEY_ID", "planted-id"),
        ("AWS_SECRET_ACCESS_KEY", "planted-secret"),
        ("AWS_REGION", "here"),
        ("AWS_ENDPOINT_URL", &endpoint),
        ("AWS_ALLOW_HTTP", "true"),
    ]);
    let lake = LakeStore::open(&url, id(), &settings).unwrap();
    assert_eq!(lake.address("states/a"), format!("s3://lake/tijian/{ID}/states/a"));
    let error = lake.read_pointer().await.unwrap_err();
    assert!(matches!(error, LakeError::Store { source: StoreFault::Unreachable, .. }), "{error:?}");
    assert_eq!(error.guidance().exit_code, crate::guidance::ExitCode::Temporary);
    let shown = format!("{error:?} {} {lake:?}", crate::guidance::chain(&error));
    assert!(!shown.contains("planted"), "{shown}");
}
