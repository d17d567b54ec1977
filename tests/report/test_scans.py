import base64
import io
import zlib

import pytest
from PIL import Image

from sheetgrader.course.regulations import Regulations
from sheetgrader.report.page_process import PageProcess
from sheetgrader.report.scan_pages import ScanLimits, quality
from sheetgrader.report.scans import MAKER, PAGE_LIMITS, pdfs, remarks_on_scans, scan_images, scans_of

from .class_report.small_class import handwriting, pdf


@pytest.fixture(scope="module")
def scanner():
    with PageProcess(MAKER, PAGE_LIMITS) as process:
        yield process


def _image(address):
    return Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2])))


def _pdf(page: bytes, stream: bytes = b"", more: bytes = b"") -> bytes:
    return (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R" + page + b">>endobj\n"
        b"4 0 obj<</Length " + str(len(stream)).encode() + more + b">>stream\n" + stream + b"\nendstream endobj\n"
        b"trailer<</Root 1 0 R>>\n"
    )


def test_pages_become_images(scanner):
    scan = scan_images(scanner, "proof.pdf", pdf(handwriting(), handwriting()))
    assert scan.remarks == ()
    assert [_image(page).format for page in scan.pages] == ["WEBP", "WEBP"]
    assert max(_image(scan.pages[0]).size) == ScanLimits().longest_side


def test_what_is_out_of_focus_is_remarked_on(scanner):
    scan = scan_images(scanner, "proof.pdf", pdf(handwriting(), handwriting(blur=9)))
    assert len(scan.pages) == 2
    assert scan.remarks == ("proof.pdf: on page 2 hardly anything can be read, because it is out of focus.",)


@pytest.mark.parametrize("blur", [0, 1, 1.5])
def test_a_scan_as_most_are_is_not_remarked_on(blur):
    assert quality(handwriting(blur=blur)) == ""


def test_few_pixels_are_remarked_on(scanner):
    scan = scan_images(scanner, "proof.pdf", pdf(handwriting((450, 640))))
    assert scan.remarks == ("proof.pdf: on page 1 hardly anything can be read, because the image has too few pixels.",)


def test_an_empty_page_is_remarked_on(scanner):
    scan = scan_images(scanner, "proof.pdf", pdf(Image.new("L", (1240, 1754), 255)))
    assert scan.remarks == ("proof.pdf: on page 1 nothing is to be seen.",)


@pytest.mark.parametrize("content", [b"", b"no PDF", b"%PDF-1.7\n", pdf(handwriting())[:500]], ids=range(4))
def test_a_damaged_one_costs_a_sentence(scanner, content):
    scan = scan_images(scanner, "proof.pdf", content)
    assert scan.pages == ()
    assert scan.remarks == ("proof.pdf cannot be shown: it is damaged, or no PDF.",)


def test_a_locked_one_costs_a_sentence(scanner):
    entries = b"/Filter/Standard/V 1/R 2/P -4/O<" + b"ab" * 32 + b">/U<" + b"cd" * 32 + b">"
    locked = _pdf(b"/MediaBox[0 0 200 200]").replace(
        b"/Root 1 0 R", b"/Root 1 0 R/ID[<00><00>]/Encrypt<<" + entries + b">>"
    )
    scan = scan_images(scanner, "proof.pdf", locked)
    assert scan.remarks == ("proof.pdf cannot be shown: it is locked with a password.",)


def test_a_page_of_any_size_is_drawn_small(scanner):
    scan = scan_images(scanner, "proof.pdf", _pdf(b"/MediaBox[0 0 14000 14000]/Contents 4 0 R", b"0 0 9000 9000 re f"))
    assert max(_image(scan.pages[0]).size) == ScanLimits().longest_side


def test_a_bomb_costs_a_sentence(scanner):
    # A few kilobytes that unpack to two gigabytes of drawing.
    packer = zlib.compressobj(9)
    chunk = b"0 0 200 200 re f " * 60_000
    packed = b"".join(packer.compress(chunk) for _ in range(2000)) + packer.flush()
    assert len(packed) < 8 << 20
    bomb = _pdf(b"/MediaBox[0 0 200 200]/Contents 4 0 R", packed, b"/Filter/FlateDecode")
    scan = scan_images(scanner, "proof.pdf", bomb)
    assert len(scan.pages) + len(scan.remarks) >= 1
    # And the next one is shown as ever.
    assert len(scan_images(scanner, "next.pdf", pdf(handwriting())).pages) == 1


def test_a_long_one_is_shown_in_part(scanner):
    scan = scan_images(scanner, "book.pdf", pdf(*[handwriting((400, 560))] * 5), ScanLimits(pages=3))
    assert len(scan.pages) == 3
    assert scan.remarks[0] == "book.pdf has 5 pages, of which 3 are shown: 3 pages are shown at most."


def test_what_is_shown_of_all_scans_has_a_limit(scanner):
    files = {f"{number}.pdf": pdf(handwriting()) for number in range(4)}
    scans = scans_of(scanner, files, 300_000)
    assert sum(len(page) for scan in scans for page in scan.pages) <= 300_000
    assert scans[-1].remarks == ("3.pdf is not shown: the other scans leave no room for it.",)


def test_a_name_is_shown_as_plain_text(scanner):
    scan = scan_images(scanner, "a\x1b[31m\u202e.pdf", b"")
    assert scan.name == "a.pdf"


def test_pdfs_are_known_by_their_names():
    assert pdfs(["b.PDF", "a/a.pdf", "pdf", "x.pdf.txt"]) == ["a/a.pdf", "b.PDF"]


def test_only_where_a_pdf_is_asked_for_are_scans_remarked_on():
    from contextlib import ExitStack

    with ExitStack() as opened:
        assert remarks_on_scans(opened, Regulations(files=("sheet.ipynb",))) is None
        look_at = remarks_on_scans(opened, Regulations(files=("*.pdf",)))
        assert look_at({"proof.pdf": b"x", "sheet.ipynb": b""}) == [
            "proof.pdf cannot be shown: it is damaged, or no PDF."
        ]
