//! Searching every file of a folder for what must not be there: as UTF-8, as UTF-16 of either order, in base64 and
//! hexadecimal, and for numbers as 64 bits of either order.

use std::path::{Path, PathBuf};

/// The forms in which a text could lie in a file.
fn forms(canary: &str) -> Vec<Vec<u8>> {
    let utf16 = |order: fn(u16) -> [u8; 2]| canary.encode_utf16().flat_map(order).collect::<Vec<u8>>();
    let mut forms = vec![canary.as_bytes().to_vec(), utf16(u16::to_be_bytes), utf16(u16::to_le_bytes)];
    forms.push(canary.bytes().flat_map(|byte| format!("{byte:02x}").into_bytes()).collect());
    // In base64 a text has three faces, by where it begins.
    forms.extend((0..3).map(|start| base64_core(canary.as_bytes(), start)));
    if let Ok(number @ 1_000_000..) = canary.parse::<u64>() {
        forms.extend([number.to_be_bytes().to_vec(), number.to_le_bytes().to_vec()]);
        // As CBOR and varints leave the zero bytes away.
        forms.push(number.to_be_bytes()[3..].to_vec());
    }
    forms
}

/// The characters of base64 that depend on these bytes alone, when they begin `start` bytes into a group of three.
fn base64_core(bytes: &[u8], start: usize) -> Vec<u8> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bits: Vec<bool> =
        bytes.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1 == 1)).collect();
    let skipped = (6 - start * 8 % 6) % 6;
    bits.get(skipped..)
        .unwrap_or_default()
        .chunks_exact(6)
        .map(|six| ALPHABET[six.iter().fold(0, |value, bit| value * 2 + usize::from(*bit))])
        .collect()
}

/// Which of the canaries are in some bytes.
pub fn found_in<'a>(bytes: &[u8], canaries: &[&'a str]) -> Vec<&'a str> {
    let is_in = |canary: &str| forms(canary).iter().any(|form| contains(bytes, form));
    canaries.iter().copied().filter(|canary| is_in(canary)).collect()
}

fn contains(bytes: &[u8], form: &[u8]) -> bool {
    let Some(first) = form.first() else { return false };
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|byte| byte == first) {
        rest = &rest[at..];
        if rest.starts_with(form) {
            return true;
        }
        rest = &rest[1..];
    }
    false
}

/// Every file below a folder.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for item in std::fs::read_dir(folder).unwrap() {
        let path = item.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.is_file() {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Every file below a folder with the canaries in it, or in its name.
pub fn leaks<'a>(folder: &Path, canaries: &[&'a str]) -> Vec<(PathBuf, Vec<&'a str>)> {
    let leak = |path: PathBuf| {
        let mut bytes = std::fs::read(&path).unwrap();
        bytes.extend_from_slice(path.to_string_lossy().as_bytes());
        let found = found_in(&bytes, canaries);
        (!found.is_empty()).then_some((path, found))
    };
    files(folder).into_iter().filter_map(leak).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_canary_is_found_in_every_dress() {
        for text in [
            "xx金丝雀yy".as_bytes().to_vec(),
            "a金丝雀".encode_utf16().flat_map(u16::to_le_bytes).collect(),
            b"e98791e4b89de99b80".to_vec(),
            // printf 'a金丝雀b' | base64; printf 'ab金丝雀' | base64; printf '金丝雀' | base64
            b"YemHkeS4nembgGI=".to_vec(),
            b"YWLph5HkuJ3pm4A=".to_vec(),
            b"6YeR5Lid6ZuA".to_vec(),
        ] {
            assert_eq!(found_in(&text, &["金丝雀"]), ["金丝雀"], "{}", String::from_utf8_lossy(&text));
        }
        let number = [&[7][..], &8_613_877_776_666u64.to_be_bytes()[3..], &[9]].concat();
        assert_eq!(found_in(&number, &["8613877776666"]), ["8613877776666"]);
        assert!(found_in("金丝鸟 8613877776667".as_bytes(), &["金丝雀", "8613877776666"]).is_empty());
    }
}
