"""Curve25519 in short-Weierstrass form (rahasya.md, section 2.1) in plain integers: slow, not constant in time, for tests."""

P = 2**255 - 19
MONTGOMERY_A = 486662
A = (3 - MONTGOMERY_A**2) * pow(3, -1, P) % P
B = (2 * MONTGOMERY_A**3 - 9 * MONTGOMERY_A) * pow(27, -1, P) % P
N = 0x1000000000000000000000000000000014DEF9DEA2F79CD65812631A5CF5D3ED
G = (
    0x2AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAD245A,
    0x20AE19A1B8A086B4E01EDD2C7748D14C923D4D7E6D7C61B229E9C5A27ECED3D9,
)
INFINITY = None


def on_curve(point):
    x, y = point
    return 0 <= x < P and 0 <= y < P and (y * y - (x**3 + A * x + B)) % P == 0


def add(left, right):
    if left is INFINITY:
        return right
    if right is INFINITY:
        return left
    if left[0] == right[0]:
        if (left[1] + right[1]) % P == 0:
            return INFINITY
        slope = (3 * left[0] ** 2 + A) * pow(2 * left[1], -1, P)
    else:
        slope = (right[1] - left[1]) * pow(right[0] - left[0], -1, P)
    x = (slope * slope - left[0] - right[0]) % P
    return x, (slope * (left[0] - x) - left[1]) % P


def multiply(scalar, point):
    result = INFINITY
    for bit in bin(scalar)[2:]:
        result = add(result, result)
        if bit == "1":
            result = add(result, point)
    return result


def checked(point):
    """A point as section 3.2 asks: on the curve, and of the full prime order."""
    if not on_curve(point):
        raise ValueError("off the curve")
    if multiply(N, point) is not INFINITY:
        raise ValueError("outside the subgroup")
    return point


def agree(scalar, point):
    """Z: the x coordinate, 32 bytes, big-endian."""
    product = multiply(scalar, checked(point))
    if product is INFINITY:
        raise ValueError("infinity")
    return product[0].to_bytes(32, "big")
