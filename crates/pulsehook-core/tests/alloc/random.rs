//! What requests that are made at random take at most, for their size.

use allocation_counter::measure;
use bytes::Bytes;
use pulsehook_core::signature::encode_base64;
use pulsehook_core::testing::SignedRequest;
use pulsehook_core::thryve::{self, Thryve};
use pulsehook_core::{Provider, Receiver, RequestHead};

use super::{KIB, check_refused_by_head, withings};

/// Makes numbers that look like chance and are always the same.
struct Dice(u64);

impl Dice {
    /// A number below another one.
    fn below(&mut self, end: usize) -> usize {
        // Xorshift, by Marsaglia.
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).expect("31 bits") % end
    }

    /// Bytes that are crowded with a few of some pieces, beside bytes and short numbers by chance.
    fn crowd(&mut self, pieces: &[&str], len: usize) -> Vec<u8> {
        let few: Vec<&str> = (0..=self.below(4))
            .map(|_| pieces[self.below(pieces.len())])
            .collect();
        // Often none of the latter, so that what is made is often valid.
        let (bytes, numbers) = (self.below(3) == 0, self.below(2) == 0);
        let mut made = Vec::with_capacity(len + 64);
        while made.len() < len {
            made.extend_from_slice(few[self.below(few.len())].as_bytes());
            if numbers {
                made.extend_from_slice(format!("{:x}", self.below(0x10000)).as_bytes());
            }
            if bytes && self.below(50) == 0 {
                made.extend_from_slice(&self.0.to_le_bytes()[..1]);
            }
        }
        made
    }
}

/// What is taken however short a request is: what is known of it, and its errors.
const ANYWAY: usize = 4 * KIB;

/// Pieces of forms, most of them such as cost much for their size.
const OF_FORMS: &[&str] = &[
    "&",
    "=",
    "&=",
    "&a",
    "&a=",
    "&a=b",
    "&%61",
    "&%61=%62",
    "%61",
    "%41%c3%a9",
    "+",
    "&+",
    "%",
    "%f",
    "%ff",
    "%00",
    "&userid=1",
    "&appli=4",
    "&date=2024-01-28",
    "&%64ate=1",
    "&startdate=1",
    "&foo=",
    "&token=k",
    "&token=j",
    "&%74oken=k",
    "&tok%65n=%6b",
    "\u{e9}",
];

#[test]
fn no_query_takes_more_than_its_size_for_withings() {
    let receiver = withings();
    check_refused_by_head(&receiver, &[], "missing-credential", 401);
    let mut dice = Dice(0x5eed);
    let (mut accepted, mut refused) = (0, 0);
    for round in 0..300 {
        let len = dice.below(if round % 2 == 0 { 200_000 } else { 50 });
        let crowd = dice.crowd(OF_FORMS, len);
        let crowd = String::from_utf8_lossy(&crowd);
        for query in [
            crowd.to_string(),
            format!("token=k&a={crowd}"),
            format!("{crowd}&token=k"),
        ] {
            let info = measure(|| {
                let head =
                    RequestHead::new("POST", "/hook", &[("a", "b")]).with_query(Some(&query));
                match receiver.begin(head) {
                    Ok(_) => accepted += 1,
                    Err(error) => {
                        assert_eq!(error.reply().status(), 401);
                        refused += 1;
                    }
                }
            });
            // The name and the value of one pair at a time, no longer than they stand there.
            assert!(info.bytes_max <= query.len() as u64, "{round}: {info:?}");
            assert_eq!(info.bytes_current, 0, "{round}: {info:?}");
        }
    }
    assert!(accepted > 50 && refused > 50, "{accepted}, {refused}");
}

/// Receives a request, and checks what it takes at most; tells whether it was decoded.
#[track_caller]
fn check_peak<P: Provider>(
    receiver: &Receiver<P>,
    request: &SignedRequest,
    query: Option<&str>,
    peak: usize,
) -> bool {
    let headers = request.headers();
    let body = Bytes::copy_from_slice(request.body());
    let _shared = body.clone();
    let mut decoded = false;
    let info = measure(|| {
        let head = RequestHead::new("POST", "/hook", &headers).with_query(query);
        decoded = receiver.receive(head, body.clone()).is_ok();
    });
    let len = body.len();
    assert!(
        info.bytes_max <= peak as u64,
        "{len} bytes, at most {peak}: {info:?}"
    );
    decoded
}

#[test]
fn no_form_takes_many_times_its_size_for_withings() {
    use pulsehook_core::withings::testing;

    let receiver = withings();
    let limit = receiver.body_limit();
    let mut dice = Dice(0xf0f);
    let (mut decoded, mut all) = (0, 0);
    for round in 0..300 {
        let len = dice.below(if round % 2 == 0 {
            limit + limit / 8
        } else {
            50
        });
        let crowd = dice.crowd(OF_FORMS, len);
        let valid = [b"userid=1&appli=4&a=".as_slice(), &crowd].concat();
        for body in [crowd, valid] {
            // Nothing is taken of what is over the limit.
            let most = 28 * body.len().min(limit) + ANYWAY;
            let request = testing::notification(body);
            decoded += usize::from(check_peak(&receiver, &request, Some("token=k"), most));
            all += 1;
        }
    }
    assert!(decoded > 50 && all - decoded > 50, "{decoded} of {all}");
}

/// Pieces of JSON, with a comma before each so that they may stand in a list.
const OF_LISTS: &[&str] = &[
    ",0",
    ",\"as short as is allowed\"",
    ",{\"startTimestamp\":17064000}",
    ",{}",
    ",[]",
    ",\"\"",
    ",null",
    ",{\"a\":0}",
    ",1e400",
    ",\"\\u00e9\"",
    ", ",
    ",{\"day\":1706400000,\"dataTypeId\":1}",
    ",{\"day\":\"2024-01-28\",\"dataTypeId\":1,\"value\":1.5}",
    ",{\"day\":170640000,\"dataTypeId\":1,\"a\":0}",
    ",{\"startTimestamp\":170640000,\"dataTypeId\":1}",
    ",{\"startTimestamp\":170640000,\"dataTypeId\":1,\"details\":{},\"value\":\"x\"}",
    ",{\"dataSourceId\":1}",
    ",{\"dataSourceId\":1,\"epochData\":[0]}",
];

/// Pieces of JSON that may stand in an object.
const OF_OBJECTS: &[&str] = &[
    ",\"a\":0",
    ",\"a\":{}",
    ",\"\":\"\"",
    ",\"\\u0061\":1e400",
    ",\"a\":[0,0,0]",
    ",\"b\":null",
    ",\"timestampType\":0",
    ",\"endUserAlias\":[]",
];

/// Makes a message that is crowded somewhere.
fn crowded_message(dice: &mut Dice, len: usize) -> Vec<u8> {
    let places: [(&str, &[&str], &str); 6] = [
        (
            r#"{"endUserId":"u","type":"event.data.epoch.create","data":{"dataSourceId":1,"epochData":[0"#,
            OF_LISTS,
            "]}}",
        ),
        (
            r#"{"endUserId":"u","type":"event.data.daily.update","data":{"dataSourceId":1,"dailyData":[0"#,
            OF_LISTS,
            "]}}",
        ),
        (
            r#"{"endUserId":"u","type":"event.data.daily.create","data":[{"dataSourceId":1}"#,
            OF_LISTS,
            "]}",
        ),
        (
            r#"{"endUserId":"u","type":"notification.data.daily.createupdate","data":{"startDay":1706400000,"endDay":1706400000,"dataSourceId":1,"dataTypeIds":[0"#,
            &[",0", ",\"1\"", ",{\"value\":1}"],
            "]}}",
        ),
        (
            r#"{"endUserId":"u","type":"notification.source.connect","data":{"timestamp":1706400000,"dataSourceId":1}"#,
            OF_OBJECTS,
            "}",
        ),
        (
            r#"{"sourceUpdate":{"authenticationToken":"u","dataSource":1,"connectionStatus":"NEW""#,
            OF_OBJECTS,
            "}}",
        ),
    ];
    let (start, pieces, end) = places[dice.below(places.len())];
    [start.as_bytes(), &dice.crowd(pieces, len), end.as_bytes()].concat()
}

#[test]
fn no_body_takes_many_times_its_size_or_the_limit_for_thryve() {
    let limit = 256 * KIB;
    let builder = Thryve::builder().danger_accept_unauthenticated();
    let thryve = builder.decompressed_limit(limit).build().expect("says so");
    let receiver = Receiver::new(thryve);
    let mut dice = Dice(0xd1ce);
    let (mut decoded, mut all) = (0, 0);
    let mut count = |is_decoded: bool| {
        decoded += usize::from(is_decoded);
        all += 1;
    };
    for round in 0..100 {
        let len = dice.below(if round % 2 == 0 {
            limit + limit / 8
        } else {
            50
        });
        let json = crowded_message(&mut dice, len);
        let most = 13 * json.len() + ANYWAY;
        let plain = thryve::testing::unsigned(json.clone());
        count(check_peak(&receiver, &plain, None, most));

        // What a frame unpacks to comes beside that, and while the room for it grows, twice. What
        // is over the limit is not decoded.
        let decoding = if json.len() > limit {
            0
        } else {
            13 * json.len()
        };
        let most = decoding + 2 * limit + ANYWAY;
        let pieces = json.chunks(1 + dice.below(50_000));
        let frames: Vec<u8> = pieces.flat_map(thryve::testing::compress).collect();
        let mut frame = thryve::testing::compress(&json);
        for frame in [&frame, &frames] {
            let packed = thryve::testing::unsigned(frame.clone());
            count(check_peak(&receiver, &packed, None, most));
            let text = encode_base64(frame);
            let request = thryve::testing::unsigned(text.clone());
            count(check_peak(&receiver, &request, None, most + text.len()));
        }

        // Whatever a frame is that was tampered with, and whatever it then unpacks to.
        let at = dice.below(frame.len());
        frame[at] ^= 1 << dice.below(8);
        let most = 15 * limit + ANYWAY + 13 * frame.len();
        let request = thryve::testing::unsigned(frame);
        count(check_peak(&receiver, &request, None, most));
    }
    assert!(decoded > 50 && all - decoded > 50, "{decoded} of {all}");
}
