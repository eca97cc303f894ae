"""All SQL, and the identity of companies and approvals."""
