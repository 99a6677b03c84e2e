//! The table: medians of the rounds, and medians of each round's ratio to the first mode.

use crate::load::Made;
use crate::servers::Mode;

/// The columns: what one turn says.
const COLUMNS: [&str; 6] =
    ["requests/s", "CPU µs", "p50 µs", "p99 µs", "half load p99", "p99.9 µs"];

/// The figures of all rounds.
pub(crate) struct Table {
    names: Vec<&'static str>,
    /// For each mode its turns.
    turns: Vec<Vec<[f64; 6]>>,
}

impl Table {
    pub(crate) fn new(modes: &[Mode]) -> Self {
        let names: Vec<_> = modes.iter().map(|mode| mode.name).collect();
        Self { turns: vec![Vec::new(); names.len()], names }
    }

    /// Notes a turn of a mode.
    pub(crate) fn note(&mut self, mode: usize, closed: &Made, open: &Made) {
        let micros = |seconds: f64| seconds * 1e6;
        self.turns[mode].push([
            closed.rate(),
            micros(closed.cpu()),
            micros(closed.part(500)),
            micros(closed.part(990)),
            micros(open.part(990)),
            micros(open.part(999)),
        ]);
    }

    pub(crate) fn print(&self) {
        print!("{:16}", "");
        for column in COLUMNS {
            print!("{column:>16}");
        }
        println!();
        for (name, turns) in self.names.iter().zip(&self.turns) {
            print!("{name:16}");
            for column in 0..COLUMNS.len() {
                let figure = median(turns.iter().map(|turn| turn[column]));
                let ratios = turns.iter().zip(&self.turns[0]);
                let ratio = median(ratios.map(|(turn, echo)| turn[column] / echo[column]));
                print!("{:>16}", format!("{figure:.1} ({ratio:.2})"));
            }
            println!();
        }
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_unstable_by(f64::total_cmp);
    values[values.len() / 2]
}
