//! The program as it is started.

use std::process::Command;

#[test]
fn it_shows_a_message_received_and_a_forged_one_refused() {
    let output = Command::new(env!("CARGO_BIN_EXE_standard-webhooks"))
        .output()
        .expect("the program starts");
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).expect("text");
    let lines: Vec<_> = text.lines().collect();
    let [brought, answer, forged] = lines.as_slice() else {
        panic!("not three lines: {text}");
    };
    assert!(brought.starts_with("msg_1 brought Event "), "{brought}");
    assert!(brought.contains("workout.created"), "{brought}");
    assert_eq!(*answer, "answer: 200");
    assert!(forged.starts_with("forged: "), "{forged}");
    assert!(forged.ends_with("; answer: 401"), "{forged}");
}
