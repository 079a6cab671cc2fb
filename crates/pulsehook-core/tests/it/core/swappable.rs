//! Values that are exchanged while requests come in.

use std::sync::atomic::{AtomicBool, Ordering};

use pulsehook_core::Swappable;

#[test]
fn clones_share_the_value() {
    let first = Swappable::new("one".to_owned());
    let second = first.clone();
    assert_eq!(*second.current(), "one");
    second.replace("two".to_owned());
    assert_eq!((&**first.current(), &**second.current()), ("two", "two"));
}

#[test]
fn what_was_taken_stays_what_it_was() {
    let swappable = Swappable::new(vec![1]);
    let before = swappable.current();
    swappable.replace(vec![2]);
    assert_eq!((&*before, &*swappable.current()), (&vec![1], &vec![2]));
}

#[test]
fn the_value_is_not_printed() {
    let swappable = Swappable::new("canary");
    assert_eq!(format!("{swappable:?}"), "Swappable(..)");
}

#[test]
fn readers_see_whole_values_while_it_is_exchanged() {
    let swappable = Swappable::new([0_u32; 64]);
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reader = || {
            let mut last = 0;
            while !done.load(Ordering::Relaxed) {
                let value = swappable.current();
                assert!(value.iter().all(|part| *part == value[0]));
                assert!(value[0] >= last, "never an older one again");
                last = value[0];
            }
        };
        let readers = [scope.spawn(reader), scope.spawn(reader)];
        for number in 1..=2_000 {
            swappable.replace([number; 64]);
        }
        done.store(true, Ordering::Relaxed);
        for reader in readers {
            reader.join().expect("no reader fails");
        }
    });
    assert_eq!(swappable.current()[0], 2_000);
}
