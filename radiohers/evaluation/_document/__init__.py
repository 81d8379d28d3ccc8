"""A comparison as a plain dict."""
