"""More machines than one: Ray Serve says what runs where, and the parts talk over doors of their own."""
