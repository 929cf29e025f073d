//! Many-to-many travel times over the road graph by contraction hierarchies.
