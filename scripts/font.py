"""Makes the font of PDFs: Noto Sans SC by `npm pack`, with the letters of GB 2312 and Europe alone.

Run it to change the version, look at a report in Chinese, commit. Needs fonttools.
"""

from __future__ import annotations

import io
import subprocess
import tarfile
import tempfile
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

PACKAGE = "@expo-google-fonts/noto-sans-sc@0.4.3"
FILES = {"font": "package/400Regular/NotoSansSC_400Regular.ttf", "licence": "package/LICENSE_FONT"}
FOLDER = Path(__file__).resolve().parents[1] / "src/landwatch/web/fonts"


def letters() -> set[int]:
    """Return the code points of GB 2312, of Latin with its accents, and of signs that pages use."""
    pairs = (bytes((high, low)) for high in range(0xA1, 0xF8) for low in range(0xA1, 0xFF))
    chinese = {ord(sign) for pair in pairs for sign in pair.decode("gb2312", "ignore")}
    return chinese | {*range(0x20, 0x7F), *range(0xA0, 0x180), *range(0x2010, 0x2030), 0x20AC, 0x2212}


def main() -> None:
    """Fetch the package and write the font and its licence."""
    with tempfile.TemporaryDirectory() as work:
        packed = subprocess.run(
            ["npm", "pack", "--silent", PACKAGE], cwd=work, check=True, capture_output=True, text=True
        ).stdout.strip()
        with tarfile.open(Path(work) / packed) as archive:
            found = {name: archive.extractfile(path) for name, path in FILES.items()}
            content = {name: file.read() for name, file in found.items() if file is not None}
    font = TTFont(io.BytesIO(content["font"]), recalcTimestamp=False)
    subsetter = Subsetter(Options(layout_features=[], hinting=False, glyph_names=False, notdef_outline=True))
    subsetter.populate(unicodes=letters())
    subsetter.subset(font)
    FOLDER.mkdir(exist_ok=True)
    font.save(FOLDER / "NotoSansSC-GB2312.ttf")
    (FOLDER / "OFL.txt").write_bytes(content["licence"])


if __name__ == "__main__":
    main()
