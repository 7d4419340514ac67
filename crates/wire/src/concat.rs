//! One part of a long message, said in a user data header (3GPP TS 23.040 §9.2.3.24.1 and .8), which every protocol
//! carries in front of the text. Putting the parts together is the reader's business; cutting a text into parts the
//! composer's.

/// Where a part belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Concat {
    /// The same in all parts of one message, per pair of addresses.
    pub reference: u16,
    /// How many parts there are.
    pub total: u8,
    /// Which one this is, from 1.
    pub number: u8,
}

/// How wide the reference is in a user data header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Width {
    /// Eight bits, 6 octets of header: what every handset reads.
    Eight,
    /// Sixteen bits, 7 octets of header.
    Sixteen,
}

/// Appends the user data header of a part; the text follows it, and the protocol's own field must say
/// that there is a header. With `Width::Eight` only the low octet of the reference is written.
pub fn write_header(out: &mut Vec<u8>, part: Concat, width: Width) {
    let [high, low] = part.reference.to_be_bytes();
    match width {
        Width::Eight => out.extend([5, IEI_EIGHT, 3, low, part.total, part.number]),
        Width::Sixteen => out.extend([6, IEI_SIXTEEN, 4, high, low, part.total, part.number]),
    }
}

/// Tells a payload that starts with a user data header apart: where it belongs, if it is a part, and its text. `None`: the
/// header claims more octets than there are.
///
/// A part numbered 0, or above its total, is no part (TS 23.040: ignore the element).
pub(crate) fn split(payload: &[u8]) -> Option<(Option<Concat>, &[u8])> {
    let (&octets, rest) = payload.split_first()?;
    let (elements, text) = rest.split_at_checked(usize::from(octets))?;
    Some((in_header(elements), text))
}

fn in_header(mut elements: &[u8]) -> Option<Concat> {
    let mut found = None;
    while let Some((&[id, octets], rest)) = elements.split_first_chunk::<2>() {
        let Some((value, rest)) = rest.split_at_checked(usize::from(octets)) else { break };
        // The last of several counts (TS 23.040 §9.2.3.24).
        match (id, value) {
            (IEI_EIGHT, &[reference, total, number]) => {
                found = valid(Concat { reference: u16::from(reference), total, number });
            }
            (IEI_SIXTEEN, &[high, low, total, number]) => {
                found = valid(Concat { reference: u16::from_be_bytes([high, low]), total, number });
            }
            _ => {}
        }
        elements = rest;
    }
    found
}

/// The part, if its number makes sense.
pub(crate) fn valid(part: Concat) -> Option<Concat> {
    (part.number >= 1 && part.number <= part.total).then_some(part)
}

const IEI_EIGHT: u8 = 0x00;
const IEI_SIXTEEN: u8 = 0x08;
