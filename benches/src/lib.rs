//! Measures candidates side by side on machines that are shared and noisy.
//!
//! A benchmark that times one candidate after the other compares different moments of the
//! machine. Here the candidates take turns: each runs for a slice of about 2 ms, the order changes
//! from round to round, a ratio is taken within each round, and the median of these ratios is what
//! is reported. A disturbance then spoils a few rounds, not a candidate.
//!
//! ```
//! use pulsehook_bench::{Bar, Bench, Candidate};
//!
//! let mut bench = Bench::quick("sums");
//! let numbers = [1_u64, 2, 3];
//! let times = bench.interleave(&mut [
//!     Candidate::new(|| numbers.iter().sum::<u64>()),
//!     Candidate::new(|| numbers.iter().rev().sum::<u64>()),
//! ]);
//! bench.row("backwards / forwards", &times.ratio(1, 0), Bar::None);
//! bench.finish();
//! ```

use std::hint::black_box;
use std::process::ExitCode;
use std::time::{Duration, Instant};

pub mod requests;

/// Says what a figure is held to.
#[derive(Clone, Copy, Debug, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the crate is not published")]
pub enum Bar {
    /// The figure may be this or less.
    AtMost(f64),
    /// The figure may be this or more.
    AtLeast(f64),
    /// The figure is for information.
    None,
}

impl Bar {
    fn admits(self, figure: f64) -> bool {
        match self {
            Self::AtMost(bar) => figure <= bar,
            Self::AtLeast(bar) => figure >= bar,
            Self::None => true,
        }
    }

    fn text(self) -> String {
        match self {
            Self::AtMost(bar) => format!("<= {bar}"),
            Self::AtLeast(bar) => format!(">= {bar}"),
            Self::None => String::new(),
        }
    }
}

/// Is one of the things that are compared.
pub struct Candidate<'c> {
    /// Runs the candidate so often and returns how long it took.
    run: Box<dyn FnMut(u64) -> Duration + 'c>,
    iterations: u64,
}

impl<'c> Candidate<'c> {
    /// Makes a candidate of a closure; what it returns is dropped within the measured time.
    pub fn new<T>(mut work: impl FnMut() -> T + 'c) -> Self {
        let run = move |iterations| {
            let start = Instant::now();
            for _ in 0..iterations {
                black_box(work());
            }
            start.elapsed()
        };
        Self {
            run: Box::new(run),
            iterations: 1,
        }
    }

    /// Warms up and finds how many iterations fill a slice.
    fn calibrate(&mut self, slice: Duration) {
        loop {
            let elapsed = (self.run)(self.iterations);
            if elapsed * 2 >= slice {
                let scale = slice.as_secs_f64() / elapsed.as_secs_f64().max(1e-9);
                self.iterations = rounded(self.iterations as f64 * scale).max(1);
                return;
            }
            self.iterations *= 2;
        }
    }
}

impl std::fmt::Debug for Candidate<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Candidate")
            .field("iterations", &self.iterations)
            .finish_non_exhaustive()
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a count of iterations, far from both ends"
)]
fn rounded(count: f64) -> u64 {
    count.round() as u64
}

/// Holds the nanoseconds per iteration of every candidate in every round.
#[derive(Debug)]
pub struct Times {
    rounds: Vec<Vec<f64>>,
}

impl Times {
    /// Returns, for each round, the time of one candidate as a multiple of another's.
    ///
    /// # Panics
    ///
    /// Panics when there are not so many candidates.
    #[must_use]
    pub fn ratio(&self, of: usize, to: usize) -> Sample {
        Sample::new(self.rounds.iter().map(|round| round[of] / round[to]))
    }

    /// Returns, for each round, the nanoseconds that one candidate took per iteration.
    ///
    /// # Panics
    ///
    /// Panics when there are not so many candidates.
    #[must_use]
    pub fn nanos(&self, of: usize) -> Sample {
        Sample::new(self.rounds.iter().map(|round| round[of]))
    }
}

/// Holds one figure for each round, sorted.
#[derive(Debug)]
pub struct Sample(Vec<f64>);

impl Sample {
    fn new(figures: impl Iterator<Item = f64>) -> Self {
        let mut figures: Vec<f64> = figures.collect();
        figures.sort_by(f64::total_cmp);
        Self(figures)
    }

    /// Returns the median.
    #[must_use]
    pub fn median(&self) -> f64 {
        let middle = self.0.len() / 2;
        match self.0.len() {
            0 => f64::NAN,
            even if even % 2 == 0 => f64::midpoint(self.0[middle - 1], self.0[middle]),
            _ => self.0[middle],
        }
    }

    /// Returns the first and the third quartile: half of all rounds lie between them.
    #[must_use]
    pub fn quartiles(&self) -> (f64, f64) {
        let at = |quarter: usize| {
            let position = (self.0.len().saturating_sub(1) * quarter + 2) / 4;
            self.0.get(position).copied().unwrap_or(f64::NAN)
        };
        (at(1), at(3))
    }
}

/// Runs comparisons and prints a table of them.
#[derive(Debug)]
pub struct Bench {
    title: String,
    rounds: usize,
    slice: Duration,
    filter: Option<String>,
    check: bool,
    rows: Vec<[String; 5]>,
    misses: usize,
}

impl Bench {
    /// Reads the command line: `--quick` (few, short rounds), `--check` (misses fail the run),
    /// `--rounds N`, and a text that the names of groups must contain.
    ///
    /// Started by something else than `cargo bench`, for example `cargo test --all-targets`, it is
    /// quick.
    #[must_use]
    pub fn from_args(title: &str) -> Self {
        let mut bench = Self::new(title, 61, Duration::from_millis(2));
        let mut started_as_bench = false;
        let mut quick = false;
        let mut args = std::env::args().skip(1);
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--bench" => started_as_bench = true,
                "--quick" => quick = true,
                "--check" => bench.check = true,
                "--rounds" => {
                    let rounds = args.next().and_then(|rounds| rounds.parse().ok());
                    bench.rounds = rounds.unwrap_or(bench.rounds).max(1);
                }
                option if option.starts_with('-') => {}
                filter => bench.filter = Some(filter.to_owned()),
            }
        }
        if quick || !started_as_bench {
            bench.rounds = 5;
            bench.slice = Duration::from_micros(200);
        }
        bench
    }

    /// Makes a bench of few, short rounds, for trying things out.
    #[must_use]
    pub fn quick(title: &str) -> Self {
        Self::new(title, 5, Duration::from_micros(200))
    }

    fn new(title: &str, rounds: usize, slice: Duration) -> Self {
        Self {
            title: title.to_owned(),
            rounds,
            slice,
            filter: None,
            check: false,
            rows: Vec::new(),
            misses: 0,
        }
    }

    /// Tells whether a group is to be run at all.
    #[must_use]
    pub fn wants(&self, group: &str) -> bool {
        self.filter
            .as_ref()
            .is_none_or(|filter| group.contains(filter))
    }

    /// Measures candidates in turns.
    pub fn interleave(&self, candidates: &mut [Candidate<'_>]) -> Times {
        for candidate in &mut *candidates {
            candidate.calibrate(self.slice);
        }
        let count = candidates.len();
        let mut rounds = Vec::with_capacity(self.rounds);
        for round in 0..self.rounds {
            let mut nanos = vec![0.0; count];
            for turn in 0..count {
                // The first to run changes each round, the direction every `count` rounds: nobody
                // always follows the same neighbour.
                let turn = if (round / count).is_multiple_of(2) {
                    turn
                } else {
                    count - 1 - turn
                };
                let at = (round + turn) % count;
                let candidate = &mut candidates[at];
                let elapsed = (candidate.run)(candidate.iterations);
                nanos[at] = elapsed.as_secs_f64() * 1e9 / candidate.iterations as f64;
            }
            rounds.push(nanos);
        }
        Times { rounds }
    }

    /// Adds a row: the median and the quartiles of a sample, and whether the median passes.
    pub fn row(&mut self, case: &str, sample: &Sample, bar: Bar) {
        let (low, high) = sample.quartiles();
        let spread = format!("{} .. {}", figure(low), figure(high));
        self.push(case, sample.median(), spread, bar);
    }

    /// Adds a row for something that was counted.
    pub fn count(&mut self, case: &str, count: u64, bar: Bar) {
        self.push(case, count as f64, String::new(), bar);
    }

    fn push(&mut self, case: &str, value: f64, spread: String, bar: Bar) {
        let passes = bar.admits(value);
        self.misses += usize::from(!passes);
        let verdict = match (bar, passes) {
            (Bar::None, _) => "",
            (_, true) => "pass",
            (_, false) => "MISS",
        };
        self.rows.push([
            case.to_owned(),
            figure(value),
            spread,
            bar.text(),
            verdict.to_owned(),
        ]);
    }

    /// Prints the table. The exit code tells of misses only with `--check`.
    #[must_use = "it is the exit code of the benchmark"]
    pub fn finish(self) -> ExitCode {
        if !self.rows.is_empty() {
            let rounds = self.rounds;
            println!("\n## {} ({rounds} rounds)\n", self.title);
            print_table(&self.rows);
        }
        if self.check && self.misses > 0 {
            println!("\n{} missed", self.misses);
            return ExitCode::FAILURE;
        }
        ExitCode::SUCCESS
    }
}

/// Writes a figure with three decimals, or with none from 20 on.
fn figure(value: f64) -> String {
    if value.abs() < 20.0 && value.fract() != 0.0 {
        format!("{value:.3}")
    } else {
        format!("{value:.0}")
    }
}

fn print_table(rows: &[[String; 5]]) {
    const HEADER: [&str; 5] = ["case", "median", "quartiles", "bar", "verdict"];
    let header = HEADER.map(str::to_owned);
    let width = |column: usize| {
        let cells = rows.iter().chain([&header]).map(|row| row[column].len());
        cells.max().unwrap_or(0)
    };
    let widths: [usize; 5] = std::array::from_fn(width);
    let rule = widths.map(|width| "-".repeat(width));
    for row in [&header, &rule].into_iter().chain(rows) {
        let mut line = String::from("|");
        for (cell, width) in row.iter().zip(widths) {
            line.push_str(&format!(" {cell:width$} |"));
        }
        println!("{line}");
    }
}

/// Starts the program again with settings that keep glibc from handing freed blocks back to the
/// system, which costs more than the decoding of large bodies and differs from run to run.
///
/// Returns the exit code of that run, or `None` in it, where the work is to be done.
#[must_use]
pub fn with_kept_heap() -> Option<ExitCode> {
    const SETTINGS: [&str; 2] = ["MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_"];
    if SETTINGS.iter().all(|name| std::env::var_os(name).is_some()) {
        return None;
    }
    let program = std::env::current_exe().ok()?;
    let status = std::process::Command::new(program)
        .args(std::env::args_os().skip(1))
        .envs(SETTINGS.map(|name| (name, "1073741824")))
        .status()
        .ok()?;
    Some(if status.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
