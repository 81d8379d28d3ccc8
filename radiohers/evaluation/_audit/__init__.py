"""The audit: what could explain a result without biology."""
