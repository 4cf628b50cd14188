from __future__ import annotations


class Traffic:
    def __init__(self, land, seed):
        pass

    def draw(self, *a):
        pass

    def boxes(self, *a):
        return ()
