"""The history of the tables. A migration is never changed once it was released; a new one is added."""
