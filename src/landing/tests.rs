//! Deliveries appear whole and sealed, and open as they arrived, or not at all.
//!
//! Invariant: Memory and disk do not grow with anything a platform sends (names, states of one reservation, an endless
//! body), and only regular files are read.

use std::io::Read;
use std::os::unix::fs::{MetadataExt, PermissionsExt};

use super::*;

/// Content of a segment, header of a file, and authentication of a segment, as `seal` says them.
const SEGMENT: usize = 65_536;
const HEADER: usize = 33;
const TAG: usize = 16;

fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn key(number: u8) -> LandingKey {
    LandingKey::derive(&[number; 32])
}

fn folder(dir: &tempfile::TempDir) -> Landing {
    Landing::open(dir.path(), "demo", key(7)).unwrap()
}

async fn land(landing: &Landing, discriminator: &str, body: &[u8]) -> LandedDelivery {
    let mut partial = landing.begin(instant("2026-11-23T01:02:03.004Z"), discriminator).await.unwrap();
    for piece in body.chunks(10_000) {
        partial.write(piece).await.unwrap();
    }
    assert_eq!(partial.bytes(), body.len() as u64);
    partial.finish().await.unwrap()
}

fn read(delivery: &LandedDelivery) -> Result<Vec<u8>, LandingError> {
    let mut body = Vec::new();
    let outcome = delivery.open()?.read_to_end(&mut body);
    outcome.map(|_| body).map_err(|error| read::of_read(&delivery.path, error))
}

fn refusal(delivery: &LandedDelivery) -> SealError {
    let error = read(delivery).map(|body| body.len()).unwrap_err();
    assert!(error.to_string().contains(&delivery.name()), "{error}");
    let LandingError::Open { source, .. } = error else { panic!("{error}") };
    source
}

#[tokio::test]
async fn what_root_lands_belongs_to_whom_the_folder_belongs_to() {
    let dir = tempfile::tempdir().unwrap();
    let landing = folder(&dir);
    let nobody = 65_534;
    if rustix::process::geteuid().is_root() {
        std::os::unix::fs::chown(dir.path().join("demo"), Some(nobody), Some(nobody)).unwrap();
    }
    let landed = fs::metadata(land(&landing, "7-1", b"abcdef").await.path).unwrap();
    let folder = fs::metadata(dir.path().join("demo")).unwrap();
    assert_eq!((landed.uid(), landed.gid()), (folder.uid(), folder.gid()));
}

#[tokio::test]
async fn a_delivery_appears_whole_private_and_sealed() {
    let dir = tempfile::tempdir().unwrap();
    let landed = land(&folder(&dir), "7-1", b"abcdef").await;
    assert_eq!(landed.name(), "20261123T010203.004Z-7-1.delivery");
    assert_eq!(read(&landed).unwrap(), b"abcdef");
    let stored = fs::read(&landed.path).unwrap();
    assert_eq!(stored.len(), HEADER + 6 + TAG);
    assert!(!stored.windows(3).any(|bytes| bytes == b"abc"));
    assert_eq!(fs::metadata(&landed.path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::metadata(dir.path().join("demo")).unwrap().permissions().mode() & 0o777, 0o700);
    assert_eq!(fs::read_dir(dir.path().join("demo")).unwrap().count(), 1);
}

#[tokio::test]
async fn what_a_killed_run_left_is_removed_and_whole_deliveries_stay() {
    let dir = tempfile::tempdir().unwrap();
    let landing = folder(&dir);
    let whole = landing.begin(instant("2026-11-23T00:00:00Z"), "1").await.unwrap().finish().await.unwrap();
    let mut half = landing.begin(instant("2026-11-23T00:00:01Z"), "2").await.unwrap();
    half.write(b"x").await.unwrap();
    drop(half);
    let left: Vec<_> = folder(&dir).deliveries().unwrap().into_iter().map(|delivery| delivery.path).collect();
    assert_eq!(left, [whole.path]);
    assert_eq!(fs::read_dir(dir.path().join("demo")).unwrap().count(), 1);
}

#[tokio::test]
async fn only_deliveries_past_their_days_go_and_none_that_is_to_be_kept() {
    let dir = tempfile::tempdir().unwrap();
    let landing = folder(&dir);
    let oldest = landing.begin(instant("2026-01-01T00:00:00Z"), "1").await.unwrap().finish().await.unwrap();
    let young = landing.begin(instant("2026-02-01T00:00:00Z"), "2").await.unwrap().finish().await.unwrap();
    fs::write(dir.path().join("demo/notes.txt"), "kept").unwrap();
    let kept = landing.begin(instant("2026-01-02T00:00:00Z"), "3").await.unwrap().finish().await.unwrap();
    let names = HashSet::from([kept.name()]);
    let old = |account| old_deliveries(dir.path(), account, instant("2026-01-15T00:00:00Z"), &names).unwrap();
    assert_eq!(old("demo"), std::slice::from_ref(&oldest.path));
    assert_eq!(old("nobody"), [] as [PathBuf; 0]);
    remove_deliveries(&old("demo")).unwrap();
    assert!(!oldest.path.exists() && kept.path.exists());
    assert!(young.path.exists() && dir.path().join("demo/notes.txt").exists());
}

/// Invariant: A landed file opens unchanged and under its own name, or is refused.
/// Held by: AES-256-GCM in STREAM's segments, a key per file, account and name authenticated.
#[tokio::test]
async fn a_changed_byte_in_any_region_is_told_with_the_files_name() {
    let dir = tempfile::tempdir().unwrap();
    let landed = land(&folder(&dir), "7-1", &vec![b'7'; 2 * SEGMENT + 100]).await;
    let sealed = fs::read(&landed.path).unwrap();
    let (first, last) = (HEADER + SEGMENT, sealed.len() - TAG);
    // Magic, format, key id, salt; the first, the middle and the last segment: content and authentication.
    let regions = [0, 3, 7, 8, 9, 16, 17, 32, HEADER, first, first + TAG, first + SEGMENT, last - 1, last, last + 15];
    for at in regions {
        let mut changed = sealed.clone();
        changed[at] ^= 0x10;
        fs::write(&landed.path, &changed).unwrap();
        let error = refusal(&landed);
        match at {
            8 => assert_eq!(error, SealError::Format(0x11)),
            9 | 16 => assert!(matches!(error, SealError::OtherKey { .. }), "byte {at}: {error}"),
            _ => assert_eq!(error, SealError::Damaged, "byte {at}"),
        }
    }
    fs::write(&landed.path, &sealed).unwrap();
    assert_eq!(read(&landed).unwrap().len(), 2 * SEGMENT + 100);
}

/// Invariant: A landed file opens unchanged and under its own name, or is refused.
#[tokio::test]
async fn a_file_cut_at_any_border_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let landing = folder(&dir);
    let landed = land(&landing, "7-1", &vec![b'7'; 3 * SEGMENT]).await;
    let sealed = fs::read(&landed.path).unwrap();
    let borders = (0..3).map(|segment| HEADER + segment * (SEGMENT + TAG));
    // Listed, as a later program finds it: then it might as well be one that was never sealed.
    let listed = landing.deliveries().unwrap().remove(0);
    for length in borders.chain([0, 1, 7, 8, 9, 16, 17, HEADER - 1, sealed.len() - 1]) {
        fs::write(&landed.path, &sealed[..length]).unwrap();
        for delivery in [&landed, &listed] {
            assert_eq!(refusal(delivery), SealError::Damaged, "{length} bytes");
        }
    }
}

/// Invariant: A landed file opens unchanged and under its own name, or is refused.
#[tokio::test]
async fn two_files_in_each_others_place_do_not_open() {
    let dir = tempfile::tempdir().unwrap();
    let landing = folder(&dir);
    let (one, other) = (land(&landing, "7-1", b"one").await, land(&landing, "7-2", b"other").await);
    let aside = dir.path().join("aside");
    fs::rename(&one.path, &aside).unwrap();
    fs::rename(&other.path, &one.path).unwrap();
    fs::rename(&aside, &other.path).unwrap();
    assert_eq!([refusal(&one), refusal(&other)], [SealError::Damaged, SealError::Damaged]);
    // Nor does an account's file in another account's folder.
    let foreign = Landing::open(dir.path(), "other", key(7)).unwrap();
    fs::rename(&one.path, foreign.dir.join(one.name())).unwrap();
    assert_eq!(refusal(&foreign.deliveries().unwrap()[0]), SealError::Damaged);
}

#[tokio::test]
async fn what_is_not_sealed_is_not_read() {
    let dir = tempfile::tempdir().unwrap();
    let landing = folder(&dir);
    let landed = land(&landing, "7-1", b"sealed").await;
    for text in ["q83vEjRWeJA=", "{\"code\":200}"] {
        fs::write(&landed.path, text).unwrap();
        assert_eq!(refusal(&landed), SealError::Damaged);
    }
}

#[tokio::test]
async fn a_delivery_is_sealed_again_once_and_opens_as_before() {
    let dir = tempfile::tempdir().unwrap();
    let body = vec![b'7'; SEGMENT + 5];
    land(&folder(&dir), "7-1", &body).await;
    land(&folder(&dir), "7-0", b"small").await;
    let landing = Landing::open(dir.path(), "demo", key(8)).unwrap();
    let deliveries = landing.deliveries().unwrap();
    let expected = SealError::OtherKey { found: key(7).id(), known: vec![key(8).id()] };
    assert_eq!(refusal(&deliveries[1]), expected);
    for outcome in [Reseal::Done, Reseal::Needless] {
        for delivery in &deliveries {
            assert_eq!(landing.reseal(delivery, &key(7)).unwrap(), outcome);
        }
    }
    assert_eq!(read(&deliveries[0]).unwrap(), b"small");
    assert_eq!(read(&deliveries[1]).unwrap(), body);
    assert!(fs::read(&deliveries[0].path).unwrap().starts_with(b"\xfftijian\xff"));
    assert_eq!(fs::metadata(&deliveries[0].path).unwrap().permissions().mode() & 0o777, 0o600);

    // Neither the one key nor the other: nothing is touched, and nothing is left behind.
    let later = Landing::open(dir.path(), "demo", key(9)).unwrap();
    let before = fs::read(&deliveries[1].path).unwrap();
    let error = later.reseal(&later.deliveries().unwrap()[1], &key(7)).unwrap_err();
    let LandingError::Open { source, .. } = &error else { panic!("{error}") };
    assert_eq!(*source, SealError::OtherKey { found: key(8).id(), known: vec![key(9).id(), key(7).id()] });
    // A damaged one stays as it is, too.
    let mut damaged = before.clone();
    damaged[HEADER] ^= 1;
    fs::write(&deliveries[1].path, &damaged).unwrap();
    assert!(later.reseal(&later.deliveries().unwrap()[1], &key(8)).is_err());
    assert!(fs::read(&deliveries[1].path).unwrap() == damaged);
    assert_eq!(fs::read_dir(dir.path().join("demo")).unwrap().count(), 2);
}

#[tokio::test]
async fn a_delivery_stops_while_there_is_room_left_and_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut landing = folder(&dir);
    landing.room = Room { look_every: 20_000, reserve: u64::MAX };
    let mut partial = landing.begin(instant("2026-11-23T01:02:03.004Z"), "7-1").await.unwrap();
    let mut error = None;
    for _ in 0..5 {
        error = partial.write(&[b'a'; 10_000]).await.err();
        if error.is_some() {
            break;
        }
    }
    let error = error.expect("it stops");
    assert_eq!(error.guidance().exit_code, ExitCode::Temporary);
    let said = error.to_string();
    assert!(said.contains("MiB are free in") && said.contains(dir.path().to_str().unwrap()), "{said}");
    assert_eq!(partial.bytes(), 30_000, "looked at again after every 20,000 bytes");
    drop(partial);
    assert_eq!(fs::read_dir(dir.path().join("demo")).unwrap().count(), 0);

    landing.room = Room { look_every: 20_000, reserve: 1 };
    land(&landing, "7-2", &[b'a'; 50_000]).await;
}

#[tokio::test]
async fn a_delivery_that_breaks_off_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let landing = folder(&dir);
    let mut partial = landing.begin(instant("2026-11-23T01:02:03.004Z"), "7-1").await.unwrap();
    partial.write(&[b'a'; 600_000]).await.unwrap();
    assert_eq!(fs::read_dir(dir.path().join("demo")).unwrap().count(), 1);
    drop(partial);
    assert_eq!(fs::read_dir(dir.path().join("demo")).unwrap().count(), 0);
}

#[test]
fn folders_of_accounts_that_are_not_named_are_seen() {
    let dir = tempfile::tempdir().unwrap();
    for account in ["a", "b"] {
        fs::create_dir(dir.path().join(account)).unwrap();
    }
    fs::write(dir.path().join("note"), "no account").unwrap();
    let holds_others = |named: &[&str]| {
        let named: Vec<String> = named.iter().map(|account| (*account).to_owned()).collect();
        holds_other_accounts(dir.path(), &named)
    };
    assert!(!holds_others(&["a", "b", "c"]).unwrap());
    assert!(holds_others(&["a"]).unwrap());
    assert!(holds_others(&[]).unwrap());
    fs::remove_dir_all(dir.path()).unwrap();
    assert!(holds_others(&["a"]).is_err());
}

/// Invariant: What a restored database needs is never removed from the middle of a journal.
/// Held by: files go in the order of their entries, whatever a clock has said.
#[tokio::test]
async fn a_clock_that_was_behind_makes_no_gap_in_the_journal() {
    let dir = tempfile::tempdir().unwrap();
    let landing = folder(&dir);
    let times = ["2026-01-01T00:00:00Z", "2026-11-01T00:00:00Z", "2023-01-01T00:00:00Z", "2026-11-03T00:00:00Z"];
    for (entry, time) in (1..).zip(times) {
        landing.write_journal(instant(time), entry, entry, b"{}").await.unwrap();
    }
    let entries = || landing.journal_files().unwrap().iter().map(|file| file.first).collect::<Vec<_>>();
    prune_journal(dir.path(), "demo", instant("2026-10-01T00:00:00Z")).unwrap();
    assert_eq!(entries(), [2, 3, 4]);
    prune_journal(dir.path(), "demo", instant("2026-11-02T00:00:00Z")).unwrap();
    assert_eq!(entries(), [4]);
    prune_journal(dir.path(), "demo", instant("2026-12-01T00:00:00Z")).unwrap();
    assert_eq!(entries(), [4], "the newest stays");
}
