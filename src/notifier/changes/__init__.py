"""Two documents become changes, each with a level, categories, a direction and a reason."""
