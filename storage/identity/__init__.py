"""Which mentions are one approval: pure functions of mentions and reviewers' decisions (DESIGN section 4)."""
