"""Write the vector files."""

from tests.unit.identity.signature_vectors.render import render
from tests.unit.identity.signature_vectors.signer import FOLDER

for file_name, text in render().items():
    (FOLDER / file_name).write_text(text, encoding="utf-8")
