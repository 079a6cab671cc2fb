//! What is particular to tower: readiness, bodies, layers around and within.
