//! The fast tests say exactly what slow, obvious code says.
