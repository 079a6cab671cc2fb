//! The built command, driven from outside: its configuration, its server, its demonstration.

mod bad_config;
mod demo;
mod help;
mod limits;
mod serve;
mod support;
