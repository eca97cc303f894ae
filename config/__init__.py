"""Every option, source, company and seed row: what an operator may change without touching code."""
