"""What the scenarios share: programs, clients, waiting, the documents."""
