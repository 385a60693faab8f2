"""Tests of the repository itself: manifest, texts, documents, architecture."""
