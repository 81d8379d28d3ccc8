"""Print what setup.cfg requires, one argument of pip a line.

python requirements.py                               what `pip install .` asks for
python requirements.py --without pyradiomics-bhklab  all else, for where there is no C compiler
python requirements.py --extra test                  and what the tests need
python requirements.py --oldest                      the lower bounds, as exact versions
"""

import argparse
import configparser
import re
from pathlib import Path


def requirements(extras=(), without=(), oldest=False):
    """Return the requirements without spaces, as a shell hands them on."""
    setup = configparser.ConfigParser()
    setup.read(Path(__file__).with_name("setup.cfg"), encoding="utf-8")
    lines = setup["options"]["install_requires"].split("\n")
    lines += [line for extra in extras for line in setup["options.extras_require"][extra].split("\n")]
    found = ["".join(line.split()) for line in lines if line.strip()]
    kept = [line for line in found if re.split(r"[<>=!~;\[]", line)[0] not in without]
    return [line.replace(">=", "==") for line in kept] if oldest else kept


def main():
    """Print them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--extra", action="append", default=[], help="an extra of setup.cfg; may be repeated")
    parser.add_argument("--without", action="append", default=[], help="a distribution to leave out; may be repeated")
    parser.add_argument("--oldest", action="store_true", help="the oldest versions that are allowed")
    options = parser.parse_args()
    print("\n".join(requirements(options.extra, options.without, options.oldest)))


if __name__ == "__main__":
    main()
