"""Domain packs: folders with the words, the rules and the knowledge of a subject. Two ship: `shop` and `clinic`."""
