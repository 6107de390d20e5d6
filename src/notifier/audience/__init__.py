"""Who is to be told: subscribers, their addresses, and the CSV files they come in."""
