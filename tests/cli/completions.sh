#!/bin/bash
# What Tab makes of half a line in real shells: bash, zsh and fish, each on a terminal of its own.
exec /usr/bin/python3 -B tests/cli/completions.py
