"""Run all benchmarks: `python -m benchmarks`."""

from benchmarks.convolution import main

main()
