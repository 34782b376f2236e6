"""From a gray photograph to color: the course's last project. Needs the `torch` extra.

`lab`        color spaces        `models`   the networks          `train`    training
`world`      a world whose best  `losses`   what they minimize,   `metrics`  how good a
             answer is known                and how to decode                picture is
`pictures`   reading photographs `predict`  coloring them         `export`   checkpoints
"""
