//! Latencies by percentile, in the text form of HdrHistogram's tools and plotters.

use std::fmt::Write;

use hdrhistogram::Histogram;

use super::Document;

/// Steps of the percentiles between one halving of the rest and the next, as HdrHistogram's tools have them.
const TICKS_PER_HALF: u32 = 5;

/// The files of a document, each with its name, which is the phase's and the latency's.
pub(crate) fn files(document: &Document) -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> = Vec::new();
    for phase in &document.phases {
        for (latency, histogram) in &phase.histograms {
            let name = slug(&format!("{}-{latency}", phase.title()));
            // Phases of several rounds have the same name.
            let twins =
                files.iter().filter(|(known, _)| *known == name || known.starts_with(&format!("{name}-"))).count();
            let name = if twins > 0 { format!("{name}-{}", twins + 1) } else { name };
            files.push((name, text(histogram)));
        }
    }
    files
}

/// Letters, digits and hyphens.
pub(super) fn slug(name: &str) -> String {
    let words = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-").to_lowercase()
}

/// A histogram of microseconds, told in milliseconds.
fn text(histogram: &Histogram<u64>) -> String {
    let mut text = format!("{:>12} {:>14} {:>10} {:>14}\n\n", "Value", "Percentile", "TotalCount", "1/(1-Percentile)");
    let millis = |micros: f64| micros / 1000.0;
    let mut below = 0;
    // Writing to a String does not fail.
    for step in histogram.iter_quantiles(TICKS_PER_HALF) {
        let value = millis(step.value_iterated_to() as f64);
        let share = step.quantile_iterated_to();
        below += step.count_since_last_iteration();
        let _ = write!(text, "{value:>12.3} {share:>14.12} {below:>10}");
        let _ = if share < 1.0 { writeln!(text, " {:>14.2}", 1.0 / (1.0 - share)) } else { writeln!(text) };
    }
    let (mean, deviation) = (millis(histogram.mean()), millis(histogram.stdev()));
    let (longest, count) = (millis(histogram.max() as f64), histogram.len());
    let buckets = usize::from(histogram.buckets());
    let in_each = 2 * histogram.distinct_values() / (buckets + 1);
    let _ = writeln!(text, "#[Mean    = {mean:>12.3}, StdDeviation   = {deviation:>12.3}]");
    let _ = writeln!(text, "#[Max     = {longest:>12.3}, Total count    = {count:>12}]");
    let _ = writeln!(text, "#[Buckets = {buckets:>12}, SubBuckets     = {in_each:>12}]");
    text
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::record::Latency;
    use crate::report::Phase;

    #[test]
    fn what_is_written_can_be_read_back() {
        let mut latency = Latency::new().unwrap();
        (1..=1000).for_each(|millis| latency.add(Duration::from_millis(millis)));
        let mut document = Document::new("chat", "a run", &()).unwrap();
        for _ in 0..2 {
            document.push(Phase::new("20:1", Duration::from_secs(1)).of_peer("nats").latency("routed", &latency));
        }
        let files = files(&document);
        let names: Vec<_> = files.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["20-1-nats-routed", "20-1-nats-routed-2"]);
        let lines = files[0].1.lines().skip(2).take_while(|line| !line.starts_with('#'));
        let rows: Vec<Vec<f64>> =
            lines.map(|line| line.split_whitespace().map(|word| word.parse().unwrap()).collect()).collect();
        assert!(rows.len() > 20 && rows.windows(2).all(|pair| (0..3).all(|column| pair[0][column] <= pair[1][column])));
        let half = rows.iter().find(|row| row[1] >= 0.5).unwrap();
        assert!((half[0] - 500.0).abs() < 1.0 && half[2] == 500.0 && half[3] == 2.0, "{half:?}");
        let last = rows.last().unwrap();
        assert!((last[0] - 1000.0).abs() <= 1.0 && last[1..] == [1.0, 1000.0], "{last:?}");
        assert!(files[0].1.contains("Total count    =         1000]"), "{}", files[0].1);
    }
}
