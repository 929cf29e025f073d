//! Finding the road junction or the place nearest to a position.
