//! The table that the demonstration prints.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::time::Duration;

use super::Row;
use super::kit::Outcome;

/// Renders all rows and the summary.
pub(super) fn render(address: SocketAddr, rows: &[Row], took: Duration, colours: bool) -> String {
    let width = |title: &str, of_row: fn(&Row) -> usize| {
        let widest = rows.iter().map(of_row).max().unwrap_or(0);
        widest.max(title.len())
    };
    let provider = width("provider", |row| row.provider.len());
    let name = width("sent", |row| row.case.name.len());

    let mut text = format!(
        "pulsehook demo: {} requests to http://{address}\n\n",
        rows.len()
    );
    let mut line = |colour: &str, mark: &str, cells: [&str; 5]| {
        let [by, sent, status, time, came] = cells;
        let (on, off) = if colours && !mark.is_empty() {
            (colour, "\x1b[0m")
        } else {
            ("", "")
        };
        // Writing to a text cannot fail.
        let _ = writeln!(
            text,
            "{on}{mark:<5}{off}  {by:<provider$}  {sent:<name$}  {status:>6}  {time:>8}  {came}"
        );
    };
    line("", "", ["provider", "sent", "status", "time", "outcome"]);
    for row in rows {
        let time = format!("{:.1} ms", row.took.as_secs_f64() * 1000.0);
        let status = match &row.status {
            Ok(status) => status.to_string(),
            Err(_) => "none".to_owned(),
        };
        let right = row.is_as_documented();
        let (colour, mark) = if right {
            ("\x1b[32m", "ok")
        } else {
            ("\x1b[31m", "WRONG")
        };
        let came = told(&row.outcome);
        line(
            colour,
            mark,
            [row.provider, row.case.name, &status, &time, &came],
        );
        if !right {
            let documented = format!("instead of: {}", told(&row.case.expected));
            let status = row.case.status.to_string();
            line("", "", ["", "", &status, "", &documented]);
        }
        if let Err(error) = &row.status {
            line("", "", ["", "", "", "", error]);
        }
    }
    text.push('\n');
    text.push_str(&summary(rows, took));
    text
}

/// Says what became of a request.
fn told(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Decoded(types) if types.is_empty() => "decoded: no events".to_owned(),
        Outcome::Decoded(types) => format!("decoded: {}", types.join(", ")),
        Outcome::Answered { what, body } if body.is_empty() => format!("answered {what}"),
        Outcome::Answered { what, body } => format!("answered {what}: {body}"),
        Outcome::Refused(rule) => format!("refused: {rule}"),
        Outcome::Nobody => "no endpoint".to_owned(),
    }
}

fn summary(rows: &[Row], took: Duration) -> String {
    let count =
        |wanted: fn(&Outcome) -> bool| rows.iter().filter(|row| wanted(&row.outcome)).count();
    let wrong = rows.iter().filter(|row| !row.is_as_documented()).count();
    let verdict = match wrong {
        0 => "all as documented".to_owned(),
        _ => format!("{wrong} NOT as documented"),
    };
    format!(
        "{} requests in {:.2} s: {} decoded, {} answered, {} refused, {} without endpoint; \
         {verdict}\n",
        rows.len(),
        took.as_secs_f64(),
        count(|outcome| matches!(outcome, Outcome::Decoded(_))),
        count(|outcome| matches!(outcome, Outcome::Answered { .. })),
        count(|outcome| matches!(outcome, Outcome::Refused(_))),
        count(|outcome| matches!(outcome, Outcome::Nobody)),
    )
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::super::unknown_path;
    use super::*;

    fn rendered(status: Result<u16, String>, outcome: Outcome, colours: bool) -> String {
        let row = Row {
            provider: "-",
            case: unknown_path(),
            status,
            outcome,
            took: Duration::from_millis(1),
        };
        let address = (Ipv4Addr::LOCALHOST, 1).into();
        render(address, &[row], Duration::from_secs(1), colours)
    }

    #[test]
    fn an_outcome_that_is_not_the_documented_one_is_marked() {
        for (status, outcome, came) in [
            (Ok(200), Outcome::Nobody, "no endpoint"),
            (Ok(404), Outcome::Decoded(vec!["a".into()]), "decoded: a"),
            (Ok(404), Outcome::Refused("no-key"), "refused: no-key"),
            (Err("broken pipe".into()), Outcome::Nobody, "broken pipe"),
        ] {
            let text = rendered(status, outcome, false);
            assert!(text.contains("WRONG"), "{text}");
            assert!(text.contains(came), "{text}");
            assert!(
                text.contains("404            instead of: no endpoint"),
                "{text}"
            );
            assert!(text.contains("1 NOT as documented"), "{text}");
        }
    }

    #[test]
    fn only_a_terminal_gets_colours() {
        let right = |colours| rendered(Ok(404), Outcome::Nobody, colours);
        assert!(right(true).contains("\x1b[32mok"));
        assert!(!right(false).contains('\x1b'));
        assert!(right(false).contains("all as documented"));
    }
}
