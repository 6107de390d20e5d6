"""One mail per person: its bytes, its token, its states; `smtp` and `outbox` hand it over."""
