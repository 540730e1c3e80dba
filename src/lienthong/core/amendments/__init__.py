"""Changes of the law by two persons: proposed with source and reason, previewed, approved by another (CORE-32)."""
