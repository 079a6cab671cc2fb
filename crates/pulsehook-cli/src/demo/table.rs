//! The table that the demonstration prints.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::time::Duration;

use anstyle::Style;
use serde::Serialize;

use super::Row;
use super::kit::Outcome;
use crate::failure::Failure;
use crate::ui::{RIGHT, Ui, WRONG};

/// Prints all rows and the summary as JSON, one object on a line.
pub(super) fn print_json(rows: &[Row], took: Duration, ui: Ui) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Told<'a> {
        provider: &'a str,
        sent: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        status: Option<u16>,
        milliseconds: f64,
        outcome: String,
        as_documented: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        error: Option<&'a str>,
    }

    #[derive(Serialize)]
    struct Summary {
        requests: usize,
        as_documented: usize,
        milliseconds: f64,
    }

    for row in rows {
        ui.print_json(&Told {
            provider: row.provider,
            sent: row.case.name,
            status: row.status.as_ref().ok().copied(),
            milliseconds: milliseconds(row.took),
            outcome: told(&row.outcome),
            as_documented: row.is_as_documented(),
            error: row.status.as_ref().err().map(String::as_str),
        })?;
    }
    ui.print_json(&Summary {
        requests: rows.len(),
        as_documented: rows.iter().filter(|row| row.is_as_documented()).count(),
        milliseconds: milliseconds(took),
    })
}

fn milliseconds(took: Duration) -> f64 {
    (took.as_secs_f64() * 10_000.0).round() / 10.0
}

/// Renders all rows and the summary; with `--quiet` only what is wrong, and the summary.
pub(super) fn render(address: SocketAddr, rows: &[Row], took: Duration, ui: Ui) -> String {
    let shown: Vec<&Row> = rows
        .iter()
        .filter(|row| !ui.is_quiet() || !row.is_as_documented())
        .collect();
    let mut text = String::new();
    if !shown.is_empty() {
        text.push_str(&format!(
            "pulsehook demo: {} requests to http://{address}\n\n",
            rows.len()
        ));
        render_rows(&mut text, &shown, |style, mark| ui.out(style, mark));
        text.push('\n');
    }
    text.push_str(&summary(rows, took));
    text
}

fn render_rows(text: &mut String, rows: &[&Row], paint: impl Fn(Style, &str) -> String) {
    let width = |title: &str, of_row: fn(&Row) -> usize| {
        let widest = rows.iter().copied().map(of_row).max().unwrap_or(0);
        widest.max(title.len())
    };
    let provider = width("provider", |row| row.provider.len());
    let name = width("sent", |row| row.case.name.len());

    let mut line = |mark: Option<(Style, &str)>, cells: [&str; 5]| {
        let [by, sent, status, time, came] = cells;
        let mark = match mark {
            Some((style, mark)) => paint(style, &format!("{mark:<5}")),
            None => " ".repeat(5),
        };
        // Writing to a text cannot fail.
        let _ = writeln!(
            text,
            "{mark}  {by:<provider$}  {sent:<name$}  {status:>6}  {time:>8}  {came}"
        );
    };
    line(None, ["provider", "sent", "status", "time", "outcome"]);
    for row in rows {
        let time = format!("{:.1} ms", row.took.as_secs_f64() * 1000.0);
        let status = match &row.status {
            Ok(status) => status.to_string(),
            Err(_) => "none".to_owned(),
        };
        let right = row.is_as_documented();
        let mark = if right {
            (RIGHT, "ok")
        } else {
            (WRONG, "WRONG")
        };
        let came = told(&row.outcome);
        line(
            Some(mark),
            [row.provider, row.case.name, &status, &time, &came],
        );
        if !right {
            let documented = format!("instead of: {}", told(&row.case.expected));
            let status = row.case.status.to_string();
            line(None, ["", "", &status, "", &documented]);
        }
        if let Err(error) = &row.status {
            line(None, ["", "", "", "", error]);
        }
    }
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
        let mut text = String::new();
        render_rows(&mut text, &[&row], |style, mark| match colours {
            true => format!("{style}{mark}{style:#}"),
            false => mark.to_owned(),
        });
        text + &summary(&[row], Duration::from_secs(1))
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
