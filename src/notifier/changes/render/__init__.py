"""A comparison for people and programs: text, Markdown, HTML, JSON."""
