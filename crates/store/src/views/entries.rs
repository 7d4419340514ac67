//! A list of ledger indices in few bytes: the difference from the one before, zigzag, in LEB128. Pure; any list reads back.

/// Encodes a list.
pub(super) fn encode(entries: &[u64], into: &mut Vec<u8>) {
    let mut previous = 0u64;
    for entry in entries {
        let delta = entry.wrapping_sub(previous) as i64;
        let mut rest = ((delta << 1) ^ (delta >> 63)) as u64;
        while rest >= 0x80 {
            into.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        into.push(rest as u8);
        previous = *entry;
    }
}

/// Decodes a list; `None` when the bytes are none.
pub(super) fn decode(bytes: &[u8]) -> Option<Vec<u64>> {
    let mut entries = Vec::new();
    let mut previous = 0u64;
    let mut value = 0u64;
    let mut shift = 0;
    for byte in bytes {
        let bits = u64::from(byte & 0x7f);
        if shift > 63 || (shift == 63 && bits > 1) {
            return None;
        }
        value |= bits << shift;
        shift += 7;
        if byte & 0x80 == 0 {
            let delta = (value >> 1) ^ (value & 1).wrapping_neg();
            previous = previous.wrapping_add(delta);
            entries.push(previous);
            (value, shift) = (0, 0);
        }
    }
    (shift == 0).then_some(entries)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_list_reads_back(entries in prop::collection::vec(any::<u64>(), 0..20)) {
            let mut bytes = Vec::new();
            encode(&entries, &mut bytes);
            prop_assert_eq!(decode(&bytes), Some(entries));
        }

        #[test]
        fn any_bytes_decode_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let _ = decode(&bytes);
        }
    }

    #[test]
    fn neighbours_are_small() {
        let mut bytes = Vec::new();
        encode(&[1_000_000, 1_000_020, 1_000_050], &mut bytes);
        assert_eq!(bytes.len(), 5);
        assert_eq!(decode(&[0x80]), None, "cut in the middle");
    }
}
