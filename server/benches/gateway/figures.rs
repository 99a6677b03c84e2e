//! What came of a load, and the table of all.

use std::time::Duration;

use crate::request::Task;

/// What came of one load.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Figures {
    /// Requests a second.
    rate: f64,
    /// Microseconds in the middle, and of the slowest hundredth.
    p50: f64,
    p99: f64,
    /// Microseconds of CPU that the proxy took for a request.
    cpu: Option<f64>,
}

impl Figures {
    /// Of requests that `took` so long each and `lasted` so long together.
    pub(crate) fn of(mut took: Vec<Duration>, lasted: Duration, cpu: Option<Duration>) -> Self {
        took.sort_unstable();
        let count = f64::from(u32::try_from(took.len()).unwrap());
        let part = |percent: usize| micros(took[took.len() * percent / 100]);
        Self {
            rate: count / lasted.as_secs_f64(),
            p50: part(50),
            p99: part(99),
            cpu: cpu.map(|cpu| micros(cpu) / count),
        }
    }
}

/// Prints the medians of each way, and beside them how the last way stands to the others.
pub(crate) fn print(task: &Task, names: &[&str; 3], rounds: &[Vec<Figures>]) {
    println!("\n{task}, {} connections", task.connections);
    let last = names.len() - 1;
    for (way, name) in names.iter().enumerate() {
        let figure = |get: fn(&Figures) -> f64| median(rounds.iter().map(|round| get(&round[way])));
        let cpu = if rounds[0][way].cpu.is_some() {
            format!("{:7.0} µs of CPU", figure(|figures| figures.cpu.unwrap_or_default()))
        } else {
            " ".repeat(17)
        };
        print!(
            "  {name:8}{:8.0}/s {cpu}   p50 {:8.0} µs   p99 {:8.0} µs",
            figure(|figures| figures.rate),
            figure(|figures| figures.p50),
            figure(|figures| figures.p99),
        );
        if way == last {
            println!();
            continue;
        }
        let ratio = |get: fn(&Figures) -> Option<f64>| {
            let ratios =
                rounds.iter().filter_map(|round| Some(get(&round[last])? / get(&round[way])?));
            median(ratios)
        };
        print!("   {} is {:.2} of it", names[last], ratio(|figures| Some(figures.rate)));
        if rounds[0][way].cpu.is_some() {
            print!(" at {:.2} × the CPU", ratio(|figures| figures.cpu));
        }
        println!();
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_unstable_by(f64::total_cmp);
    values[values.len() / 2]
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
