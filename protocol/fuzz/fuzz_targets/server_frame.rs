#![no_main]

libfuzzer_sys::fuzz_target!(|message: &[u8]| protocol_fuzz::server_frame(message));
