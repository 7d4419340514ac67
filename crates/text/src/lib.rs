//! Reading text: normalise, match words, count carrier parts. Pure.
