"""notifier: tells every customer what changed in a policy, and keeps the proof.

The map, in the order the data flows; a stage imports only stages before it:

    policy      bytes -> a document of sections and clauses
    changes     two documents -> what differs, and how much it matters
    notice      changes -> a summary people can read, and the mail's texts
    audience    who is to be told
    delivery    one mail per person: its bytes, its token, its states; smtp and outbox hand it over
    optout      a mail that came in -> what its writer wants

    store       the tables and the named queries
    flow        the verbs; the only place where transactions begin and end

    source, mailbox, fleet, config     the edges: files and sockets
    cli, demo, schedule         the faces: parse, call flow, show
"""

__version__ = "0.1.0"
