"""Pages and listings: from bytes to articles."""
