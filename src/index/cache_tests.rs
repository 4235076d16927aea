use super::*;

const FORMAT: u32 = 1;

fn revision(generation: i64) -> Revision {
    Revision {
        identity: "of a test".into(),
        generation,
        mark: generation.to_string(),
    }
}

/// A cache with a state of two files.
fn cache() -> (tempfile::TempDir, Cache, Stamp<u32>) {
    let home = tempfile::tempdir().unwrap();
    let cache = Cache::new(&home.path().join("cache"), FORMAT);
    let draft = cache.begin().unwrap();
    fs::write(draft.path().join("one"), "the first").unwrap();
    fs::write(draft.path().join("two"), "the second").unwrap();
    let stamp = cache.publish(draft, None, revision(1), 5).unwrap();
    // Clocks of file systems tick some milliseconds apart.
    std::thread::sleep(std::time::Duration::from_millis(20));
    (home, cache, stamp)
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let name = |entry: io::Result<fs::DirEntry>| entry.unwrap().file_name().into_string().unwrap();
    let mut out: Vec<String> = entries.map(name).collect();
    out.sort();
    out
}

#[test]
fn a_state_comes_back_as_it_was_published() {
    let (_home, cache, _) = cache();
    let stamp: Stamp<u32> = cache.stamp().unwrap();
    assert_eq!((&stamp.reflects, stamp.more), (&revision(1), 5));
    let begin = |file: &mut dyn std::io::Read| {
        let mut bytes = [0; 3];
        file.read_exact(&mut bytes).map(|()| bytes)
    };
    assert_eq!(&cache.read(&stamp, "two", begin).unwrap(), b"the");
    cache.check(&stamp, Check::Bytes).unwrap();
    cache.check(&stamp, Check::Times).unwrap();
    let of_another_format = Cache::new(cache.folder(), FORMAT + 1);
    assert!(of_another_format.stamp::<u32>().is_none());
}

#[test]
fn a_bit_that_flips_is_seen_wherever_it_stands() {
    let (_home, cache, stamp) = cache();
    let files = ["one", "two"].map(|name| cache.path(&stamp).join(name));
    for path in [
        cache.folder().join(STAMP),
        files[0].clone(),
        files[1].clone(),
    ] {
        let whole = fs::read(&path).unwrap();
        let time = fs::metadata(&path).unwrap().modified().unwrap();
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= 1 << (at % 8);
            fs::write(&path, bytes).unwrap();
            let read: Option<Stamp<u32>> = cache.stamp();
            let is_whole = |check| {
                let checked = read.as_ref().map(|stamp| cache.check(stamp, check));
                checked.is_some_and(|checked| checked.is_ok())
            };
            assert!(!is_whole(Check::Bytes) && !is_whole(Check::Times));
        }
        fs::write(&path, whole).unwrap();
        // Its time is another one, so its bytes are looked at, and are right.
        cache.check(&stamp, Check::Times).unwrap();
        File::options()
            .write(true)
            .open(&path)
            .unwrap()
            .set_modified(time)
            .unwrap();
    }
    fs::remove_file(&files[0]).unwrap();
    assert!(cache.check(&stamp, Check::Times).is_err());
}

#[test]
fn a_draft_that_is_dropped_leaves_the_earlier_state() {
    let (_home, cache, stamp) = cache();
    let draft = cache.begin_from(&stamp).unwrap();
    fs::write(draft.path().join("three"), "the third").unwrap();
    drop(draft);
    assert_eq!(names(cache.folder()), [STAMP, "state-1"]);
    let now: Stamp<u32> = cache.stamp().unwrap();
    cache.check(&now, Check::Bytes).unwrap();
}

#[test]
fn a_state_follows_another_and_strangers_go() {
    let (_home, cache, stamp) = cache();
    fs::write(cache.folder().join("meta.json"), "of long ago").unwrap();
    fs::create_dir(cache.folder().join("state-9")).unwrap();
    let draft = cache.begin_from(&stamp).unwrap();
    fs::remove_file(draft.path().join("one")).unwrap();
    fs::write(draft.path().join("three"), "the third").unwrap();
    let next = cache.publish(draft, Some(&stamp), revision(2), 6).unwrap();
    assert_eq!(names(cache.folder()), [STAMP, "state-10"]);
    assert_eq!(names(&cache.path(&next)), ["three", "two"]);
    cache.check(&next, Check::Bytes).unwrap();
}

#[test]
fn files_in_the_way_are_put_aside() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("cache");
    fs::write(&folder, "a file in place of the folder").unwrap();
    let cache = Cache::new(&folder, FORMAT);
    assert!(cache.stamp::<u32>().is_none());
    let draft = cache.begin().unwrap();
    fs::create_dir(folder.join(STAMP)).unwrap();
    cache.publish(draft, None, revision(1), 0).unwrap();
    assert!(cache.stamp::<u32>().is_some());
}
