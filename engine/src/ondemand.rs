//! Rides booked on demand: exact feasibility, best insertion, improvement.
