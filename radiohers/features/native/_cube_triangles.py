"""Which triangles the surface of a lesion has in a cube of eight voxels."""

import numpy as np

__all__ = ["CONFIGURATIONS", "N_CONFIGURATIONS", "TRIANGLES"]

N_CONFIGURATIONS = 256

_CORNERS = np.array([(z, y, x) for z in (0, 1) for y in (0, 1) for x in (0, 1)])
_EDGES = [(a, b) for a in range(8) for b in range(a + 1, 8) if abs(_CORNERS[a] - _CORNERS[b]).sum() == 1]
_MIDDLES = np.array([(_CORNERS[a] + _CORNERS[b]) / 2 for a, b in _EDGES])

# For configurations 1 to 127: three edges a triangle, in base 12. Bit 4z + 2y + x of a configuration is set where that
# corner is in the lesion; edges are numbered in the order of _EDGES; seen from outside, triangles run anti-clockwise.
# Found by matching every triangulation of every cube with the area and the volume that pyradiomics gives for it, since
# how four or more points are cut into triangles is a choice, on which the area depends.
_TABLE = """
    021 034 132234 165 026065 034165 465345264 357 021357 054457 152257274 167173 267027073 014164467 267274 289
    089091 034289 139349489 165289 589596085 034165289 348389396365 289357 089091357 054457289 159457495489
    167173289 089679097073 014164467289 486689467 4a8 0214a8 0383a8 13a1a22a8 1654a8 0260654a8 0383a8165
    2653a525a2a8 3574a8 0213574a8 0585787a8 15225727a2a8 1671734a8 2670270734a8 0181671787a8 26727a2a8 2494a9
    04a1a90a1 0323a9239 1393a9 1652494a9 04a6a90a6065 0323a9239165 3a9396365 2494a9357 04a1a90a1357 05225727a2a9
    15a57a1a9 1671732494a9 04a0a9096067073 01606707a0a9092 6797a9 69b 02909b0b6061 03469b 13b34b2b429b1b6 19b1b5
    02909b0b5 01419449b4b5345 29b3b52b3234 35956939779b 02909b0b7073156 05956909479b497 15629b2b7274 39b3b7193
    02909b0b7073 01419b1b44b7 29b2b7274 28668b 08b0b6061 03234838b3b6236 13634648668b 12858b185 08b0b5 01234858b385
    34858b385 28338b3b7236356 08b0b7073156 05225648778b 15648778b 12878b187173 08b0b7073 01248778b 48778b
    4ab4b6469498 04a0ab0b6061298 0363a66ab068698 13a1a66ab298 4981944ab4b5145 04a0ab0b5298 0181983ab3b5 2983ab3b5
    3544564694987ab 0431562987ab 0585686987ab 1562987ab 3983841937ab 0432987ab 0181987ab 2987ab 2464a66ab
    04a0ab0b6061 0323ab23b2b6 13a1a66ab 12414a1ab1b5 04a0ab0b5 0123ab3b5 3ab3b5 2463643567ab 0431567ab 0522567ab
    1567ab 1241437ab 0437ab 0127ab 7ab
"""


def _triangles() -> tuple[np.ndarray, np.ndarray]:
    """Return the corners of all triangles, in cubes of side 1, and the configuration that each belongs to."""
    corners, configurations = [], []
    for configuration, edges in enumerate(_TABLE.split(), start=1):
        points = _MIDDLES[[int(edge, 12) for edge in edges]].reshape(-1, 3, 3)
        # The complement has the same surface, seen from the other side.
        corners += [points, points[:, ::-1]]
        configurations += [configuration] * len(points) + [N_CONFIGURATIONS - 1 - configuration] * len(points)
    return np.concatenate(corners), np.array(configurations)


TRIANGLES, CONFIGURATIONS = _triangles()
