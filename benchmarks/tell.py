"""What a subject has to tell beside its times: `python -m benchmarks.tell SUBJECT`.

The subject is a module with `tell() -> Any`, whose result is printed as JSON.
"""

import json
import sys
from importlib import import_module

if __name__ == "__main__":
    import django

    django.setup()
    print(json.dumps(import_module(sys.argv[1]).tell()))
