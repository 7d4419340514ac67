//! What is different between two texts, line by line, as people read it: the unified form of diff(1).
//!
//! It finds the longest lines in common (Myers, "An O(ND) Difference Algorithm and Its Variations", 1986, gives the same; here it is
//! the plain table, for files are short). Where both sides are too long for the table, what is between their common ends
//! is shown as replaced. Whoever shows a change of the configuration calls it.

use std::fmt::Write as _;

/// How many unchanged lines are shown around what changed.
const CONTEXT: usize = 3;
/// The largest table: 4 bytes each.
const CELLS_MAX: usize = 4_000_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Keep,
    Drop,
    Add,
}

/// The differences of two texts with three lines around each, without the lines that name the files; empty if there are none.
pub fn unified(before: &str, after: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let steps = steps(&old, &new);
    let mut out = String::new();
    let mut from = 0;
    while let Some((start, end)) = next_hunk(&steps, from) {
        write_hunk(&mut out, &steps, (start, end), (&old, &new));
        from = end;
    }
    out
}

/// The next hunk at or behind a step: from where to where.
fn next_hunk(steps: &[Step], from: usize) -> Option<(usize, usize)> {
    let is_change = |at: &usize| steps.get(*at).is_some_and(|step| *step != Step::Keep);
    let first = (from..steps.len()).find(is_change)?;
    let mut last = first;
    while let Some(next) = (last + 1..steps.len().min(last + 2 * CONTEXT + 2)).find(is_change) {
        last = next;
    }
    Some((first.saturating_sub(CONTEXT).max(from), steps.len().min(last + CONTEXT + 1)))
}

fn write_hunk(
    out: &mut String,
    steps: &[Step],
    (start, end): (usize, usize),
    (old, new): (&[&str], &[&str]),
) {
    let count = |range: &[Step], but: Step| range.iter().filter(|step| **step != but).count();
    let (before, within) =
        (steps.get(..start).unwrap_or_default(), steps.get(start..end).unwrap_or_default());
    let (mut at_old, mut at_new) = (count(before, Step::Add), count(before, Step::Drop));
    let (olds, news) = (count(within, Step::Add), count(within, Step::Drop));
    let first = |at: usize, many: usize| if many == 0 { at } else { at + 1 };
    // Writing into a text does not fail.
    let _ = writeln!(out, "@@ -{},{olds} +{},{news} @@", first(at_old, olds), first(at_new, news));
    for step in within {
        let (sign, line) = match step {
            Step::Keep => (' ', old.get(at_old)),
            Step::Drop => ('-', old.get(at_old)),
            Step::Add => ('+', new.get(at_new)),
        };
        at_old += usize::from(*step != Step::Add);
        at_new += usize::from(*step != Step::Drop);
        let _ = writeln!(out, "{sign}{}", line.copied().unwrap_or_default());
    }
}

/// How one list of lines becomes the other.
fn steps(old: &[&str], new: &[&str]) -> Vec<Step> {
    let head = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let (old, new) = (&old[head..], &new[head..]);
    let tail = old.iter().rev().zip(new.iter().rev()).take_while(|(a, b)| a == b).count();
    let (old, new) = (&old[..old.len() - tail], &new[..new.len() - tail]);
    let mut steps = vec![Step::Keep; head];
    middle(old, new, &mut steps);
    steps.extend(std::iter::repeat_n(Step::Keep, tail));
    steps
}

fn middle(old: &[&str], new: &[&str], steps: &mut Vec<Step>) {
    let width = new.len() + 1;
    if (old.len() + 1).saturating_mul(width) > CELLS_MAX {
        steps.extend(std::iter::repeat_n(Step::Drop, old.len()));
        steps.extend(std::iter::repeat_n(Step::Add, new.len()));
        return;
    }
    // How many lines the rests from here have in common, from the ends to the beginnings.
    let mut common = vec![0_u32; (old.len() + 1) * width];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            common[i * width + j] = if old[i] == new[j] {
                common[(i + 1) * width + j + 1] + 1
            } else {
                common[(i + 1) * width + j].max(common[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    while i < old.len() || j < new.len() {
        let step = if i < old.len() && j < new.len() && old[i] == new[j] {
            Step::Keep
        } else if j == new.len()
            || (i < old.len() && common[(i + 1) * width + j] >= common[i * width + j + 1])
        {
            Step::Drop
        } else {
            Step::Add
        };
        i += usize::from(step != Step::Add);
        j += usize::from(step != Step::Drop);
        steps.push(step);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_changed_line_is_shown_with_three_around_it() {
        let before = "a\nb\nc\nd\ne\nf\ng\nh\n";
        let after = "a\nb\nc\nd\nE\nf\ng\nh\n";
        assert_eq!(unified(before, after), "@@ -2,7 +2,7 @@\n b\n c\n d\n-e\n+E\n f\n g\n h\n");
        assert_eq!(unified(before, before), "");
        assert_eq!(unified("", "x\n"), "@@ -0,0 +1,1 @@\n+x\n");
        assert_eq!(unified("x\n", ""), "@@ -1,1 +0,0 @@\n-x\n");
    }

    #[test]
    fn changes_far_apart_are_two_hunks_and_near_ones_are_one() {
        let lines = |changed: &[usize]| -> String {
            (0..30)
                .map(|n| if changed.contains(&n) { format!("new {n}\n") } else { format!("{n}\n") })
                .collect()
        };
        assert_eq!(unified(&lines(&[]), &lines(&[5, 25])).matches("@@ -").count(), 2);
        assert_eq!(unified(&lines(&[]), &lines(&[5, 11])).matches("@@ -").count(), 1);
    }

    proptest! {
        #[test]
        fn the_steps_lead_from_one_to_the_other(old in prop::collection::vec("[ab]", 0..12), new in prop::collection::vec("[ab]", 0..12)) {
            let (old, new): (Vec<&str>, Vec<&str>) = (old.iter().map(String::as_str).collect(), new.iter().map(String::as_str).collect());
            let (mut i, mut made) = (0, Vec::new());
            for step in steps(&old, &new) {
                match step {
                    Step::Keep => { made.push(old[i]); i += 1; }
                    Step::Drop => i += 1,
                    Step::Add => made.push(new[made.len()]),
                }
            }
            prop_assert_eq!((i, made), (old.len(), new));
        }
    }
}
