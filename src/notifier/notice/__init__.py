"""Changes become a notice: a summary for people, and the texts of the mail."""
