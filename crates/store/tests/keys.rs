//! The key table and the providers: what is durable, what is gone, who may read.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test file")]

mod support;

use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use store::Error;
use store::disk::{Disk, Fault, FaultPlan, RealDisk, SimulatedDisk};
use store::keys::{FileKeyProvider, KekId, KeyProvider, KeyTable, MemoryKeyProvider, Rewrapped, SlotState};
use support::Scratch;

const TABLE: &str = "keys.tab";

fn provider() -> Arc<MemoryKeyProvider> {
    Arc::new(MemoryKeyProvider::from_seed(1))
}

fn open(disk: &SimulatedDisk) -> KeyTable {
    KeyTable::open(Arc::new(disk.clone()), provider()).unwrap()
}

fn key(number: u64) -> [u8; 32] {
    [number as u8 ^ 0x5a; 32]
}

fn keys(numbers: std::ops::Range<u64>) -> Vec<(u64, [u8; 32])> {
    numbers.map(|number| (number, key(number))).collect()
}

#[test]
fn keys_survive_and_states_are_told_apart() {
    let disk = SimulatedDisk::new(FaultPlan::default());
    let mut table = open(&disk);
    assert_eq!((table.highest(), table.key(0).unwrap()), (None, None));
    table.create(&keys(0..100)).unwrap();
    table.create(&[(500, key(500)), (498, key(498)), (499, key(499))]).unwrap();
    assert_eq!(table.erase(7).unwrap(), SlotState::Live);
    assert_eq!(table.erase(7).unwrap(), SlotState::Erased, "again is harmless");
    let disk = disk.crash();
    let table = open(&disk);
    assert_eq!(table.highest(), Some(500));
    let mut counts = [0; 4];
    table
        .for_each(&mut |subject, state| {
            counts[state as usize] += 1;
            let expected = match subject {
                7 => SlotState::Erased,
                0..100 | 498..=500 => SlotState::Live,
                _ => SlotState::Never,
            };
            assert_eq!(state, expected, "subject {subject}");
            assert_eq!(table.key(subject).unwrap(), (expected == SlotState::Live).then(|| key(subject)));
        })
        .ok();
    assert_eq!(counts, [398, 102, 1, 0]);
    assert_eq!(table.state(u64::MAX).unwrap(), SlotState::Never);
}

#[test]
fn a_slot_is_given_only_once() {
    let disk = SimulatedDisk::new(FaultPlan::default());
    let mut table = open(&disk);
    table.create(&keys(0..3)).unwrap();
    table.erase(1).unwrap();
    for (subject, state) in [(0, "live"), (1, "erased")] {
        let error = table.create(&[(9, key(9)), (subject, key(5))]).unwrap_err().to_string();
        assert!(error.contains(state), "{error}");
    }
    assert!(matches!(table.create(&[(4, key(4)), (4, key(5))]), Err(Error::KeySlotTaken { subject: 4, .. })));
    assert!(matches!(table.create(&[(1 << 32, key(4))]), Err(Error::OverLimit { .. })));
    assert!(matches!(table.erase(4), Err(Error::NoKey { subject: 4 })));
    assert_eq!(table.highest(), Some(2), "refused batches wrote nothing");
    assert_eq!(table.key(0).unwrap(), Some(key(0)));
}

/// Whether any 12 bytes of the wrapped key are still somewhere in the file.
fn holds_any_part(file: &[u8], wrapped: &[u8]) -> bool {
    wrapped.windows(12).any(|part| file.windows(12).any(|place| place == part))
}

#[test]
fn after_an_erasure_the_file_holds_nothing_of_the_key() {
    let disk = SimulatedDisk::new(FaultPlan::default());
    let mut table = open(&disk);
    table.create(&keys(0..8)).unwrap();
    let before = disk.contents(TABLE).unwrap();
    let slot = 4096 + 5 * 128;
    // Past the nonce, which the seeded provider counts up from 0.
    let wrapped = before[slot + 28..slot + 76].to_vec();
    assert!(holds_any_part(&before, &wrapped));
    let reader = table.reader();
    assert_eq!(reader.key(5).unwrap(), Some(key(5)));
    table.erase(5).unwrap();
    assert_eq!(reader.key(5).unwrap(), None, "the cache forgot it too");
    let after = disk.crash().contents(TABLE).unwrap();
    assert!(!holds_any_part(&after, &wrapped));
    assert_eq!(after.len(), before.len());
    let rest = |bytes: &[u8]| [&bytes[..slot], &bytes[slot + 128..]].concat();
    assert!(rest(&before) == rest(&after), "no other slot was touched");
}

#[test]
fn rotation_rewraps_every_key_and_the_old_kek_can_go() {
    let disk = SimulatedDisk::new(FaultPlan::default());
    let provider = provider();
    let mut table = KeyTable::open(Arc::new(disk.clone()), provider.clone()).unwrap();
    table.create(&keys(0..20)).unwrap();
    table.erase(3).unwrap();
    let old_file = disk.contents(TABLE).unwrap();
    assert_eq!(provider.rotate().unwrap(), KekId(2));
    table.create(&keys(20..30)).unwrap();
    assert_eq!(table.rewrap_all().unwrap(), Rewrapped { keys: 19, damaged: 0 });
    assert_eq!(table.rewrap_all().unwrap(), Rewrapped::default());
    provider.retire(KekId(1)).unwrap();
    assert!(matches!(provider.retire(KekId(2)), Err(Error::KekInUse { .. })));
    drop(table);
    let disk = disk.crash();
    assert_eq!(disk.list().unwrap(), [TABLE]);
    let table = KeyTable::open(Arc::new(disk.clone()), provider.clone()).unwrap();
    for subject in 0..30 {
        assert_eq!(table.key(subject).unwrap(), (subject != 3).then(|| key(subject)));
    }
    drop(table);
    let backup = SimulatedDisk::new(FaultPlan::default());
    backup.damage(TABLE, old_file);
    let table = KeyTable::open(Arc::new(backup), provider).unwrap();
    assert!(matches!(table.key(0), Err(Error::UnknownKek { kek: 1, .. })), "an old backup no longer opens");
}

#[test]
fn a_crash_at_any_operation_loses_no_key_and_revives_none() {
    for seed in 0..400 {
        let disk = SimulatedDisk::new(FaultPlan { seed, ..FaultPlan::default() });
        let provider = provider();
        let mut table = KeyTable::open(Arc::new(disk.clone()), provider.clone()).unwrap();
        table.create(&keys(0..40)).unwrap();
        table.erase(9).unwrap();
        disk.set_plan(FaultPlan {
            seed,
            power_loss_at: Some(seed % 14),
            short_writes: 200,
            ..FaultPlan::default()
        });
        provider.rotate().unwrap();
        let created = table.create(&keys(40..80)).is_ok();
        let erased = table.erase(11).is_ok();
        let rewrapped = table.rewrap_all().is_ok();
        assert!(!rewrapped || (created && erased));
        drop(table);
        let mut table = KeyTable::open(Arc::new(disk.crash()), provider.clone()).unwrap();
        for subject in 0..40 {
            match table.state(subject).unwrap() {
                SlotState::Erased => assert!(subject == 9 || subject == 11, "seed {seed}"),
                SlotState::Live => {
                    assert!(subject != 9 && !(erased && subject == 11), "seed {seed}");
                    assert_eq!(table.key(subject).unwrap(), Some(key(subject)), "seed {seed}");
                }
                SlotState::Damaged if subject == 11 && !erased => {
                    assert_eq!(table.erase(11).unwrap(), SlotState::Damaged, "a torn erasure is repeated");
                }
                other => panic!("seed {seed}: subject {subject} is {other:?}"),
            }
        }
        for subject in 40..80 {
            let state = table.state(subject).unwrap();
            assert!(
                state == SlotState::Live || (!created && state != SlotState::Erased),
                "seed {seed}: {state:?}"
            );
        }
        if !created {
            table.forget_above(39).unwrap();
            assert_eq!(table.highest(), Some(39));
            table.create(&keys(40..80)).unwrap();
        }
        assert_eq!(table.key(79).unwrap(), Some(key(79)));
        table.rewrap_all().unwrap();
        assert_eq!(table.key(79).unwrap(), Some(key(79)));
    }
}

#[test]
fn a_damaged_slot_harms_no_other() {
    let disk = SimulatedDisk::new(FaultPlan::default());
    open(&disk).create(&keys(0..10)).unwrap();
    let mut bytes = disk.contents(TABLE).unwrap();
    bytes[4096 + 4 * 128 + 30] ^= 1;
    disk.damage(TABLE, bytes.clone());
    let mut table = open(&disk);
    let error = table.key(4).unwrap_err().to_string();
    assert!(error.contains("byte 4608") && error.contains("subject 4"), "{error}");
    assert_eq!(table.state(4).unwrap(), SlotState::Damaged);
    assert_eq!(table.key(5).unwrap(), Some(key(5)));
    assert!(matches!(table.create(&keys(4..5)), Err(Error::KeySlotTaken { .. })));
    assert_eq!(table.rewrap_all().unwrap(), Rewrapped { keys: 0, damaged: 1 });
    assert_eq!(table.erase(4).unwrap(), SlotState::Damaged);
    drop(table);
    // Two live slots exchanged do not open for each other.
    let (third, fourth) = (4096 + 3 * 128, 4096 + 5 * 128);
    let mut exchanged = bytes.clone();
    exchanged[third..third + 128].copy_from_slice(&bytes[fourth..fourth + 128]);
    disk.damage(TABLE, exchanged);
    assert!(matches!(open(&disk).key(3), Err(Error::Corrupt { .. })));
}

#[test]
fn after_a_failed_write_the_table_takes_no_more() {
    for fault in [Fault::WriteError, Fault::SyncError] {
        let disk = SimulatedDisk::new(FaultPlan::default());
        let mut table = open(&disk);
        table.create(&keys(0..3)).unwrap();
        disk.fail_next(fault);
        assert!(matches!(table.erase(1), Err(Error::Io { .. })));
        assert!(matches!(table.create(&keys(5..6)), Err(Error::Poisoned)));
        assert!(matches!(table.erase(1), Err(Error::Poisoned)));
        assert_eq!(table.key(2).unwrap(), Some(key(2)), "reading goes on");
        drop(table);
        // The process is restarted, the machine is not: the erasure is repeated and then really durable.
        let disk = disk.kill();
        open(&disk).erase(1).unwrap();
        assert_eq!(open(&disk.crash()).state(1).unwrap(), SlotState::Erased);
    }
}

#[test]
fn another_providers_table_is_refused() {
    let disk = SimulatedDisk::new(FaultPlan::default());
    drop(open(&disk));
    let other = Arc::new(MemoryKeyProvider::from_seed(2));
    let error = KeyTable::open(Arc::new(disk), other).err().unwrap().to_string();
    assert!(error.contains("right key-encryption keys"), "{error}");
}

#[test]
fn the_file_provider_rotates_across_restarts() {
    let scratch = Scratch::new("kek");
    let directory = scratch.path().join("kek");
    let disk = || Arc::new(RealDisk::create(scratch.path().join("keys")).unwrap());
    let provider = Arc::new(FileKeyProvider::open(&directory).unwrap());
    let index_key = provider.index_key();
    KeyTable::open(disk(), provider.clone()).unwrap().create(&keys(0..5)).unwrap();
    assert_eq!(provider.rotate().unwrap(), KekId(2));
    let provider = Arc::new(FileKeyProvider::open(&directory).unwrap());
    assert_eq!((provider.current(), provider.index_key()), (KekId(2), index_key));
    let mut table = KeyTable::open(disk(), provider.clone()).unwrap();
    assert_eq!(table.key(4).unwrap(), Some(key(4)));
    table.rewrap_all().unwrap();
    provider.retire(KekId(1)).unwrap();
    drop(table);
    let provider = Arc::new(FileKeyProvider::open(&directory).unwrap());
    assert_eq!(KeyTable::open(disk(), provider).unwrap().key(4).unwrap(), Some(key(4)));
    let mut names: Vec<_> = std::fs::read_dir(&directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["000002.kek", "root.key"]);
}

#[test]
fn keys_that_others_could_read_or_that_are_damaged_are_refused() {
    let scratch = Scratch::new("modes");
    let directory = scratch.path().join("kek");
    drop(FileKeyProvider::open(&directory).unwrap());
    let kek = directory.join("000001.kek");
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&kek), mode(&directory)), (0o600, 0o700));
    for (path, wide, right) in [(&kek, 0o640, 0o600), (&directory, 0o755, 0o700)] {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(wide)).unwrap();
        let error = FileKeyProvider::open(&directory).err().unwrap().to_string();
        assert!(error.contains(&format!("mode {wide:o}")), "{error}");
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(right)).unwrap();
    }
    let sound = std::fs::read(&kek).unwrap();
    for byte in 0..sound.len() {
        let mut bytes = sound.clone();
        bytes[byte] ^= 4;
        std::fs::write(&kek, bytes).unwrap();
        assert!(FileKeyProvider::open(&directory).is_err(), "byte {byte}");
    }
    std::fs::write(&kek, &sound).unwrap();
    drop(FileKeyProvider::open(&directory).unwrap());
    std::fs::remove_file(directory.join("root.key")).unwrap();
    let error = FileKeyProvider::open(&directory).err().unwrap().to_string();
    assert!(error.contains("root secret"), "a lost root is not silently replaced: {error}");
}
