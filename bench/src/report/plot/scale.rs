//! Axes: from values to places between 0 and 1, and the values that are named.

use super::short;

/// About how many values an axis names.
const TICKS: f64 = 5.0;
/// How far below the largest value a logarithmic axis begins at most, in tens.
const DECADES: f64 = 6.0;

/// How values lie on an axis.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Scale {
    /// Evenly, between two values.
    Even(f64, f64),
    /// By their logarithm.
    Log(f64, f64),
    /// Shares of all: each step to the right leaves a tenth of the rest. The number is how many such steps there are.
    Share(f64),
}

impl Scale {
    /// An even one from 0, or from the least when all are far above it, to the largest.
    pub(super) fn even(values: impl Iterator<Item = f64> + Clone, from_zero: bool) -> Self {
        let (least, most) = bounds(values);
        let least = if from_zero { least.min(0.0) } else { least };
        Self::Even(least, if most > least { most } else { least + 1.0 })
    }

    /// A logarithmic one, between whole tens.
    pub(super) fn log(values: impl Iterator<Item = f64> + Clone) -> Self {
        let (least, most) = bounds(values.filter(|value| *value > 0.0));
        let (least, most) = if most > 0.0 { (least, most) } else { (0.1, 1.0) };
        let top = most.log10().ceil();
        let bottom = least.log10().floor().max(top - DECADES).min(top - 1.0);
        Self::Log(10_f64.powf(bottom), 10_f64.powf(top))
    }

    /// Where a value lies: 0 at the axis' beginning, 1 at its end.
    pub(super) fn place(&self, value: f64) -> f64 {
        let place = match self {
            Self::Even(least, most) => (value - least) / (most - least),
            Self::Log(least, most) => (value.max(*least) / least).log10() / (most / least).log10(),
            Self::Share(steps) => {
                if value < 1.0 {
                    -(1.0 - value).log10() / steps
                } else {
                    1.0
                }
            }
        };
        place.clamp(0.0, 1.0)
    }

    /// The values that are named, with their names.
    pub(super) fn ticks(&self) -> Vec<(f64, String)> {
        match self {
            Self::Even(least, most) => {
                let step = step(most - least);
                let first = (least / step).ceil();
                let count = ((most / step).floor() - first).max(0.0) as u32;
                (0..=count).map(|tick| (first + f64::from(tick)) * step).map(|value| (value, short(value))).collect()
            }
            Self::Log(least, most) => {
                let tens = (most / least).log10().round() as u32;
                (0..=tens).map(|ten| least * 10_f64.powi(ten as i32)).map(|value| (value, short(value))).collect()
            }
            Self::Share(steps) => {
                let nines = (1..=*steps as u32).map(|nines| {
                    let decimals = nines.saturating_sub(2) as usize;
                    let share = 1.0 - 0.1_f64.powi(nines as i32);
                    (share, format!("{:.decimals$}%", share * 100.0))
                });
                [(0.0, "0%".into()), (0.5, "50%".into())].into_iter().chain(nines).collect()
            }
        }
    }
}

fn bounds(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let finite = values.filter(|value| value.is_finite());
    let (least, most) =
        finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), value| (least.min(value), most.max(value)));
    if least <= most { (least, most) } else { (0.0, 0.0) }
}

/// 1, 2 or 5 times a power of ten, about as often as wanted within `range`.
fn step(range: f64) -> f64 {
    let rough = range / TICKS;
    let ten = 10_f64.powf(rough.log10().floor());
    [1.0, 2.0, 5.0].into_iter().map(|times| times * ten).find(|step| *step >= rough).unwrap_or(10.0 * ten)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_lie_where_they_belong() {
        let even = Scale::even([10.0, 100.0].into_iter(), true);
        assert_eq!((even.place(0.0), even.place(50.0), even.place(500.0)), (0.0, 0.5, 1.0));
        assert_eq!(even.ticks().last().unwrap().1, "100");
        let log = Scale::log([0.3, 70.0].into_iter());
        assert_eq!(log, Scale::Log(0.1, 100.0));
        assert_eq!(log.ticks().into_iter().map(|(_, name)| name).collect::<Vec<_>>(), ["0.1", "1", "10", "100"]);
        let share = Scale::Share(3.0);
        assert!((share.place(0.9) - 1.0 / 3.0).abs() < 1e-9 && share.place(1.0) == 1.0);
        assert_eq!(share.ticks().last().unwrap().1, "99.9%");
    }

    #[test]
    fn nothing_to_show_is_an_axis_too() {
        for scale in [Scale::even(std::iter::empty(), true), Scale::log(std::iter::empty())] {
            assert!(scale.place(f64::NAN).is_nan() || scale.ticks().len() > 1, "{scale:?}");
        }
    }
}
