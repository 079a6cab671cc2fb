//! What is particular to warp: filters that compose, rejections, fall-through.
