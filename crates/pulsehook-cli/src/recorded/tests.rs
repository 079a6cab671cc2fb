use proptest::prelude::*;

use super::{Beside, read};

proptest! {
    #[test]
    fn nothing_makes_it_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..400),
        entry in prop::option::of(0_usize..4),
    ) {
        let _ = read(&bytes, Beside { entry, body: None });
    }

    #[test]
    fn nothing_that_looks_like_a_request_makes_it_panic(
        start in prop::sample::select(vec![
            "POST / HTTP/1.1\r\n", "> POST / HTTP/2\n> ", "* x\n> GET http://a?b HTTP/1.1\n>\n",
            "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n",
            "{\"log\":{\"entries\":[", "{\"method\":\"POST\",\"target\":\"/\",\"headers\":[",
        ]),
        rest in "[ -~\r\n]{0,200}",
    ) {
        let _ = read(format!("{start}{rest}").as_bytes(), Beside::default());
    }
}
