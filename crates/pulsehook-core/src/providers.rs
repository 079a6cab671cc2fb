//! The providers: one module each, none of which knows another.

pub mod human_api;
pub mod metriport;
pub mod thryve;
pub mod withings;
