//! Decoding.

fn main() {}
