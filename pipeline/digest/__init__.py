"""The digest: what is new, as one mail for each subscriber."""
