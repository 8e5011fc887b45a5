"""The platform's own signing keys and their rotation: announced, then active, then retired."""
