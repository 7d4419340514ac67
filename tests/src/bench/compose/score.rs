//! Scores of a classification: F1 by class, their mean, and how far confidence is from the truth.
//!
//! Plain counting; it knows no classes by name. Called by `classify`.

/// How often which class was taken for which, and how sure.
#[derive(Debug, Clone)]
pub struct Score {
    counts: Vec<Vec<f64>>,
    /// Decisions by confidence: how many, the sum of their confidence, how many were right.
    bins: [(f64, f64, f64); BINS],
}

/// Confidence is compared in this many bins of equal width.
const BINS: usize = 15;

impl Score {
    /// Of no decisions yet, between so many classes.
    pub fn new(classes: usize) -> Self {
        Self { counts: vec![vec![0.0; classes]; classes], bins: [(0.0, 0.0, 0.0); BINS] }
    }

    /// Counts one decision. Classes that are not there are not counted.
    pub fn add(&mut self, truth: usize, found: usize, confidence: f64) {
        let Some(count) = self.counts.get_mut(truth).and_then(|row| row.get_mut(found)) else { return };
        *count += 1.0;
        let at = ((confidence * BINS as f64) as usize).min(BINS - 1);
        let bin = &mut self.bins[at];
        bin.0 += 1.0;
        bin.1 += confidence;
        bin.2 += if truth == found { 1.0 } else { 0.0 };
    }

    /// How many messages of `truth` were taken for `found`.
    pub fn count(&self, truth: usize, found: usize) -> f64 {
        self.counts.get(truth).and_then(|row| row.get(found)).copied().unwrap_or_default()
    }

    /// How many messages of a class there were.
    pub fn of(&self, truth: usize) -> f64 {
        self.counts.get(truth).map_or(0.0, |row| row.iter().sum())
    }

    /// Of the messages of a class, how many were found, 0 to 1.
    pub fn recall(&self, class: usize) -> f64 {
        self.count(class, class) / self.of(class).max(1.0)
    }

    /// The harmonic mean of precision and recall of a class, 0 to 1.
    pub fn f1(&self, class: usize) -> f64 {
        let found: f64 = (0..self.counts.len()).map(|truth| self.count(truth, class)).sum();
        2.0 * self.count(class, class) / (self.of(class) + found).max(1.0)
    }

    /// The mean F1 of those of `classes` that occur.
    pub fn macro_f1(&self, classes: &[usize]) -> f64 {
        let present: Vec<f64> = classes.iter().filter(|c| self.of(**c) > 0.0).map(|c| self.f1(*c)).collect();
        present.iter().sum::<f64>() / present.len().max(1) as f64
    }

    /// The expected calibration error: the mean distance of confidence from the share of right decisions.
    pub fn calibration_error(&self) -> f64 {
        let all: f64 = self.bins.iter().map(|bin| bin.0).sum();
        self.bins.iter().map(|bin| (bin.1 - bin.2).abs()).sum::<f64>() / all.max(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_what_they_are_by_hand() {
        let mut score = Score::new(2);
        for (truth, found, confidence) in [(0, 0, 1.0), (0, 0, 1.0), (0, 1, 0.5), (1, 1, 0.5)] {
            score.add(truth, found, confidence);
        }
        assert!((score.f1(0) - 0.8).abs() < 1e-9);
        assert!((score.f1(1) - 2.0 / 3.0).abs() < 1e-9);
        assert!((score.recall(0) - 2.0 / 3.0).abs() < 1e-9);
        assert!(score.calibration_error().abs() < 1e-9);
    }
}
