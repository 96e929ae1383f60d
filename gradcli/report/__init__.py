"""Results and problems become characters, for people and for programs; nothing is computed here."""
