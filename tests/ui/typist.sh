#!/bin/sh
exec /usr/bin/python3 -B tests/ui/typist.py --seconds 10
