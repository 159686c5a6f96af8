"""Checks in TAP's words."""
import sys

failures = []


def check(name, good, why=''):
    print(('ok - ' if good else 'not ok - ') + name)
    if not good:
        failures.append(name)
        print('  ' + str(why)[:900])
    sys.stdout.flush()
