"""``python -m capacity.cli`` is the program."""

from capacity.cli.program import main

if __name__ == "__main__":
    main()
