//! Decompression: limits, windows, and frames that are not what they should be.

use pulsehook_core::DecodeErrorKind::{self, Encoding, TooLarge};
use pulsehook_core::compression::decompress_zstd;
use pulsehook_core::thryve::testing::compress;

fn decompress(frames: &[u8], limit: usize) -> Result<Vec<u8>, DecodeErrorKind> {
    let unpacked = decompress_zstd(frames, limit);
    if let Ok(bytes) = &unpacked {
        assert!(bytes.len() <= limit);
    }
    unpacked.map_err(|error| error.kind())
}

/// Makes a frame of raw blocks, of no declared size, with a window descriptor of one's choice.
fn raw_frame(window: u8, blocks: &[&[u8]]) -> Vec<u8> {
    let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, window];
    for (at, block) in blocks.iter().enumerate() {
        let last = usize::from(at + 1 == blocks.len());
        frame.extend_from_slice(&(block.len() << 3 | last).to_le_bytes()[..3]);
        frame.extend_from_slice(block);
    }
    frame
}

/// Makes a frame of one block that repeats a byte, over and over: 4 bytes for each 128 KiB.
fn bomb(blocks: usize) -> Vec<u8> {
    let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x38];
    for at in 0..blocks {
        let last = usize::from(at + 1 == blocks);
        frame.extend_from_slice(&((128 << 10) << 3 | 1 << 1 | last).to_le_bytes()[..3]);
        frame.push(b' ');
    }
    frame
}

#[test]
fn the_limit_is_the_last_length_that_is_accepted() {
    for len in [1, 2, 1000, 128 << 10, 256 << 10, (256 << 10) + 1, 1 << 20] {
        let content: Vec<u8> = (0..len).map(|at: usize| at.to_le_bytes()[0]).collect();
        let window = 0x50;
        let blocks: Vec<&[u8]> = content.chunks(100_000).collect();
        for frame in [compress(&content), raw_frame(window, &blocks)] {
            assert_eq!(decompress(&frame, len - 1), Err(TooLarge), "{len}");
            for limit in [len, len + 1, 2 * len, usize::MAX] {
                assert_eq!(decompress(&frame, limit).as_deref(), Ok(&*content));
            }
        }
    }
    let empty = compress("");
    assert_eq!(decompress(&empty, 0), Ok(Vec::new()));
    assert_eq!(decompress(&compress("a"), 0), Err(TooLarge));
}

#[test]
fn a_bomb_stops_at_the_limit() {
    // 1 KiB that unpacks to 32 MiB, and 256 KiB that unpack to 8 GiB.
    for blocks in [254, 65_000] {
        let frame = bomb(blocks);
        for limit in [0, 1, 1000, 1 << 20, 4 << 20] {
            assert_eq!(decompress(&frame, limit), Err(TooLarge));
        }
    }
    let frame = bomb(8);
    assert_eq!(
        decompress(&frame, 1 << 20).map(|bytes| bytes.len()),
        Ok(1 << 20)
    );
    assert_eq!(decompress(&frame, (1 << 20) - 1), Err(TooLarge));
    // Many frames are one bomb.
    let frames = bomb(8).repeat(1000);
    assert_eq!(decompress(&frames, 10 << 20), Err(TooLarge));
}

#[test]
fn a_declared_size_that_lies_is_refused() {
    // One segment, 8 bytes of declared size, 3 bytes of content.
    for declared in [0, 2, 4, u64::from(u32::MAX), u64::MAX - 2, 1 << 40] {
        let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd, 0xe0];
        frame.extend_from_slice(&declared.to_le_bytes());
        frame.extend_from_slice(b"\x19\x00\x00abc");
        assert_eq!(decompress(&frame, 1 << 20), Err(Encoding), "{declared}");
    }
}

#[test]
fn windows_up_to_8_mib_are_supported_and_no_larger_ones() {
    let exponent = |log: u8| (log - 10) << 3;
    for log in [10, 17, 20, 23] {
        assert_eq!(
            decompress(&raw_frame(exponent(log), &[b"abc"]), 3).as_deref(),
            Ok(&b"abc"[..])
        );
    }
    // Whatever eighths are added to less than 8 MiB; the largest is 7.5 MiB.
    for window in 0..=exponent(23) {
        let unpacked = decompress(&raw_frame(window, &[b"abc"]), 3);
        assert_eq!(unpacked.as_deref(), Ok(&b"abc"[..]), "{window:#x}");
    }
    // One eighth more than 8 MiB, and everything above it.
    for window in exponent(23) + 1..=u8::MAX {
        assert_eq!(
            decompress(&raw_frame(window, &[b"abc"]), 3),
            Err(Encoding),
            "{window:#x}"
        );
    }
}

#[test]
fn a_window_is_judged_whatever_room_there_is() {
    // 300 bytes, declared, under a window descriptor; and as a second frame, with room to spare.
    let with_window = |window: u8| {
        let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd, 0x40, window, 44, 0];
        frame.extend_from_slice(&(300_usize << 3 | 1).to_le_bytes()[..3]);
        frame.resize(frame.len() + 300, b' ');
        frame
    };
    // One segment, whose window is its content.
    let segment = |len: u32| {
        let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd, 0xa0];
        frame.extend_from_slice(&len.to_le_bytes());
        for at in 0..len >> 17 {
            let last = u32::from(at + 1 == len >> 17);
            frame.extend_from_slice(&((128 << 10) << 3 | 1 << 1 | last).to_le_bytes()[..3]);
            frame.push(b' ');
        }
        frame
    };
    let largest = 8 << 20;
    for (frame, expected) in [
        // 2 MiB and a half, 7.5 MiB, 8 MiB; one eighth more, one half more.
        (with_window(0x5a), Ok(300)),
        (with_window(0x67), Ok(300)),
        (with_window(0x68), Ok(300)),
        (with_window(0x69), Err(Encoding)),
        (with_window(0x6c), Err(Encoding)),
        (with_window(0xff), Err(Encoding)),
        (segment(largest), Ok(8 << 20)),
        (segment(largest + (128 << 10)), Err(Encoding)),
    ] {
        for limit in [16 << 20, usize::MAX] {
            assert_eq!(decompress(&frame, limit).map(|it| it.len()), expected);
            let second = [bomb(24), frame.clone()].concat();
            let expected = expected.map(|len| len + (3 << 20));
            assert_eq!(decompress(&second, limit).map(|it| it.len()), expected);
        }
    }
}

#[test]
fn frames_one_after_the_other_are_joined() {
    let skippable = |len: u8| {
        let mut frame = vec![0x5a, 0x2a, 0x4d, 0x18, len, 0, 0, 0];
        frame.resize(8 + usize::from(len), 0xaa);
        frame
    };
    let check = |frames: &[Vec<u8>], expected: &[u8]| {
        let frames = frames.concat();
        assert_eq!(decompress(&frames, expected.len()).as_deref(), Ok(expected));
        if let Some(less) = expected.len().checked_sub(1) {
            assert_eq!(decompress(&frames, less), Err(TooLarge));
        }
    };
    check(&[compress("ab"), compress("cd")], b"abcd");
    check(
        &[compress("ab"), compress(""), compress("cd"), compress("")],
        b"abcd",
    );
    check(&[compress(""), compress("")], b"");
    check(
        &[compress("ab"), skippable(0), compress("cd"), skippable(200)],
        b"abcd",
    );
    check(&[skippable(7), raw_frame(0, &[b"a", b"", b"b"])], b"ab");
    check(&[skippable(3)], b"");
    check(&vec![compress(""); 1000], b"");
}

#[test]
fn a_frame_that_is_cut_off_is_refused() {
    let content: Vec<u8> = (0..5000_u32)
        .flat_map(|at| (at * at).to_le_bytes())
        .collect();
    let blocks: Vec<&[u8]> = content.chunks(7000).collect();
    for frame in [compress(&content), raw_frame(0x50, &blocks), compress("")] {
        for len in 0..frame.len() {
            assert_eq!(decompress(&frame[..len], 1 << 20), Err(Encoding), "{len}");
            if len > 0 {
                let second = [compress("ab").as_slice(), &frame[..len]].concat();
                assert_eq!(decompress(&second, 1 << 20), Err(Encoding), "{len}");
            }
        }
    }
}

#[test]
fn what_follows_a_frame_must_be_a_frame() {
    let frame = compress("abc");
    for garbage in [
        &b"x"[..],
        b"\0",
        b"\n",
        b"\x28",
        b"\x28\xb5\x2f",
        b"{}",
        &[0; 100],
    ] {
        let frames = [frame.as_slice(), garbage].concat();
        assert_eq!(decompress(&frames, 1 << 20), Err(Encoding), "{garbage:?}");
    }
    for not_a_frame in [&b""[..], b"abc", b"{}", b"\x28\xb5\x2f\xfd", &[0xff; 64]] {
        assert_eq!(decompress(not_a_frame, 1 << 20), Err(Encoding));
    }
}

#[test]
fn a_wrong_checksum_is_refused() {
    // "abc" with its checksum, as the command-line tool writes it.
    let right = b"\x28\xb5\x2f\xfd\x04\x58\x19\x00\x00abc\x99\x09\x77\xad".to_vec();
    let made = decompress(&right, 3);
    for at in right.len() - 4..right.len() {
        let mut wrong = right.clone();
        wrong[at] ^= 1;
        assert_eq!(decompress(&wrong, 3), Err(Encoding));
    }
    assert_eq!(made.as_deref(), Ok(&b"abc"[..]));
}

#[test]
fn a_frame_that_asks_for_a_dictionary_is_refused() {
    let frame = b"\x28\xb5\x2f\xfd\x01\x58\x07\x19\x00\x00abc";
    assert_eq!(decompress(frame, 100), Err(Encoding));
}
