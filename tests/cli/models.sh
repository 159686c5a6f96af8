#!/bin/sh
# The weights script and its converter; needs no network and no weights.
exec /usr/bin/python3 -B "$(dirname "$0")/models.py"
