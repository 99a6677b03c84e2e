"""The files and keys of a recording."""

MEBIBYTE = 1024 * 1024
# Every character that clients, proxies and storages treat differently.
ODD = "dir one/a b+c%d=e&f~g'(h)!i*j;k@l$m:n,o#p[q]_é€.txt"

# ODD without characters that clients take for a pattern, and without `,` and `;`.
CALM = "dir one/a b+c%d=e&f~g'(h)!k@l$m:n#p_é€.txt"


def make(directory):
    """Writes the files to upload below `directory`."""
    tree = directory / "tree"
    (tree / "sub").mkdir(parents=True)
    (directory / "small.txt").write_text("hello\n")
    (directory / "empty").write_bytes(b"")
    (directory / "large.bin").write_bytes(bytes(range(256)) * (20 * MEBIBYTE // 256))
    (tree / "one.txt").write_text("one\n")
    (tree / "two.txt").write_text("two\n")
    (tree / "sub" / "three.txt").write_text("three\n")
    for key in (ODD, CALM):
        (directory / key).parent.mkdir(exist_ok=True)
        (directory / key).write_text("odd\n")
