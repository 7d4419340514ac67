//! A target with a bug planted behind four octets, which must be found within seconds. If it is not, the fuzzer is blind
//! (wrong flags, no coverage) and every green run beside it is worth nothing.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|octets: &[u8]| {
    if let [b'B', b'U', b'G', last, ..] = octets {
        assert_ne!(*last, b'!', "the canary sang, as it should");
    }
});
