"""The verbs. The only place where transactions begin and end; the clock and the transport are handed in."""
