"""Fill one database: `DATABASE_URL=… python -m benchmarks.fill LEADS`."""

import gc
import os
import sys


def main(leads: int) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.settings")
    import django

    django.setup()
    from django.core.management import call_command

    from benchmarks.world import fill

    gc.disable()  # millions of tuples, and no cycle among them
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    fill(leads)


if __name__ == "__main__":
    main(int(sys.argv[1]))
