//! Carrier protocols: codecs and session state machines. Bytes in, events and bytes out; no sockets, no clock.
