"""Tables and queries; transactions begin and end in use cases only."""
