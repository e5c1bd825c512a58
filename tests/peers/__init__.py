"""Agreement with other engines, where they are installed (the extra `bench`): `pytest tests/peers`."""
