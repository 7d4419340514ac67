//! esm_class (§5.2.12) and registered_delivery (§5.2.17): what kind of message a PDU carries and what we ask to hear
//! about it. Bits that mean nothing here are kept.

/// esm_class, as it stands in submit_sm, deliver_sm and data_sm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct EsmClass(pub u8);

/// What bits 5–2 of a deliver_sm's esm_class say it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Somebody's message.
    Message,
    /// A receipt from the carrier.
    Receipt,
    /// The handset's own acknowledgement.
    DeliveryAck,
    /// The reader's own acknowledgement.
    ManualAck,
    /// A conversation was aborted (Korean CDMA).
    Abort,
    /// The carrier reports on the way, without a final state.
    Intermediate,
    /// Reserved.
    Other(u8),
}

impl EsmClass {
    /// An ordinary message, stored and forwarded.
    pub const DEFAULT: Self = Self(0);
    /// The payload starts with a user data header.
    pub const UDHI: Self = Self(0x40);
    /// A receipt from the carrier.
    pub const RECEIPT: Self = Self(0x04);
    /// A report on the way.
    pub const INTERMEDIATE: Self = Self(0x20);

    /// Whether the payload starts with a user data header (bit 6).
    pub const fn has_header(self) -> bool {
        self.0 & Self::UDHI.0 != 0
    }

    /// The same class, with the user data header announced.
    #[must_use]
    pub const fn with_header(self) -> Self {
        Self(self.0 | Self::UDHI.0)
    }

    /// What it says the message is. Bit 5 is read as a flag beside the type, as carriers set both.
    pub const fn kind(self) -> Kind {
        match self.0 & 0x3c {
            0x00 => Kind::Message,
            0x04 => Kind::Receipt,
            0x08 => Kind::DeliveryAck,
            0x10 => Kind::ManualAck,
            0x18 => Kind::Abort,
            0x20 | 0x24 => Kind::Intermediate,
            other => Kind::Other(other),
        }
    }
}

/// registered_delivery: which receipts the sender wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct RegisteredDelivery(pub u8);

impl RegisteredDelivery {
    /// None.
    pub const NONE: Self = Self(0);
    /// For success and failure.
    pub const FINAL: Self = Self(1);
    /// For failure only.
    pub const FAILURE: Self = Self(2);

    /// Whether a receipt is wanted when the message was delivered (1) or was not (0).
    pub const fn wants(self, delivered: bool) -> bool {
        match self.0 & 0x03 {
            1 => true,
            2 => !delivered,
            _ => false,
        }
    }
}
