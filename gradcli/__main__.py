"""`python -m gradcli` is the same program as `gradcli`."""

from gradcli.cli.main import main

raise SystemExit(main())
