"""Policy bytes become a document: Markdown, plain text, flattened text and HTML."""
