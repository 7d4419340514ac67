//! Optional parameters: tag, length, value (§3.2.4.1, §5.3). All 44 tags of §5.3.2 with their shapes, and those that v5.0
//! adds for point-to-point messages; a tag that is not among them is kept as it came.
//!
//! A block of TLVs is borrowed and walked, never copied. What cannot be cut into TLVs at its end is set aside as
//! `torn` instead of failing the PDU: carriers pad, and a receipt is worth more than a rule.

use super::error::EncodeError;
use std::fmt;

/// A parameter tag.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(pub u16);

/// What §5.3.2 says about the value of a tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// No value.
    Empty,
    /// An integer of one octet; bit fields are among them.
    One,
    /// An integer of two octets.
    Two,
    /// An integer of four octets.
    Four,
    /// Text ended by NUL, of at most so many octets with it.
    Text(usize),
    /// From so many to so many octets.
    Octets(usize, usize),
}

/// A value read by the shape of its tag.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Value<'a> {
    /// No value.
    Empty,
    /// An integer of one octet.
    One(u8),
    /// An integer of two octets.
    Two(u16),
    /// An integer of four octets.
    Four(u32),
    /// Text without its NUL.
    Text(&'a [u8]),
    /// Octets.
    Octets(&'a [u8]),
}

macro_rules! tags {
    ($($name:ident = $id:literal $spec:literal $section:literal $shape:expr,)*) => {
        impl Tag {
            $(#[doc = concat!($spec, ", ", $section, ".")] pub const $name: Self = Self($id);)*

            /// Every tag that is known here.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The name in the specification.
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($id => Some($spec),)*
                    _ => None,
                }
            }

            /// The shape of its value, if the tag is known here.
            pub const fn shape(self) -> Option<Shape> {
                match self.0 {
                    $($id => Some($shape),)*
                    _ => None,
                }
            }
        }
    };
}

tags! {
    DEST_ADDR_SUBUNIT = 0x0005 "dest_addr_subunit" "§5.3.2.1" Shape::One,
    SOURCE_ADDR_SUBUNIT = 0x000d "source_addr_subunit" "§5.3.2.2" Shape::One,
    DEST_NETWORK_TYPE = 0x0006 "dest_network_type" "§5.3.2.3" Shape::One,
    SOURCE_NETWORK_TYPE = 0x000e "source_network_type" "§5.3.2.4" Shape::One,
    DEST_BEARER_TYPE = 0x0007 "dest_bearer_type" "§5.3.2.5" Shape::One,
    SOURCE_BEARER_TYPE = 0x000f "source_bearer_type" "§5.3.2.6" Shape::One,
    DEST_TELEMATICS_ID = 0x0008 "dest_telematics_id" "§5.3.2.7" Shape::Two,
    SOURCE_TELEMATICS_ID = 0x0010 "source_telematics_id" "§5.3.2.8" Shape::One,
    QOS_TIME_TO_LIVE = 0x0017 "qos_time_to_live" "§5.3.2.9" Shape::Four,
    PAYLOAD_TYPE = 0x0019 "payload_type" "§5.3.2.10" Shape::One,
    ADDITIONAL_STATUS_INFO_TEXT = 0x001d "additional_status_info_text" "§5.3.2.11" Shape::Text(256),
    RECEIPTED_MESSAGE_ID = 0x001e "receipted_message_id" "§5.3.2.12" Shape::Text(65),
    MS_MSG_WAIT_FACILITIES = 0x0030 "ms_msg_wait_facilities" "§5.3.2.13" Shape::One,
    PRIVACY_INDICATOR = 0x0201 "privacy_indicator" "§5.3.2.14" Shape::One,
    SOURCE_SUBADDRESS = 0x0202 "source_subaddress" "§5.3.2.15" Shape::Octets(2, 23),
    DEST_SUBADDRESS = 0x0203 "dest_subaddress" "§5.3.2.16" Shape::Octets(2, 23),
    USER_MESSAGE_REFERENCE = 0x0204 "user_message_reference" "§5.3.2.17" Shape::Two,
    USER_RESPONSE_CODE = 0x0205 "user_response_code" "§5.3.2.18" Shape::One,
    LANGUAGE_INDICATOR = 0x020d "language_indicator" "§5.3.2.19" Shape::One,
    SOURCE_PORT = 0x020a "source_port" "§5.3.2.20" Shape::Two,
    DESTINATION_PORT = 0x020b "destination_port" "§5.3.2.21" Shape::Two,
    SAR_MSG_REF_NUM = 0x020c "sar_msg_ref_num" "§5.3.2.22" Shape::Two,
    SAR_TOTAL_SEGMENTS = 0x020e "sar_total_segments" "§5.3.2.23" Shape::One,
    SAR_SEGMENT_SEQNUM = 0x020f "sar_segment_seqnum" "§5.3.2.24" Shape::One,
    SC_INTERFACE_VERSION = 0x0210 "sc_interface_version" "§5.3.2.25" Shape::One,
    DISPLAY_TIME = 0x1201 "display_time" "§5.3.2.26" Shape::One,
    MS_VALIDITY = 0x1204 "ms_validity" "§5.3.2.27" Shape::One,
    DPF_RESULT = 0x0420 "dpf_result" "§5.3.2.28" Shape::One,
    SET_DPF = 0x0421 "set_dpf" "§5.3.2.29" Shape::One,
    MS_AVAILABILITY_STATUS = 0x0422 "ms_availability_status" "§5.3.2.30" Shape::One,
    NETWORK_ERROR_CODE = 0x0423 "network_error_code" "§5.3.2.31" Shape::Octets(3, 3),
    MESSAGE_PAYLOAD = 0x0424 "message_payload" "§5.3.2.32" Shape::Octets(0, 65_535),
    DELIVERY_FAILURE_REASON = 0x0425 "delivery_failure_reason" "§5.3.2.33" Shape::One,
    MORE_MESSAGES_TO_SEND = 0x0426 "more_messages_to_send" "§5.3.2.34" Shape::One,
    MESSAGE_STATE = 0x0427 "message_state" "§5.3.2.35" Shape::One,
    CALLBACK_NUM = 0x0381 "callback_num" "§5.3.2.36" Shape::Octets(4, 19),
    CALLBACK_NUM_PRES_IND = 0x0302 "callback_num_pres_ind" "§5.3.2.37" Shape::One,
    CALLBACK_NUM_ATAG = 0x0303 "callback_num_atag" "§5.3.2.38" Shape::Octets(0, 65),
    NUMBER_OF_MESSAGES = 0x0304 "number_of_messages" "§5.3.2.39" Shape::One,
    SMS_SIGNAL = 0x1203 "sms_signal" "§5.3.2.40" Shape::Two,
    ALERT_ON_MESSAGE_DELIVERY = 0x130c "alert_on_message_delivery" "§5.3.2.41" Shape::Empty,
    ITS_REPLY_TYPE = 0x1380 "its_reply_type" "§5.3.2.42" Shape::One,
    ITS_SESSION_INFO = 0x1383 "its_session_info" "§5.3.2.43" Shape::Octets(2, 2),
    USSD_SERVICE_OP = 0x0501 "ussd_service_op" "§5.3.2.44" Shape::One,
    CONGESTION_STATE = 0x0428 "congestion_state" "v5.0 §4.8.4" Shape::One,
    BILLING_IDENTIFICATION = 0x060b "billing_identification" "v5.0 §4.8.4" Shape::Octets(1, 1_024),
    SOURCE_NETWORK_ID = 0x060d "source_network_id" "v5.0 §4.8.4" Shape::Text(66),
    DEST_NETWORK_ID = 0x060e "dest_network_id" "v5.0 §4.8.4" Shape::Text(66),
    SOURCE_NODE_ID = 0x060f "source_node_id" "v5.0 §4.8.4" Shape::Octets(6, 6),
    DEST_NODE_ID = 0x0610 "dest_node_id" "v5.0 §4.8.4" Shape::Octets(6, 6),
    DEST_ADDR_NP_RESOLUTION = 0x0611 "dest_addr_np_resolution" "v5.0 §4.8.4" Shape::One,
    DEST_ADDR_NP_INFORMATION = 0x0612 "dest_addr_np_information" "v5.0 §4.8.4" Shape::Octets(0, 10),
    DEST_ADDR_NP_COUNTRY = 0x0613 "dest_addr_np_country" "v5.0 §4.8.4" Shape::Octets(1, 5),
}

/// One optional parameter, its value as it came.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Tlv<'a> {
    /// The tag; not necessarily a known one.
    pub tag: Tag,
    /// The value, unread.
    pub value: &'a [u8],
}

impl<'a> Tlv<'a> {
    /// The value in the shape §5.3.2 gives its tag; an unknown tag is octets. `None` when the length is wrong.
    /// Text loses its NUL, and may lack it.
    pub fn read(&self) -> Option<Value<'a>> {
        let shape = self.tag.shape().unwrap_or(Shape::Octets(0, usize::MAX));
        match (shape, self.value) {
            (Shape::Empty, []) => Some(Value::Empty),
            (Shape::One, &[a]) => Some(Value::One(a)),
            (Shape::Two, &[a, b]) => Some(Value::Two(u16::from_be_bytes([a, b]))),
            (Shape::Four, &[a, b, c, d]) => Some(Value::Four(u32::from_be_bytes([a, b, c, d]))),
            (Shape::Text(max), value) if value.len() <= max => Some(Value::Text(self.text())),
            (Shape::Octets(min, max), value) if (min..=max).contains(&value.len()) => {
                Some(Value::Octets(value))
            }
            _ => None,
        }
    }

    /// The value as an integer of one to four octets, whatever width its tag should have. `None` for other lengths.
    pub fn uint(&self) -> Option<u32> {
        match *self.value {
            [a] => Some(u32::from(a)),
            [a, b] => Some(u32::from(u16::from_be_bytes([a, b]))),
            [a, b, c] => Some(u32::from_be_bytes([0, a, b, c])),
            [a, b, c, d] => Some(u32::from_be_bytes([a, b, c, d])),
            _ => None,
        }
    }

    /// The value up to its first NUL, or all of it.
    pub fn text(&self) -> &'a [u8] {
        self.value.split(|&octet| octet == 0).next().unwrap_or_default()
    }
}

impl fmt::Debug for Tlv<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({} octets)", self.tag, self.value.len())
    }
}

/// The optional parameters of a PDU, in the order they came. Duplicates are kept (§5.3.2.36 allows some).
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Tlvs<'a> {
    block: &'a [u8],
    torn: &'a [u8],
}

impl<'a> Tlvs<'a> {
    /// No parameters.
    pub const NONE: Self = Self { block: &[], torn: &[] };

    /// Takes the end of a body. Whatever cannot be cut into TLVs at its end becomes `torn`.
    #[inline]
    pub fn cut(octets: &'a [u8]) -> Self {
        if octets.is_empty() {
            return Self::NONE;
        }
        let mut rest = octets;
        while next(&mut rest).is_some() {}
        let (block, torn) = octets.split_at_checked(octets.len() - rest.len()).unwrap_or((octets, &[]));
        Self { block, torn }
    }

    /// The octets after the last readable parameter; empty when the peer is exact.
    pub const fn torn(&self) -> &'a [u8] {
        self.torn
    }

    /// The parameters as they stand on the wire, without what is torn.
    pub const fn octets(&self) -> &'a [u8] {
        self.block
    }

    /// Whether there is no parameter.
    pub const fn is_empty(&self) -> bool {
        self.block.is_empty()
    }

    /// The first parameter with this tag.
    pub fn find(&self, tag: Tag) -> Option<Tlv<'a>> {
        self.into_iter().find(|tlv| tlv.tag == tag)
    }
}

impl<'a> IntoIterator for Tlvs<'a> {
    type Item = Tlv<'a>;
    type IntoIter = Walk<'a>;

    fn into_iter(self) -> Walk<'a> {
        Walk(self.block)
    }
}

impl fmt::Debug for Tlvs<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(*self).finish()
    }
}

/// Walks a block of parameters.
#[derive(Debug, Clone)]
pub struct Walk<'a>(&'a [u8]);

impl<'a> Iterator for Walk<'a> {
    type Item = Tlv<'a>;

    fn next(&mut self) -> Option<Tlv<'a>> {
        next(&mut self.0)
    }
}

/// Takes one TLV off the front, or leaves `rest` alone.
fn next<'a>(rest: &mut &'a [u8]) -> Option<Tlv<'a>> {
    let (&[t0, t1, l0, l1], after) = rest.split_first_chunk::<4>()?;
    let (value, after) = after.split_at_checked(usize::from(u16::from_be_bytes([l0, l1])))?;
    *rest = after;
    Some(Tlv { tag: Tag(u16::from_be_bytes([t0, t1])), value })
}

/// Writes optional parameters, each in the shape its tag asks for.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct TlvBuf {
    octets: Vec<u8>,
}

impl TlvBuf {
    /// No parameters yet.
    pub const fn new() -> Self {
        Self { octets: Vec::new() }
    }

    /// Adds a parameter. A known tag must get its shape; any other tag takes anything.
    pub fn push(&mut self, tag: Tag, value: Value<'_>) -> Result<(), EncodeError> {
        append(&mut self.octets, tag, value)
    }

    /// Adds a parameter exactly as it came, whatever its shape.
    pub(crate) fn keep(&mut self, tlv: Tlv<'_>) {
        // It was cut by its length field, so its length fits one.
        if let Ok(length) = u16::try_from(tlv.value.len()) {
            self.octets.extend_from_slice(&tlv.tag.0.to_be_bytes());
            self.octets.extend_from_slice(&length.to_be_bytes());
            self.octets.extend_from_slice(tlv.value);
        }
    }

    /// Builder form of `push`.
    pub fn with(mut self, tag: Tag, value: Value<'_>) -> Result<Self, EncodeError> {
        self.push(tag, value)?;
        Ok(self)
    }

    /// The parameters, to be put into a body.
    pub fn view(&self) -> Tlvs<'_> {
        Tlvs { block: &self.octets, torn: &[] }
    }
}

impl fmt::Debug for TlvBuf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.view().fmt(f)
    }
}

/// Appends one parameter to a buffer, or nothing if its shape is wrong.
pub(crate) fn append(out: &mut Vec<u8>, tag: Tag, value: Value<'_>) -> Result<(), EncodeError> {
    let start = out.len();
    out.extend_from_slice(&tag.0.to_be_bytes());
    out.extend_from_slice(&[0, 0]);
    match value {
        Value::Empty => {}
        Value::One(n) => out.push(n),
        Value::Two(n) => out.extend_from_slice(&n.to_be_bytes()),
        Value::Four(n) => out.extend_from_slice(&n.to_be_bytes()),
        Value::Text(text) => {
            out.extend_from_slice(text);
            out.push(0);
        }
        Value::Octets(octets) => out.extend_from_slice(octets),
    }
    let octets = out.len() - start - 4;
    if let (true, Ok(length)) = (fits(tag, value), u16::try_from(octets)) {
        if let Some(place) = out.get_mut(start + 2..start + 4) {
            place.copy_from_slice(&length.to_be_bytes());
        }
        return Ok(());
    }
    out.truncate(start);
    Err(EncodeError::Tlv { tag, expected: expected(tag), found: octets })
}

fn fits(tag: Tag, value: Value<'_>) -> bool {
    match (tag.shape(), value) {
        (None, _) => true,
        (Some(Shape::Empty), Value::Empty)
        | (Some(Shape::One), Value::One(_))
        | (Some(Shape::Two), Value::Two(_))
        | (Some(Shape::Four), Value::Four(_)) => true,
        (Some(Shape::Text(max)), Value::Text(text)) => text.len() < max && !text.contains(&0),
        (Some(Shape::Octets(min, max)), Value::Octets(octets)) => (min..=max).contains(&octets.len()),
        _ => false,
    }
}

fn expected(tag: Tag) -> &'static str {
    match tag.shape() {
        Some(Shape::Empty) => "no value",
        Some(Shape::One) => "an integer of 1 octet",
        Some(Shape::Two) => "an integer of 2 octets",
        Some(Shape::Four) => "an integer of 4 octets",
        Some(Shape::Text(_)) => "a text within its limit, without NUL",
        Some(Shape::Octets(_, _)) => "octets within their limits",
        None => "at most 65535 octets",
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "tag 0x{:04x}", self.0),
        }
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("empty"),
            Self::One(n) => write!(f, "{n}"),
            Self::Two(n) => write!(f, "{n}"),
            Self::Four(n) => write!(f, "{n}"),
            Self::Text(octets) | Self::Octets(octets) => write!(f, "{} octets", octets.len()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tag_of_the_specification_takes_its_shape_and_gives_it_back() {
        assert_eq!(Tag::ALL.len(), 44 + 9);
        for &tag in Tag::ALL {
            let value = match tag.shape().unwrap() {
                Shape::Empty => Value::Empty,
                Shape::One => Value::One(0xfe),
                Shape::Two => Value::Two(0xfedc),
                Shape::Four => Value::Four(0xfedc_ba98),
                Shape::Text(_) => Value::Text(b"id-1"),
                Shape::Octets(min, _) => Value::Octets(&b"012345"[..min]),
            };
            let block = TlvBuf::new().with(tag, value).unwrap();
            let tlvs = Tlvs::cut(block.view().octets());
            assert_eq!(tlvs.find(tag).and_then(|tlv| tlv.read()), Some(value), "{tag}");
            assert!(tlvs.torn().is_empty());
        }
    }

    #[test]
    fn a_wrong_shape_is_refused_and_leaves_nothing_behind() {
        let mut block = TlvBuf::new();
        let error = block.push(Tag::MESSAGE_STATE, Value::Two(2)).unwrap_err();
        assert_eq!(error.to_string(), "message_state: expected an integer of 1 octet, found 2 octets");
        assert!(block.push(Tag::RECEIPTED_MESSAGE_ID, Value::Text(&[b'1'; 65])).is_err());
        assert!(block.push(Tag::RECEIPTED_MESSAGE_ID, Value::Text(b"a\0b")).is_err());
        assert!(block.push(Tag(0x1400), Value::Octets(&vec![0; 65_536])).is_err());
        assert!(block.view().is_empty());
        assert!(block.push(Tag::RECEIPTED_MESSAGE_ID, Value::Text(&[b'1'; 64])).is_ok());
    }

    #[test]
    fn a_torn_end_keeps_what_came_before_it() {
        let block = TlvBuf::new().with(Tag::MESSAGE_STATE, Value::One(2)).unwrap();
        for tail in [&[0u8][..], &[0, 0x1e, 0, 9, b'1'], &[0xff, 0xff, 0xff]] {
            let octets = [block.view().octets(), tail].concat();
            let tlvs = Tlvs::cut(&octets);
            assert_eq!(tlvs.find(Tag::MESSAGE_STATE).and_then(|tlv| tlv.uint()), Some(2));
            assert_eq!(tlvs.torn(), tail);
        }
    }
}
