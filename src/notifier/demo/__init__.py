"""`notifier demo`: the whole job on invented data. All is real but the people and the passing of days."""
