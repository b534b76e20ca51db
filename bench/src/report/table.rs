//! The report as a person reads it.

use std::fmt::{Display, Formatter, Result};

use super::{Process, Report};
use crate::record::{Faults, Quantiles};

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        writeln!(f, "\n{}", self.title)?;
        if let Some(text) = &self.text {
            writeln!(f, "texts {text}")?;
        }
        writeln!(f, "{}; {}", self.versions.line(), self.machine.line())?;
        if self.versions.is_debug() {
            writeln!(f, "a debug build: its own slowness is in these figures")?;
        }
        writeln!(
            f,
            "\n{:<16}{:>10}{:>10}{:>10}{:>10}{:>10}{:>10}{:>10}",
            "ms", "mean", "p50", "p90", "p99", "p99.9", "max", "count"
        )?;
        latency(f, "routed", &self.latency.routed)?;
        if let Some(stored) = &self.latency.stored {
            latency(f, "stored", stored)?;
        }
        latency(f, "late (own)", &self.latency.late)?;

        let rates = &self.rates;
        write!(
            f,
            "\nper second      offered {}, routed {} in {} s",
            rates.offered_per_s, rates.routed_per_s, rates.measured_s
        )?;
        if let Some(stored) = rates.stored_per_s {
            write!(f, ", stored {stored}")?;
        }
        let counts = &self.counts;
        write!(f, "\nmessages        {} sent, {} routed", counts.sent, counts.routed)?;
        match counts.stored {
            Some(stored) => writeln!(f, ", {stored} stored; warm-up included")?,
            None => writeln!(f, ", {} merged; warm-up included", counts.merged)?,
        }
        if let Some(process) = &self.gateway {
            spent(f, "gateway", process)?;
        }
        if let Some(process) = &self.generator {
            spent(f, "generator", process)?;
        }
        faults(f, "routed", &self.checks.routed)?;
        for (name, stored) in [("stored, sender", &self.checks.stored), ("stored, agent", &self.checks.stored_at_agent)]
        {
            if let Some(stored) = stored {
                faults(f, name, stored)?;
            }
        }
        writeln!(f, "{}", if self.holds { "all of it holds" } else { "it does NOT hold" })
    }
}

fn latency(f: &mut Formatter<'_>, name: &str, read: &Quantiles) -> Result {
    write!(f, "{name:<16}")?;
    for value in [read.mean_ms, read.p50_ms, read.p90_ms, read.p99_ms, read.p999_ms, read.max_ms] {
        write!(f, "{value:>10.2}")?;
    }
    writeln!(f, "{:>10}", read.count)
}

fn spent(f: &mut Formatter<'_>, what: &str, process: &Process) -> Result {
    write!(f, "{what:<16}{}: {} cores", process.name, process.cores)?;
    if let Some(cpu) = process.cpu_us_per_message {
        write!(f, ", {cpu} µs of CPU a message")?;
    }
    let mebibytes = |kib: u64| kib as f64 / 1024.0;
    writeln!(f, ", {:.1} MiB resident, at most {:.1}", mebibytes(process.rss_kib), mebibytes(process.rss_peak_kib))
}

fn faults(f: &mut Formatter<'_>, what: &str, faults: &Faults) -> Result {
    let counts = faults.counts().map(|(name, count)| format!("{count} {name}"));
    writeln!(f, "{what:<16}{}", counts.join(", "))
}
