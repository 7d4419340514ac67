//! The two MD5 sums of a login. The client proves that it knows the secret (AuthenticatorClient), the gateway that it does too
//! (AuthenticatorServer). Neither secret nor sum is ever printed.
//!
//! The ways they are made are those of SMSGate `SMGPSessionLoginManager` and rsms `auth.rs`. Client ids go in without padding.
//! In the field the gateway's sum is unreliable (gosms makes it of other things, others leave it zero), so whether it must
//! be right is for the configuration to say.

use super::status::Status;
use md5::{Digest, Md5};

/// AuthenticatorClient: MD5 of the client id, seven zero octets, the secret and the time stamp as ten digits `MMDDhhmmss`.
pub fn client(client_id: &[u8], secret: &[u8], timestamp: u32) -> [u8; 16] {
    let mut sum = Md5::new();
    sum.update(client_id);
    sum.update([0; 7]);
    sum.update(secret);
    sum.update(format!("{timestamp:010}").as_bytes());
    sum.finalize().into()
}

/// AuthenticatorServer: MD5 of the status in four octets, the AuthenticatorClient it answers, and the secret.
pub fn server(status: Status, client: &[u8; 16], secret: &[u8]) -> [u8; 16] {
    let mut sum = Md5::new();
    sum.update(status.0.to_be_bytes());
    sum.update(client);
    sum.update(secret);
    sum.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(octets: [u8; 16]) -> String {
        octets.iter().map(|octet| format!("{octet:02x}")).collect()
    }

    #[test]
    fn sums_are_those_of_another_implementation_of_md5() {
        // By Python's hashlib; the second time stamp begins with a zero.
        let sum = client(b"10659000", b"888888", 1_021_080_510);
        assert_eq!(hex(sum), "1d3a2f3301db1c70ce4faf3e7e284cd8");
        assert_eq!(hex(client(b"10659000", b"888888", 501_080_000)), "108383c2f3cfe3d3c8f9b2fd61a23fff");
        assert_eq!(hex(server(Status::OK, &sum, b"888888")), "ca93bfd89fc68545efc241bad7df4f49");
    }
}
