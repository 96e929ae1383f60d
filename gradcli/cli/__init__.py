"""Arguments and streams: argv in, text out, an exit code back.  One record for each option and command says it all.

`options` and `commands` hold the records; `quick` reads a well-formed argv from them, `application` hands any other to
Typer (for help and for errors), `help` prints saved pages, `completion` answers the shells, and `main` is the entry.
Typer takes 50 ms to import, so only `application` imports it, and only for what the others cannot do.
"""
